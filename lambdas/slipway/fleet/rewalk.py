"""A walk that goes on from another one of the same fleet: only what a change of the files touches is rendered again.

What a Kustomization is rendered to depends on its definition, on what its build asks of the files
(`slipway.fleet.reads`), and on what it looks up on its cluster (`Known.asked_by`). All of that is on record, so those
that a change touches are found by what was asked, and from them on whatever they change in turn. Nothing is guessed:
where the outcome would depend on the order of a walk, or on what is not on record, the walk starts from nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from slipway.errors import InputError
from slipway.fleet.artifacts import is_generator
from slipway.fleet.clusters import EntryPoint, Skipped
from slipway.fleet.kustomize import Build, Builder
from slipway.fleet.model import Expanded, Fleet, Owner, OwnerId, RenderedKustomization
from slipway.fleet.objects import KubeObject, Location, ObjectKey
from slipway.fleet.owners import Todo
from slipway.fleet.reads import Changes, changes
from slipway.fleet.resource_set import ResourceSets
from slipway.fleet.settings import Settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from slipway.fleet.walk import Walk


class CannotGoOn(Exception):
    """A walk has to start from nothing; the text says why."""


class Rewalk(Walk):
    """A walk over changed files, from where another one ended.

    Args:
        base: the other one, which stays as it is.
        sources: the changed files.
        builder: builds Kustomizations.
        settings: `slipway.yaml`.
        resource_sets: see `Walk`.
        stop: see `Walk`.

    Raises:
        CannotGoOn: also while it walks; then it is of no use.
    """

    def __init__(
        self,
        base: Walk,
        sources: Sources,
        builder: Builder,
        settings: Settings,
        resource_sets: ResourceSets | None,
        stop: Callable[[], str],
    ) -> None:
        if base.stopped or base.over_limits:
            raise CannotGoOn("the other walk did not come to its end")
        if base.unsettled:
            raise CannotGoOn("what the other walk came to depends on its order")
        if settings != base.settings or builder.engine.version != base.builder.engine.version:
            raise CannotGoOn("the settings are others")
        if (resource_sets is None) != (base.resource_sets is None):
            raise CannotGoOn("ResourceSets are expanded on one side only")
        super().__init__(sources, builder, settings, resource_sets, stop)
        self._expected = base.entries
        self.known = base.known.fork(sources)
        self.todos, self.done, self.builds = dict(base.todos), dict(base.done), dict(base.builds)
        self.problems, self.not_rendered = dict(base.problems), dict(base.not_rendered)
        self.contested, self.redefined, self.names = set(base.contested), set(base.redefined), set(base.names)
        self.controllers, self.selecting = dict(base.controllers), set(base.selecting)
        self.touched: set[str] = set()
        """Clusters on which something may be other than before."""
        self.moved = sources.root is not base.sources.root
        """True if some of the files are others: then this keeps them in memory, and those of the other walk."""

    def go_on(self, entries: list[EntryPoint], skipped: list[Skipped]) -> None:
        """Walk from what has changed until nothing is left; the entry points are those of the changed files."""
        if entries != self._expected:
            raise CannotGoOn("the clusters start elsewhere")
        self.entries, self.skipped = entries, skipped
        for identity in list(self._affected()):
            self.again(identity)
        self.work()
        used = {entry.cluster for entry in entries}
        used.update(name for done in self.done.values() for name in (done.home, done.target))
        if used != self.names:
            raise CannotGoOn("there are other clusters")

    def fleet_from(self, base: Fleet) -> Fleet:
        """What the walk has found; clusters that it did not touch are those of the other walk's fleet."""
        clusters = {
            name: self.known.new_cluster(name) if name in self.touched else cluster
            for name, cluster in base.clusters.items()
        }
        for done in self.done.values():
            home, target = (clusters[name] if name in self.touched else None for name in (done.home, done.target))
            self.put(done, home, target)
        return self.fleet_of(clusters)

    def _affected(self) -> Iterator[OwnerId]:
        """Those whose files have changed."""
        difference = _Difference(self._files)
        for identity, done in self.done.items():
            if isinstance(done, RenderedKustomization):
                build = self.builds.get(identity)
                if build is None or done.tree is None or difference.affects(done, build):
                    yield identity
            elif not self._is_written_alike(done, difference):
                yield identity
        self.moved = self.moved or difference.moved

    def _is_written_alike(self, done: Expanded, difference: _Difference) -> bool:
        """True if the file of a ResourceSet is as it was, line by line."""
        parent = self.done.get(done.ancestors[-1])
        if not isinstance(parent, RenderedKustomization) or parent.tree is None:
            return False
        tree, path = difference.tree(parent), done.definition.origin.path
        if tree is parent.tree:
            return True
        return tree is not None and path in tree and path in parent.tree and tree.read(path) == parent.tree.read(path)

    def _files(self, cluster: str, key: ObjectKey, where: Location) -> Tree | None:
        try:
            return self.known.files_of(cluster, key, where)
        except InputError:
            return None

    # Where a walk that starts from nothing may come to something else than one that goes on:

    def meet_cluster(self, name: str) -> None:
        """See `Walk`."""
        if name not in self.names:
            raise CannotGoOn(f"{name} is a new cluster, and others may turn out to lead there")

    def contest(self, cluster: str, key: ObjectKey) -> None:
        """See `Walk`."""
        raise CannotGoOn(f"{key} on {cluster} is brought twice, and the order decides")

    def redefine(self, todo: Todo) -> None:
        """See `Walk`."""
        raise CannotGoOn(f"{todo.definition.key} on {todo.home} applies itself changed")

    def unstable(self, identity: OwnerId) -> None:
        """See `Walk`."""
        raise CannotGoOn(f"{identity[1]} on {identity[0]} changes what it looks up")

    def changes_object(self, cluster: str, obj: KubeObject) -> None:
        """See `Walk`."""
        if (cluster, obj.key) in self.contested:
            raise CannotGoOn(f"{obj.key} on {cluster} is brought twice, and the order decides")
        if self.known.is_own(cluster, obj.key):
            raise CannotGoOn(f"{obj.key} on {cluster} is the repository")
        if is_generator(obj):
            raise CannotGoOn(f"{obj.key} on {cluster} may make artifacts of any name")

    def touches(self, done: Owner) -> None:
        """See `Walk`."""
        if done.id in self.redefined:
            raise CannotGoOn(f"{done.key} on {done.home} applies itself changed")
        self.touched.update((done.home, done.target))

    def read_controller(self, identity: OwnerId, build: Build) -> None:
        """See `Walk`."""
        before = self.controllers.get(identity)
        super().read_controller(identity, build)
        if self.controllers[identity] != before:
            raise CannotGoOn(f"the Flux of {identity[0]} is another one")


