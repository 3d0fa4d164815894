"""Pull requests of the in-memory twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from slipway.github.proposals import Merge, MergeMethod, Proposal
from slipway.github.proposing.memory_branches import MemoryBranches
from slipway.github.proposing.memory_conversation import BOT
from slipway.github.protocol import PullRequest

if TYPE_CHECKING:
    from slipway.github.proposing.memory import MemoryProposals


class MemoryPulls:
    """`Pulls` of a repository."""

    def __init__(self, world: MemoryProposals, repository: str) -> None:
        self._world = world
        self._repository = repository

    def get(self, number: int) -> Proposal:
        """See `Pulls`."""
        with self._world.step(f"pull request {self._repository}#{number}"):
            return self._known(number)

    def of(self, branch: str) -> Sequence[Proposal]:
        """See `Pulls`."""
        with self._world.step(f"pull requests of {branch} in {self._repository}"):
            found = self._all()
            return sorted((each for each in found if each.branch == branch), key=lambda each: -each.number)

    def open(self) -> Sequence[Proposal]:
        """See `Pulls`."""
        with self._world.step(f"open pull requests of {self._repository}"):
            return [each for each in self._all() if each.state == "open"]

    def create(self, branch: str, base: str, title: str, body: str) -> Proposal | None:
        """See `Pulls`."""
        what = f"new pull request of {branch} in {self._repository}"
        with self._world.step(what):
            tip = self._world.github.tip(self._repository, branch)
            if tip is None or self._world.github.tip(self._repository, base) is None:
                raise self._world.refused(422, "Validation Failed; head or base is invalid", what)
            if any((each.branch, each.base, each.state) == (branch, base, "open") for each in self._all()):
                return None
            number = self._world.next_number(self._repository)
            return self.store(
                Proposal(
                    number=number,
                    state="open",
                    merged=False,
                    draft=False,
                    title=title,
                    body=body,
                    labels=(),
                    branch=branch,
                    head_sha=tip,
                    base=base,
                    merge_commit_sha="",
                    url=f"https://github.example/{self._repository}/pull/{number}",
                    author=BOT,
                )
            )

    def update(self, number: int, base: str, title: str, body: str) -> Proposal:
        """See `Pulls`."""
        with self._world.step(f"pull request {self._repository}#{number}"):
            return self.store(replace(self._known(number), base=base, title=title, body=body))

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        """See `Pulls`."""
        with self._world.step(f"labels of {self._repository}#{number}"):
            found = self._known(number)
            self.store(replace(found, labels=tuple(dict.fromkeys((*found.labels, *labels)))))

    def close(self, number: int) -> None:
        """See `Pulls`."""
        with self._world.step(f"pull request {self._repository}#{number}"):
            self.store(replace(self._known(number), state="closed"))

    def merge(self, number: int, sha: str, method: MergeMethod) -> Merge:
        """See `Pulls`."""
        with self._world.step(f"merge of {self._repository}#{number}"):
            found = self._known(number)
            if found.merged or found.state == "closed":
                return Merge(done=False, reason="Pull Request is not mergeable")
            if reason := self._world.reason_against(self._repository, number):
                return Merge(done=False, reason=reason)
            if found.head_sha != sha:
                return Merge(done=False, reason="Head branch was modified. Review and try the merge again.")
            files, tip = self._merged_files(found)
            if files is None:
                return Merge(done=False, reason="Pull Request is not mergeable")
            parents = (tip, sha) if method == "merge" else (tip,)
            made = MemoryBranches(self._world, self._repository).store(files, parents, found.title)
            self._world.github.add_commit(self._repository, made, files, parents=parents, refs=[found.base])
            self.store(replace(found, state="closed", merged=True, merge_commit_sha=made))
            return Merge(done=True, sha=made)

    def store(self, proposal: Proposal) -> Proposal:
        """Keep a pull request, here and in the `MemoryGitHub`, with its would-be merge."""
        github, repository = self._world.github, self._repository
        mergeable: bool | None = None
        base = github.tip(repository, proposal.base) or ""
        if proposal.state == "open":
            files, base = self._merged_files(proposal)
            mergeable = files is not None
            merge = ""
            if files is not None:
                parents = (base, proposal.head_sha)
                merge = MemoryBranches(self._world, repository).store(files, parents, f"merge {proposal.number}")
            proposal = replace(proposal, merge_commit_sha=merge)
        github.put_pull_request(
            PullRequest(
                repository=repository,
                number=proposal.number,
                state=proposal.state,
                draft=proposal.draft,
                head_sha=proposal.head_sha,
                head_repository=repository,
                base_ref=proposal.base,
                base_sha=base,
                merge_sha=proposal.merge_commit_sha if proposal.state == "open" else "",
                mergeable=mergeable,
                labels=proposal.labels,
                author=proposal.author,
            )
        )
        self._world.proposals[repository, proposal.number] = proposal
        return proposal

    def pause(self, attempt: int) -> None:
        """Nobody waits for memory."""

    def _merged_files(self, proposal: Proposal) -> tuple[dict[str, bytes] | None, str]:
        """What the base would hold after the merge, None if both have changed a file; and where the base is.

        Since a branch of ours is one commit, what it changes is what it has otherwise than its parent.
        """
        github, repository = self._world.github, self._repository
        tip = github.tip(repository, proposal.base) or ""
        head = github.stored(repository, proposal.head_sha)
        now = github.stored(repository, tip)
        if head is None or now is None:
            return None, tip
        before = github.stored(repository, head[0].parents[0]) if head[0].parents else None
        ours, base, theirs = (
            {path: found[1].read(path) for path in found[1]} if found else {} for found in (head, before, now)
        )
        changed = {path for path in ours.keys() | base.keys() if ours.get(path) != base.get(path)}
        if any(theirs.get(path) not in (base.get(path), ours.get(path)) for path in changed):
            return None, tip
        merged = {path: content for path, content in theirs.items() if path not in changed}
        return merged | {path: ours[path] for path in changed if path in ours}, tip

    def _known(self, number: int) -> Proposal:
        found = self._world.proposals.get((self._repository, number))
        if found is None:
            raise self._world.refused(404, "Not Found", f"pull request {self._repository}#{number}")
        return found

    def _all(self) -> list[Proposal]:
        return [each for (name, _), each in self._world.proposals.items() if name == self._repository]
