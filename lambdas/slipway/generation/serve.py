"""A request, from what was asked to its pull requests, their merge, and the end of its issue.

Nothing is remembered but at GitHub: what has been done is seen from the pull requests that there are. So the same
request may come any number of times, and goes on from where it is. (`slipway.generation.proposed` only spares work.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from slipway.errors import Busy, InputError, RetryLater
from slipway.generation import proposed, words
from slipway.generation.asking import WRITERS, Asked, Evidence, asked, why_not
from slipway.generation.propose import LABEL, Proposing, Pull
from slipway.generation.reference import Reference
from slipway.generation.surroundings import Surroundings
from slipway.generation.versions import Offer
from slipway.generation.world import World
from slipway.github.proposals import MAX_BODY, Proposal, Proposals
from slipway.github.protocol import GitHub
from slipway.merging import merge_all
from slipway.repositories import read_repositories
from slipway.requests.plan import Plan, plan, steps_of
from slipway.requests.recipe import MAX_STEPS
from slipway.requests.request import Problem, Request, RequestError, kind_of

BUSY_SECONDS = 2.0
"""When to look again whether another worker has finished with the same request, which takes it about as long."""
SOON_SECONDS = 5.0
"""When GitHub may have computed whether a pull request can be merged."""

Outcome = Literal["nothing", "refused", "answered", "proposed", "merged", "done", "stopped", "cancelled"]


def serve(
    reference: Reference,
    around: Surroundings,
    installation: int,
    owner: str,
    evidence: Evidence | None = None,
    *,
    again: bool = False,
) -> Outcome:
    """Take a request as far as it goes.

    Args:
        reference: where it was asked.
        around: what to work with.
        installation: of the App.
        owner: different for every attempt.
        evidence: of who stands behind its text, if an event brought some.
        again: write what is open anew, whatever it holds.

    Raises:
        RetryLater: GitHub or AWS is down or asks us to wait, or another worker is at it.
    """
    lease = around.leases.acquire(f"request:{reference.key}", owner, around.lease_seconds)
    if lease is None:
        raise Busy(f"{reference}: another worker is at it", after=BUSY_SECONDS)
    try:
        return _Serving(reference, around, installation, evidence, anew=again).run()
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
        anew: bool = False,
        retry: bool = False,
    ) -> None:
        self._reference = reference
        self._around = around
        self._installation = installation
        self._evidence = evidence
        self._anew = anew or retry
        """Write what is open anew."""
        self._retry = retry
        """Somebody says so: what was closed is opened again."""
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
        return _Serving(issue, self._around, self._installation, None, retry=True).run()

    def _go_on(self, found: Asked, request: Request) -> Outcome:
        world = self._world()
        clusters = _subjects(request)
        if reason := why_not(found.by, request, clusters, world.settings, self._around.system_repository, self._here):
            self._say(words.forbidden(reason))
            return "refused"
        if found.issue.state == "closed" and not self._reference.comment:
            return self._cancel(world)
        last = proposed.recall(self._reference, self._around.bucket)
        merged: list[Pull] = []
        step, steps = 0, steps_of(request, world.trees)
        while True:
            pulls = self._of_step(world, step)
            is_open = [pull for pull in pulls if pull[1].state == "open"]
            is_gone = [pull for pull in pulls if pull[1].state == "closed" and not pull[1].merged]
            is_merged = [pull for pull in pulls if pull[1].merged]
            if is_gone and not is_open and not self._retry:
                self._say(words.declined(is_gone))
                return "stopped"
            if is_merged and not is_gone:
                merged += is_merged
                if is_open:
                    self._tell_of_merges(is_open, is_merged)
                    return self._other_half(found, request, step, is_open, last, world)
            else:
                now = proposed.Circumstances(request, found.by, step, tuple(world.repositories.values()), world.today)
                if is_open and not self._anew and now.digest(is_open) == last.digest:
                    return self._merge(request, last.clusters, is_open, world)
                made = self._plan(request, step, world, is_open)
                if made.parts:
                    return self._propose(found, made, now, is_open, last, world)
            step += 1
            if step >= steps:
                return self._finish(found, request, merged)

    def _plan(self, request: Request, step: int, world: World, known: Sequence[Pull]) -> Plan:
        """Plan a step on the branches as they are.

        Raises:
            InputError: the fleet cannot have it.
            RetryLater: something was merged since the branches, or the pull requests, were looked at.
        """
        for name, repository in world.repositories.items():
            if self._proposals(name).branch(name, repository.branch) != repository.sha:
                raise Busy(f"{name} has moved since it was read", after=BUSY_SECONDS)
        try:
            return plan(request, world.trees, world.facts(self._offer(world)), step=step)
        except InputError:
            still = {(name, pull.number) for name, pull in self._of_step(world, step) if pull.state == "open"}
            if not {(name, pull.number) for name, pull in known} <= still:
                raise Busy(f"pull requests of {self._reference} were merged meanwhile", after=BUSY_SECONDS) from None
            raise

    def _other_half(
        self,
        found: Asked,
        request: Request,
        step: int,
        is_open: Sequence[Pull],
        last: proposed.Proposed,
        world: World,
    ) -> Outcome:
        """Some of a step is there: what belongs to it is checked anew with that, and only planned anew if it has to.

        The plan was approved of as a whole. It is made anew of what is left only if that conflicts with its base, or is
        not what Slipway has written.
        """
        unfit = [(name, pull) for name, pull in is_open if self._anew or not self._fits(name, pull, last)]
        if unfit:
            try:
                made = self._plan(request, step, world, is_open)
                written = self._proposing(found, last, world).rewrite(made, [name for name, _ in unfit])
            except InputError as err:
                problems = err.problems if isinstance(err, RequestError) else (Problem("", str(err)),)
                self._say(words.stuck(unfit, problems))
                return "stopped"
            last = replace(last, branches={**last.branches, **written})
            proposed.put_down(self._reference, self._around.bucket, last)
            return "proposed"
        return self._merge(request, last.clusters, is_open, world)

    def _fits(self, repository: str, pull: Proposal, last: proposed.Proposed) -> bool:
        """True if a pull request is as we have written it, and can be merged."""
        written = last.branches.get(repository)
        if written is None or written.head != pull.head_sha:
            return False
        mergeable = self._github(repository).pull_request(repository, pull.number).mergeable
        if mergeable is None:
            raise RetryLater(f"{repository}#{pull.number}: GitHub has not computed the merge yet", after=SOON_SECONDS)
        return mergeable

    def _tell_of_merges(self, pulls: Sequence[Pull], merged: Sequence[Pull]) -> None:
        """Say in pull requests that others are merged: that has them checked again."""
        beside = [f"{repository}#{proposal.number}" for repository, proposal in merged]
        for repository, pull in pulls:
            body = words.beside_merged(pull.body, beside)
            if body != pull.body and len(body) <= MAX_BODY:
                self._proposals(repository).put_pull(repository, pull.branch, pull.base, pull.title, body, [LABEL])

    def _merge(self, request: Request, clusters: tuple[str, ...], pulls: Sequence[Pull], world: World) -> Outcome:
        how = world.settings.requests.merge(request.kind.name, clusters or (request.subject,))
        if how is not None and merge_all(pulls, how, self._proposals, self._github):
            return "merged"
        return "proposed"

    def _propose(
        self,
        found: Asked,
        made: Plan,
        now: proposed.Circumstances,
        known: Sequence[Pull],
        last: proposed.Proposed,
        world: World,
    ) -> Outcome:
        if made.clusters != _subjects(made.request) and (
            reason := why_not(
                found.by, made.request, made.clusters, world.settings, self._around.system_repository, self._here
            )
        ):
            self._say(words.forbidden(reason))
            return "refused"
        opened, written, diff = self._proposing(found, last, world).propose(made, known, anew=self._anew)
        self._say(words.waiting(made, opened, diff, self._offer(world).note))
        came_to = proposed.Proposed(now.digest(opened), made.clusters, written)
        proposed.put_down(self._reference, self._around.bucket, came_to)
        return self._merge(made.request, made.clusters, opened, world)

    def _offer(self, world: World) -> Offer:
        return self._around.versions.offer(world.settings.versions, world.today)

    def _proposing(self, found: Asked, last: proposed.Proposed, world: World) -> Proposing:
        return Proposing(
            self._reference,
            found.by,
            world,
            self._github,
            self._proposals,
            last.branches,
            by_slipway=self._around.git_identities,
        )

    def _finish(self, found: Asked, request: Request, merged: Sequence[Pull]) -> Outcome:
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

    def _of_step(self, world: World, step: int) -> list[Pull]:
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
        around, today = self._around, self._around.today()
        repositories = read_repositories(
            around.system_repository, self._github, lambda name: self._proposals(name).default_branch(name)
        )

        def make(last: World | None) -> World:
            return World(
                repositories, around.github_host, around.builder, around.helm, around.schemas, today, last=last
            )

        return around.kept.get(self._installation, repositories, today, make)

    def _github(self, repository: str) -> GitHub:
        return self._around.github(self._installation, repository)

    def _proposals(self, repository: str) -> Proposals:
        return self._around.proposals(self._installation, repository)


def _subjects(request: Request) -> tuple[str, ...]:
    cluster, clusters = request.values.get("cluster"), request.values.get("clusters")
    return (str(cluster),) if cluster else clusters if isinstance(clusters, tuple) else ()
