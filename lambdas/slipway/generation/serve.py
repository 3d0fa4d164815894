"""A request, from what was asked to its pull requests, their merge, and the end of its issue.

Nothing is remembered but at GitHub: what has been done is seen from the pull requests that there are. So the same
request may come any number of times, and goes on from where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from slipway.aws.protocol import Bucket, Leases
from slipway.checks.schema import Schemas
from slipway.errors import InputError, RetryLater
from slipway.fleet.diff import FleetDiff
from slipway.fleet.helm import HelmRenderer
from slipway.fleet.kustomize import Builder
from slipway.generation import words
from slipway.generation.asking import WRITERS, Asked, Evidence, asked, why_not
from slipway.generation.identities import kept, named_in_full
from slipway.generation.reference import Reference
from slipway.generation.world import World
from slipway.github.proposals import MAX_BODY, NothingToChange, Proposal, Proposals
from slipway.github.protocol import GitHub
from slipway.merging import merge_all
from slipway.repositories import read_repositories
from slipway.requests.identities import Made, by_file, make
from slipway.requests.plan import Part, Plan, plan, steps_of
from slipway.requests.recipe import MAX_STEPS
from slipway.requests.request import Request, RequestError, kind_of

LABEL = "slipway/request"
BUSY_SECONDS = 15.0
"""When to look again whether another worker has finished with the same request."""

Outcome = Literal["nothing", "refused", "answered", "proposed", "merged", "done", "stopped", "cancelled"]


@dataclass(frozen=True)
class Surroundings:
    """What requests work with, made once per execution environment."""

    github: Callable[[int, str], GitHub]
    """To read, with a token for one repository."""
    proposals: Callable[[int, str], Proposals]
    """To write, likewise."""
    leases: Leases
    bucket: Bucket
    builder: Builder
    helm: HelmRenderer | None
    """Without any charts that it would have to fetch."""
    schemas: Schemas
    github_host: str
    system_repository: str
    git_identities: bool
    """Whether the deploy keys of new identities are registered by Slipway, and not by people."""
    lease_seconds: int
    today: Callable[[], date]


def serve(
    reference: Reference, around: Surroundings, installation: int, owner: str, evidence: Evidence | None = None
) -> Outcome:
    """Take a request as far as it goes.

    Args:
        reference: where it was asked.
        around: what to work with.
        installation: of the App.
        owner: different for every attempt.
        evidence: of who stands behind its text, if an event brought some.

    Raises:
        RetryLater: GitHub or AWS is down or asks us to wait, or another worker is at it.
    """
    lease = around.leases.acquire(f"request:{reference.key}", owner, around.lease_seconds)
    if lease is None:
        raise RetryLater(f"{reference}: another worker is at it", after=BUSY_SECONDS)
    try:
        return _Serving(reference, around, installation, evidence).run()
    finally:
        around.leases.release(lease)


class _Serving:
    def __init__(
        self,
        reference: Reference,
        around: Surroundings,
        installation: int,
        evidence: Evidence | None,
        *,
        again: bool = False,
    ) -> None:
        self._reference = reference
        self._around = around
        self._installation = installation
        self._evidence = evidence
        self._again = again
        self._here = self._proposals(reference.repository)

    def run(self) -> Outcome:
        try:
            found = asked(self._reference, self._here, self._around.bucket, self._evidence)
        except InputError as err:
            return self._refuse(err)
        if found is None:
            return "nothing"
        if found.command is not None and found.request is None:
            return self._answer(found)
        if found.request is None:
            return "nothing"
        try:
            return self._go_on(found, found.request)
        except InputError as err:
            return self._refuse(err)

    def _answer(self, found: Asked) -> Outcome:
        """A command that asks for nothing new."""
        command = found.command
        if command is None or command.verb == "help":
            try:
                kind = kind_of(command.words[0]) if command and command.words else None
            except RequestError as err:
                return self._refuse(err)
            self._say(words.help_text(kind))
            return "answered"
        issue = Reference(self._reference.repository, self._reference.number)
        system = self._around.system_repository
        if found.by != found.issue.author and self._proposals(system).permission(system, found.by) not in WRITERS:
            self._say(words.forbidden(f"{command.verb} is for whoever asked, and for those who may write to {system}"))
            return "refused"
        if command.verb == "cancel":
            self._here.close_issue(issue.repository, issue.number, completed=False)
            return "answered"  # GitHub tells of the closed issue
        return _Serving(issue, self._around, self._installation, None, again=True).run()

    def _go_on(self, found: Asked, request: Request) -> Outcome:
        world = self._world()
        clusters = _subjects(request)
        if reason := why_not(found.by, request, clusters, world.settings, self._around.system_repository, self._here):
            self._say(words.forbidden(reason))
            return "refused"
        if found.issue.state == "closed" and not self._reference.comment:
            return self._cancel(world)
        facts = world.facts()
        merged: list[tuple[str, Proposal]] = []
        step, steps = 0, steps_of(request, world.trees)
        while True:
            pulls = self._of_step(world, step)
            is_open = [pull for pull in pulls if pull[1].state == "open"]
            is_gone = [pull for pull in pulls if pull[1].state == "closed" and not pull[1].merged]
            is_merged = [pull for pull in pulls if pull[1].merged]
            if is_gone and not is_open and not self._again:
                self._say(words.declined(is_gone))
                return "stopped"
            if is_merged and not is_gone:
                merged += is_merged
                if is_open:
                    # Half of it is there: what belongs to it is not planned anew, but checked anew, with that half.
                    self._tell_of_merges(is_open, is_merged)
                    return self._merge(request, clusters, is_open, world)
            else:
                made = plan(request, world.trees, facts, step=step)
                if made.parts:
                    return self._propose(found, made, world)
            step += 1
            if step >= steps:
                return self._finish(found, request, merged)

    def _tell_of_merges(self, pulls: Sequence[tuple[str, Proposal]], merged: Sequence[tuple[str, Proposal]]) -> None:
        """Say in pull requests that others are merged: that has them checked again."""
        beside = [f"{repository}#{proposal.number}" for repository, proposal in merged]
        for repository, pull in pulls:
            body = words.beside_merged(pull.body, beside)
            if body != pull.body and len(body) <= MAX_BODY:
                self._proposals(repository).put_pull(repository, pull.branch, pull.base, pull.title, body, [LABEL])

    def _merge(
        self, request: Request, clusters: tuple[str, ...], pulls: Sequence[tuple[str, Proposal]], world: World
    ) -> Outcome:
        how = world.settings.requests.merge(request.kind.name, clusters or (request.subject,))
        if how is not None and merge_all(pulls, how, self._proposals, self._github):
            return "merged"
        return "proposed"

    def _propose(self, found: Asked, made: Plan, world: World) -> Outcome:
        if made.clusters != _subjects(made.request) and (
            reason := why_not(
                found.by, made.request, made.clusters, world.settings, self._around.system_repository, self._here
            )
        ):
            self._say(words.forbidden(reason))
            return "refused"
        keys = {part.tree.name: self._sealed(part, made, world) for part in made.parts}
        diff = world.judged(made)
        branch = self._reference.branch(made.step)
        known = [pull for pull in self._of_step(world, made.step) if pull[1].state == "open"]
        opened: list[tuple[str, Proposal]] = []
        for part in made.parts:
            repository = world.repositories[part.tree.name]
            proposals = self._proposals(repository.name)
            try:
                proposals.put_branch(
                    repository.name, branch, repository.sha, part.files, words.message(made, self._reference)
                )
            except NothingToChange:
                continue
            opened.append(
                (
                    repository.name,
                    self._put_pull(
                        repository.name, repository.branch, made, found, diff, _others(repository.name, known), keys
                    ),
                )
            )
        if {pull[1].number for pull in opened} != {pull[1].number for pull in known}:
            opened = [
                (name, self._put_pull(name, proposal.base, made, found, diff, _others(name, opened), keys))
                for name, proposal in opened
            ]
        self._say(words.waiting(made, opened, diff))
        return self._merge(made.request, made.clusters, opened, world)

    def _put_pull(
        self,
        repository: str,
        base: str,
        made: Plan,
        found: Asked,
        diff: FleetDiff,
        beside: Sequence[str],
        keys: dict[str, list[Made]],
    ) -> Proposal:
        registered = words.keys(keys[repository], by_slipway=self._around.git_identities)
        body = words.pull_body(made, self._reference, found.by, diff, beside, registered)
        return self._proposals(repository).put_pull(
            repository, self._reference.branch(made.step), base, words.title(made), body, [LABEL]
        )

    def _sealed(self, part: Part, made: Plan, world: World) -> list[Made]:
        """Make the identities of a part; those that the branch has already stay as they are."""
        if not part.identities:
            return []
        repository, branch = part.tree.name, self._reference.branch(made.step)
        sha = self._proposals(repository).branch(repository, branch)
        old = self._github(repository).tree(repository, sha) if sha else None
        identities = [named_in_full(identity, repository) for identity in part.identities]
        return [
            made_key
            for together in by_file(identities).values()
            for made_key in kept(together, part.draft, old) or make(together, part.draft, world.certificate)
        ]

    def _finish(self, found: Asked, request: Request, merged: Sequence[tuple[str, Proposal]]) -> Outcome:
        self._say(words.done(request, merged))
        for repository, proposal in merged:
            self._proposals(repository).delete_branch(repository, proposal.branch)
        if not self._reference.comment and found.issue.state == "open":
            self._here.close_issue(self._reference.repository, self._reference.number, completed=True)
        return "done"

    def _cancel(self, world: World) -> Outcome:
        closed = False
        for step in range(MAX_STEPS):
            for repository, proposal in self._of_step(world, step):
                if proposal.state == "open":
                    self._proposals(repository).close_pull(repository, proposal.number)
                    self._proposals(repository).delete_branch(repository, proposal.branch)
                    closed = True
            if not closed and step:
                break
        if closed:
            self._say(words.cancelled())
            return "cancelled"
        return "nothing"

    def _of_step(self, world: World, step: int) -> list[tuple[str, Proposal]]:
        """The last pull request of a step in each repository that has one."""
        branch = self._reference.branch(step)
        found = []
        for name in world.repositories:
            pulls = self._proposals(name).pulls_of(name, branch)
            if pulls:
                found.append((name, pulls[0]))
        return found

    def _refuse(self, err: InputError) -> Outcome:
        if isinstance(err, RequestError):
            self._say(words.refused(err.problems))
        else:
            self._say(words.failed(str(err)))
        return "refused"

    def _say(self, text: str) -> None:
        reference = self._reference
        self._here.put_comment(reference.repository, reference.number, reference.marker, text)

    def _world(self) -> World:
        around = self._around
        repositories = read_repositories(
            around.system_repository, self._github, lambda name: self._proposals(name).default_branch(name)
        )
        return World(repositories, around.github_host, around.builder, around.helm, around.schemas, around.today())

    def _github(self, repository: str) -> GitHub:
        return self._around.github(self._installation, repository)

    def _proposals(self, repository: str) -> Proposals:
        return self._around.proposals(self._installation, repository)


def _subjects(request: Request) -> tuple[str, ...]:
    cluster, clusters = request.values.get("cluster"), request.values.get("clusters")
    return (str(cluster),) if cluster else clusters if isinstance(clusters, tuple) else ()


def _others(name: str, opened: Sequence[tuple[str, Proposal]]) -> list[str]:
    return [f"{repository}#{proposal.number}" for repository, proposal in opened if repository != name]
