"""The pull requests of a step: what it changes is written, one pull request for each repository."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from slipway.fleet.diff import FleetDiff
from slipway.generation import words
from slipway.generation.identities import kept, named_in_full
from slipway.generation.proposed import Written
from slipway.generation.reference import Reference
from slipway.generation.world import World
from slipway.github.proposals import NothingToChange, Proposal, Proposals
from slipway.github.protocol import GitHub
from slipway.requests.identities import Made, by_file, make
from slipway.requests.plan import Part, Plan

LABEL = "slipway/request"

Pull = tuple[str, Proposal]
"""A pull request, with its repository."""


@dataclass(frozen=True)
class Proposing:
    """Whose request it is, and the hands to write with."""

    reference: Reference
    by: str
    """Login of whoever asks."""
    world: World
    github: Callable[[str], GitHub]
    """By repository."""
    proposals: Callable[[str], Proposals]
    written: Mapping[str, Written]
    """What Slipway has written for it last, by repository."""
    by_slipway: bool
    """Whether Slipway registers the deploy keys of identities, and not people."""

    def propose(
        self, made: Plan, known: Sequence[Pull], *, anew: bool
    ) -> tuple[list[Pull], dict[str, Written], FleetDiff]:
        """Write what a plan comes to, once it is checked.

        Args:
            made: the plan.
            known: its open pull requests so far.
            anew: write all of it on what the branches are now, even where what there is comes to the same.

        Returns:
            the pull requests with our heads, the branches, and what changes on the clusters.

        Raises:
            RequestError: the check would fail; nothing is written.
        """
        keys = {part.tree.name: self._sealed(part, made) for part in made.parts}
        diff = self.world.judged(made)
        now: dict[str, Written] = {}
        opened: list[Pull] = []
        for part in made.parts:
            name = part.tree.name
            branch = self._write(made, part, None if anew else self.written.get(name))
            if branch is not None:
                now[name] = branch
                opened.append((name, self._put_pull(name, made, diff, known, keys)))
        if {pull.number for _, pull in opened} != {pull.number for _, pull in known}:
            opened = [(name, self._put_pull(name, made, diff, opened, keys)) for name, _ in opened]
        # Ours, whatever somebody may have pushed there meanwhile: what they have is neither put down nor merged.
        return [(name, replace(pull, head_sha=now[name].head)) for name, pull in opened], now, diff

    def rewrite(self, made: Plan, names: Collection[str]) -> dict[str, Written]:
        """Write the branches of some repositories anew, and leave what their pull requests say.

        Raises:
            RequestError: the check would fail; nothing is written.
        """
        for part in made.parts:
            self._sealed(part, made)
        self.world.judged(made)
        parts = {part.tree.name: part for part in made.parts if part.tree.name in names}
        written = {name: self._write(made, part, None) for name, part in parts.items()}
        return {name: branch for name, branch in written.items() if branch is not None}

    def _write(self, made: Plan, part: Part, last: Written | None) -> Written | None:
        """Write the branch of a part, None if there is nothing to write; it may stay as it was written last."""
        repository = self.world.repositories[part.tree.name]
        try:
            head = self.proposals(repository.name).put_branch(
                repository.name,
                self.reference.branch(made.step),
                repository.sha,
                part.files,
                words.message(made, self.reference),
                stay_on=last.base if last else "",
            )
        except NothingToChange:
            return None
        return last if last and last.head == head else Written(head, repository.sha)

    def _put_pull(
        self, name: str, made: Plan, diff: FleetDiff, pulls: Sequence[Pull], keys: Mapping[str, Sequence[Made]]
    ) -> Proposal:
        beside = [f"{repository}#{pull.number}" for repository, pull in pulls if repository != name]
        registered = words.keys(keys[name], by_slipway=self.by_slipway)
        body = words.pull_body(made, self.reference, self.by, diff, beside, registered)
        branch, base = self.reference.branch(made.step), self.world.repositories[name].branch
        return self.proposals(name).put_pull(name, branch, base, words.title(made), body, [LABEL])

    def _sealed(self, part: Part, made: Plan) -> list[Made]:
        """Make the identities of a part; those that the branch has from us already stay as they are."""
        if not part.identities:
            return []
        name, branch = part.tree.name, self.reference.branch(made.step)
        sha = self.proposals(name).branch(name, branch)
        ours = name in self.written and self.written[name].head == sha
        old = self.github(name).tree(name, sha) if sha and ours else None
        identities = [named_in_full(identity, name) for identity in part.identities]
        return [
            key
            for together in by_file(identities).values()
            for key in kept(together, part.draft, old) or make(together, part.draft, self.world.certificate)
        ]
