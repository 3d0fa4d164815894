"""Render a fleet: from each cluster's entry point through every Kustomization that it leads to.

A Kustomization has a *home*, the cluster whose Flux reconciles it, where its source and its variables are looked up,
and a *target*, the cluster that its objects land on: `spec.kubeConfig` makes them differ. Kustomizations among the
objects are reconciled by the Flux of the cluster that they land on, so the walk goes from cluster to cluster.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from slipway.errors import InputError, LimitError
from slipway.fleet.artifact_copy import ComposedTree
from slipway.fleet.clusters import find_entry_points
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.flux import OPERATOR_GROUP, Kustomization, is_kustomization
from slipway.fleet.helm import HelmRenderer
from slipway.fleet.known import Known
from slipway.fleet.kustomize import Builder
from slipway.fleet.landing import as_landed
from slipway.fleet.model import Cluster, Fleet, NotRendered, OwnerId, Problem, RenderedKustomization
from slipway.fleet.objects import KubeObject, Location, ObjectKey
from slipway.fleet.post_build import Variables, applied
from slipway.fleet.releases import with_releases, without_releases
from slipway.fleet.settings import Settings
from slipway.fleet.sources import Sources
from slipway.fleet.substitute import SubstitutionError
from slipway.fleet.tree import Tree

MAX_KUSTOMIZATIONS = 50_000
"""Kustomizations in one fleet."""
MAX_DEPTH = 50
"""How many Kustomizations may lead to one another in a chain."""
MAX_REDEFINITIONS = 5
"""How often in a row a Kustomization may apply itself changed."""


def render_fleet(
    sources: Sources,
    builder: Builder,
    settings: Settings,
    *,
    helm: HelmRenderer | None = None,
    stop: Callable[[], str] = lambda: "",
) -> Fleet:
    """What Flux would apply to every cluster that the repository describes.

    Args:
        sources: the repository and the trees that its Flux sources stand for.
        builder: builds Kustomizations.
        settings: `slipway.yaml`.
        helm: renders HelmReleases; without it, they are `NotRendered`.
        stop: asked before everything that is rendered; a text ends the work, and what is left is `NotRendered` for
            that reason.
    """
    walk = _Walk(sources, builder, settings, stop)
    walk.run()
    fleet = walk.fleet()
    return as_landed(with_releases(fleet, walk.known, helm, stop=stop) if helm else without_releases(fleet))


@dataclass(frozen=True)
class _Todo:
    home: str
    kustomization: Kustomization
    ancestors: tuple[OwnerId, ...] = ()
    redefinitions: int = 0
    """How often it has been rendered and found to apply itself changed."""

    @property
    def id(self) -> OwnerId:
        """Whose turn it is."""
        return self.home, self.kustomization.key


class _Walk:
    def __init__(self, sources: Sources, builder: Builder, settings: Settings, stop: Callable[[], str]) -> None:
        self._sources = sources
        self._builder = builder
        self._settings = settings
        self._stop = stop
        self._clusters: dict[str, Cluster] = {}
        self.known = Known(sources, settings)
        self._done: dict[OwnerId, RenderedKustomization] = {}
        self._incomplete: dict[OwnerId, tuple[_Todo, Variables]] = {}
        self._queue: deque[_Todo] = deque()
        self._waiting: dict[OwnerId, _Todo] = {}
        self._waiting_for: dict[tuple[str, ObjectKey], list[OwnerId]] = {}
        """Who waits for an object, by its cluster and identity."""
        self._queued: set[OwnerId] = set()
        self._problems: dict[OwnerId, list[Problem]] = {}
        self._not_rendered: dict[OwnerId, list[NotRendered]] = {}
        self._skipped: list[NotRendered] = []
        self._over_limits: dict[str, Problem] = {}

    def run(self) -> None:
        """Walk until nothing is left."""
        entries, skipped = find_entry_points(self._sources.root, self._settings)
        self._skipped.extend(NotRendered(item.what, item.why, "") for item in skipped)
        for entry in entries:
            self._cluster(entry.cluster)
            self.known.add_entry(entry)
        for entry in entries:
            for kustomization in entry.kustomizations:
                self._enqueue(_Todo(entry.cluster, kustomization))
        self._walk()
        # Whose variables turned up after it was rendered is rendered again, with all that it led to.
        redone: set[OwnerId] = set()
        while todo := next((todo for todo in self._improved() if todo.id not in redone), None):
            redone.add(todo.id)
            self._forget(todo.id)
            self._enqueue(todo)
            self._walk()

    def fleet(self) -> Fleet:
        """What the walk has found."""
        for done in self._done.values():
            self._clusters[done.home].kustomizations.append(done)
            self._cluster(done.target).landed.extend((obj, done) for obj in done.objects)
        clusters = {name: self._clusters[name] for name in sorted(self._clusters)}
        problems = [problem for found in self._problems.values() for problem in found]
        not_rendered = [item for found in self._not_rendered.values() for item in found]
        beyond = [item for cluster in clusters.values() for item in _beyond_kustomize(cluster)]
        return Fleet(clusters, (*problems, *self._over_limits.values()), (*self._skipped, *not_rendered, *beyond))

    def _walk(self) -> None:
        while self._queue or self._waiting:
            if not self._queue:  # nothing that is still to come brings what the first one waits for
                self._process(self._waiting.pop(next(iter(self._waiting))))
                continue
            todo = self._queue.popleft()
            lacking = self.known.lacking(todo.home, todo.kustomization)
            if lacking is None:
                self._process(todo)
            else:
                self._waiting[todo.id] = todo
                self._waiting_for.setdefault((todo.home, lacking), []).append(todo.id)

    def _improved(self) -> Iterator[_Todo]:
        for todo, variables in self._incomplete.values():
            if len(self.known.variables(todo.home, todo.kustomization).missing) < len(variables.missing):
                yield todo

    def _forget(self, identity: OwnerId) -> None:
        """Undo what is known of a Kustomization and of those that it led to."""
        gone = {identity} | {done.id for done in self._done.values() if identity in done.ancestors}
        for one in gone:
            for found in (self._done, self._incomplete, self._problems, self._not_rendered):
                found.pop(one, None)
        self._queued -= gone

    def _cluster(self, name: str) -> Cluster:
        if name not in self._clusters:
            self._clusters[name] = self.known.new_cluster(name)
            self.known.add_cluster(name)
        return self._clusters[name]

    def _enqueue(self, todo: _Todo) -> None:
        if todo.id in self._queued:
            return
        if len(todo.ancestors) > MAX_DEPTH:
            self._over_limit(f"more than {MAX_DEPTH} Kustomizations lead to one another (MAX_DEPTH)", todo)
        elif len(self._queued) >= MAX_KUSTOMIZATIONS:
            self._over_limit(f"over {MAX_KUSTOMIZATIONS:,} Kustomizations (MAX_KUSTOMIZATIONS)", todo)
        else:
            self._queued.add(todo.id)
            self._queue.append(todo)

    def _over_limit(self, limit: str, todo: _Todo) -> None:
        """Said once, of the first one that is beyond it; all of them have failed."""
        self._done[todo.id] = RenderedKustomization(
            todo.kustomization, todo.home, todo.home, None, todo.ancestors, (), failed=True
        )
        if limit not in self._over_limits:
            definition = todo.kustomization.definition
            message = f"{limit}; neither this one nor others beyond it are rendered"
            self._over_limits[limit] = Problem("limit", message, definition.origin, str(definition.key), todo.home)

    def _process(self, todo: _Todo) -> None:
        kustomization = todo.kustomization
        target = self.known.target(todo.home, kustomization.definition.namespace, kustomization.kube_config)
        source = self.known.source(todo.home, kustomization.source, kustomization.definition.origin)
        failed = RenderedKustomization(kustomization, todo.home, target, source, todo.ancestors, (), failed=True)
        self._cluster(target)
        self._done[todo.id] = failed
        if reason := self._stop():
            self._skip(todo, reason)
            return
        tree = self._sources.root
        try:
            tree = self.known.files(todo.home, kustomization.source, source)
            build = self._builder.build(tree, kustomization.path, kustomization.spec)
            if not todo.ancestors:
                self.known.read_controller(todo.home, (item.value for item in build))
            variables = self.known.variables(todo.home, kustomization)
            objects, unknown = applied(kustomization, build, variables)
        except NotFetched as err:
            self._skip(todo, err.message)
            return
        except InputError as err:
            definition = kustomization.definition
            where = _authored(tree, tree.at(err.file, err.line)) if err.file else definition.origin
            problem = Problem(_code_of(err), err.message, where, str(definition.key), todo.home)
            self._problems.setdefault(todo.id, []).append(problem)
            return
        objects = [_authored_object(tree, obj) for obj in objects]
        if target == todo.home and (redefined := _redefined(todo, objects)):
            self._redefine(todo, redefined, objects)
            return
        if variables.missing:
            self._incomplete[todo.id] = (todo, variables)
        self._done[todo.id] = replace(
            failed, objects=tuple(objects), unknown_variables=tuple(sorted(unknown)), failed=False, tree=tree
        )
        for obj in objects:
            self._learn(target, obj)
            if is_kustomization(obj):
                self._enqueue(_Todo(target, Kustomization(obj), (*todo.ancestors, todo.id)))

    def _redefine(self, todo: _Todo, kustomization: Kustomization, objects: list[KubeObject]) -> None:
        """Render again as Flux does once a Kustomization has applied itself: what bootstrap wrote is patched in Git."""
        for obj in objects:
            self._learn(todo.home, obj)
        if not todo.ancestors:
            self.known.redefine_root(todo.home, todo.kustomization.source, kustomization.source)
        self._process(replace(todo, kustomization=kustomization, redefinitions=todo.redefinitions + 1))

    def _learn(self, cluster: str, obj: KubeObject) -> None:
        """Remember what is on a cluster, and wake those that wait for it."""
        for key in self.known.add(cluster, obj):
            for identity in self._waiting_for.pop((cluster, key), ()):
                if todo := self._waiting.pop(identity, None):
                    self._queue.append(todo)

    def _skip(self, todo: _Todo, why: str) -> None:
        item = NotRendered(str(todo.kustomization.key), why, todo.home)
        self._not_rendered.setdefault(todo.id, []).append(item)


def _redefined(todo: _Todo, objects: list[KubeObject]) -> Kustomization | None:
    """A Kustomization as it applies itself, if that is another one than it was rendered by."""
    if todo.redefinitions >= MAX_REDEFINITIONS:
        return None
    key, spec = todo.kustomization.key, todo.kustomization.spec
    return next((Kustomization(obj) for obj in objects if obj.key == key and obj.spec != spec), None)


def _authored(tree: Tree, where: Location) -> Location:
    """The place that somebody wrote, also of files that were copied into an artifact."""
    return tree.authored(where) if isinstance(tree, ComposedTree) else where


def _authored_object(tree: Tree, obj: KubeObject) -> KubeObject:
    return KubeObject(obj.value, tree.authored(obj.origin), obj.shown) if isinstance(tree, ComposedTree) else obj


def _code_of(err: InputError) -> str:
    if isinstance(err, LimitError):
        return "limit"
    if isinstance(err, SubstitutionError):
        return "substitution"
    return "build" if isinstance(err, BuildError) else "input"


def _beyond_kustomize(cluster: Cluster) -> Iterator[NotRendered]:
    """What the cluster's controllers would make of objects here, which this renderer does not."""
    for obj in cluster.objects:
        if obj.group == OPERATOR_GROUP and obj.kind == "ResourceSet":
            yield NotRendered(str(obj.key), "ResourceSets are not expanded", cluster.name)
