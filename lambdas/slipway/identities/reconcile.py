"""One run: register the deploy keys that the fleet wants, and remove those of ours that nothing wants any more.

A run that is cut short or overlaps with another one costs nothing but time: each begins with what there is. A key that
was removed comes back as soon as something wants it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slipway.errors import InputError
from slipway.fleet.settings import load_settings
from slipway.github.deploykeys.protocol import DeployKey, DeployKeys, same_key
from slipway.github.proposals import Proposals
from slipway.github.protocol import GitHub
from slipway.identities.wanted import Wanted, WantedKey, mentioned
from slipway.identities.words import beginning, title
from slipway.repositories import Repository, read_repositories

UNUSED = timedelta(days=1)
"""A key that nothing wants goes when it was not used for so long: Flux pulls every few minutes, so after a rotation the
old key stays until the cluster has the new one, and after a removal until the cluster is gone."""
MAX_REPOSITORIES = 100
"""That are read; with more, nothing is changed: what is not seen would lose its keys."""
MAX_HEADS = 100
"""Of open pull requests that are looked at: each is a whole repository."""
MAX_CHANGES = 100
"""Keys registered and removed in one run; the next one goes on."""
PAUSE_SECONDS = 1.0
"""Between two of them ("Best practices for using the REST API": pause between mutative requests)."""


@dataclass(frozen=True)
class Surroundings:
    """What a run works with, made once per execution environment; each with a token for one repository."""

    github: Callable[[str], GitHub]
    proposals: Callable[[str], Proposals]
    deploy_keys: Callable[[str], DeployKeys]
    system_repository: str
    now: Callable[[], datetime]
    """Aware."""
    pause: Callable[[float], None]
    """Waits some seconds."""


@dataclass(frozen=True)
class Change:
    """A key that was registered or removed."""

    repository: str
    title: str


@dataclass
class Report:
    """What a run has done."""

    wanted: int = 0
    """Keys that the fleet wants."""
    registered: list[Change] = field(default_factory=list)
    removed: list[Change] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What somebody has to put right, in words that name the place; the rest was done."""
    complete: bool = True
    """False if more than `MAX_CHANGES` are to be made."""


def reconcile(around: Surroundings, *, unused: timedelta = UNUSED) -> Report:
    """Make one run.

    Args:
        around: what to work with.
        unused: a key that nothing wants goes when it was not used for so long; after a leak that is no time at all.

    Raises:
        InputError: a repository of the fleet cannot be read, or `slipway.yaml` is wrong; nothing was changed.
        RetryLater: GitHub is down or asks us to wait; what was done is done.
    """
    return _Run(around, unused).run()


class _Run:
    def __init__(self, around: Surroundings, unused: timedelta) -> None:
        self._around = around
        self._unused = unused
        self._system = around.system_repository
        self._report = Report()
        self._keys: dict[str, list[DeployKey]] = {}
        self._all_seen = True
        """False if there may be more that wants a key than could be looked at: then none is removed."""

    def run(self) -> Report:
        around = self._around
        repositories = read_repositories(
            self._system,
            around.github,
            lambda name: around.proposals(name).default_branch(name),
            all_up_to=MAX_REPOSITORIES,
        )
        settings = load_settings(repositories[0].tree)
        wanted = Wanted(self._system, settings)
        for repository in repositories:
            wanted.add(repository.name, repository.tree, merged=True)
        self._add_heads(repositories, wanted)
        wanted.check()
        keys = list(wanted.all())
        self._report.wanted, self._report.problems = len(keys), wanted.problems
        self._look({each.repository for each in keys}, must=True)
        self._look({each.name for each in repositories}, must=True)
        self._look(mentioned(repositories, self._system, settings), must=False)
        for each in wanted.of_one_repository():
            self._register(each)
        if self._all_seen:
            self._remove_unwanted(keys)
        return self._report

    def _add_heads(self, repositories: Sequence[Repository], wanted: Wanted) -> None:
        read = 0
        for repository in repositories:
            name, proposals = repository.name, self._around.proposals(repository.name)
            for pull in sorted(proposals.open_pulls(name), key=lambda each: -each.number):
                if read == MAX_HEADS:
                    self._all_seen = False
                    wanted.problems.append(
                        f"over {MAX_HEADS} pull requests from branches slipway/… are open (MAX_HEADS); the keys of the "
                        f"oldest ones, as {name}#{pull.number}, are registered when others are closed"
                    )
                    return
                try:
                    # Else it is by somebody who may push here, but perhaps not read elsewhere, and not reviewed yet.
                    if proposals.is_own_commit(name, pull.head_sha):
                        read += 1
                        tree = self._around.github(name).tree(name, pull.head_sha)
                        wanted.add(name, tree, merged=False)
                except InputError as err:
                    self._all_seen = False
                    wanted.problems.append(f"{name}#{pull.number}: {err}")

    def _look(self, names: Iterable[str], *, must: bool) -> None:
        """See which keys repositories have. One that is only mentioned somewhere need not be there, or ours to see."""
        for name in sorted(names):
            if name.lower() in {known.lower() for known in self._keys}:
                continue
            try:
                self._keys[name] = list(self._around.deploy_keys(name).of(name))
            except InputError as err:
                if must:
                    self._report.problems.append(f"{name}: {err}")

    def _register(self, wanted: WantedKey) -> None:
        name, public = wanted.repository, wanted.identity.public_key
        keys = self._keys.get(name)
        if keys is None:
            return
        there = next((each for each in keys if same_key(each.key, public)), None)
        if there is not None and there.read_only:
            return
        if there is not None and not self._is_ours(there):
            self._report.problems.append(
                f"{name}: the deploy key {there.title!r}, which {wanted.place} names, may write, and is not Slipway's; "
                "remove it there, and it is registered for reading"
            )
            return
        if not self._may_change():
            return
        try:
            if there is not None:
                self._around.deploy_keys(name).remove(name, there.id)
            made = self._around.deploy_keys(name).add(name, title(wanted, self._system), public)
        except InputError as err:
            self._report.problems.append(f"{wanted.place}: {err}")
            return
        keys.append(made)
        self._report.registered.append(Change(name, made.title))

    def _remove_unwanted(self, wanted: Sequence[WantedKey]) -> None:
        known = {(each.repository.lower(), each.identity.public_key) for each in wanted}
        for name, keys in self._keys.items():
            for key in keys:
                is_wanted = (name.lower(), key.key) in known
                if is_wanted or not self._is_ours(key) or self._around.now() - key.last_seen < self._unused:
                    continue
                if not self._may_change():
                    return
                try:
                    self._around.deploy_keys(name).remove(name, key.id)
                except InputError as err:
                    self._report.problems.append(f"{name}: {err}")
                else:
                    self._report.removed.append(Change(name, key.title))

    def _is_ours(self, key: DeployKey) -> bool:
        return key.title.startswith(beginning(self._system))

    def _may_change(self) -> bool:
        changes = len(self._report.registered) + len(self._report.removed)
        if changes >= MAX_CHANGES:
            self._report.complete = False
            return False
        if changes:
            self._around.pause(PAUSE_SECONDS)
        return True