class _Difference:
    """How the files of sources have changed.

    Args:
        files: those of a source of a cluster, now; None if they are not at hand.
    """

    def __init__(self, files: Callable[[str, ObjectKey, Location], Tree | None]) -> None:
        self._files = files
        self.moved = False
        """True once a source was met that has another tree."""
        self._trees: dict[tuple[str, ObjectKey], Tree | None] = {}
        self._changes: dict[tuple[int, int], Changes] = {}
        self._verdicts: dict[tuple[int, int, int], bool] = {}

    def tree(self, done: RenderedKustomization) -> Tree | None:
        """The files of a Kustomization's source, now."""
        source = (done.home, done.kustomization.source)
        if source not in self._trees:
            self._trees[source] = self._files(*source, done.definition.origin)
        return self._trees[source]

    def affects(self, done: RenderedKustomization, build: Build) -> bool:
        """True if a Kustomization may be built to something else."""
        before, after = done.tree, self.tree(done)
        if before is after:
            return False
        self.moved = True
        if before is None or after is None:
            return True
        pair = (id(before), id(after))
        if pair not in self._changes:
            self._changes[pair] = changes(before, after)
        question = (id(build), *pair)
        if question not in self._verdicts:
            self._verdicts[question] = not build.reads.unaffected_by(self._changes[pair])
        return self._verdicts[question]
