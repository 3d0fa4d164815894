"""Render a fleet: from each cluster's entry point through every Kustomization that it leads to.

A Kustomization has a *home*, the cluster whose Flux reconciles it, where its source and its variables are looked up,
and a *target*, the cluster that its objects land on: `spec.kubeConfig` makes them differ. Kustomizations among the
objects are reconciled by the Flux of the cluster that they land on, so the walk goes from cluster to cluster.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from slipway.errors import InputError, LimitError
from slipway.fleet.artifact_copy import ComposedTree
from slipway.fleet.artifacts import (
    compose,
    external_artifact,
    external_artifacts,
    generator_of,
    generator_sources,
    is_generator,
    may_make,
)
from slipway.fleet.clusters import find_entry_points
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.flux import (
    OPERATOR_GROUP,
    ROOT_NAME,
    SOURCE_GROUP,
    Kustomization,
    Source,
    is_helm_release,
    is_kustomization,
    is_source,
)
from slipway.fleet.kustomize import Builder
from slipway.fleet.model import Cluster, Fleet, KustomizationId, NotRendered, Problem, RenderedKustomization
from slipway.fleet.objects import KubeObject, Location, ObjectKey, mapping, text
from slipway.fleet.post_build import Variables, applied, is_encrypted, variables_in
from slipway.fleet.settings import DEFAULT_KUBERNETES_VERSION, ClusterSettings, Settings
from slipway.fleet.sources import Sources
from slipway.fleet.strictness import STRICT_BY_DEFAULT, strictness_of_controller
from slipway.fleet.substitute import SubstitutionError
from slipway.fleet.tree import Tree

MAX_KUSTOMIZATIONS = 50_000
"""Kustomizations in one fleet."""
MAX_DEPTH = 50
"""How many Kustomizations may lead to one another in a chain."""
MAX_REDEFINITIONS = 5
"""How often in a row a Kustomization may apply itself changed."""


def render_fleet(
    sources: Sources, builder: Builder, settings: Settings, *, stop: Callable[[], str] = lambda: ""
) -> Fleet:
    """What Flux would apply to every cluster that the repository describes.

    Args:
        sources: the repository and the trees that its Flux sources stand for.
        builder: builds Kustomizations.
        settings: `slipway.yaml`.
        stop: asked before every Kustomization; a text ends the walk, and what is left is `NotRendered` for that reason.
    """
    walk = _Walk(sources, builder, settings, stop)
    walk.run()
    return walk.fleet()


@dataclass(frozen=True)
class _Todo:
    home: str
    kustomization: Kustomization
    ancestors: tuple[KustomizationId, ...] = ()
    redefinitions: int = 0
    """How often it has been rendered and found to apply itself changed."""

    @property
    def id(self) -> KustomizationId:
        """Whose turn it is."""
        return self.home, self.kustomization.key


class _Walk:
    def __init__(self, sources: Sources, builder: Builder, settings: Settings, stop: Callable[[], str]) -> None:
        self._sources = sources
        self._builder = builder
        self._settings = settings
        self._stop = stop
        self._clusters: dict[str, Cluster] = {}
        self._known: dict[str, dict[ObjectKey, KubeObject]] = {}
        self._done: dict[KustomizationId, RenderedKustomization] = {}
        self._incomplete: dict[KustomizationId, tuple[_Todo, Variables]] = {}
        self._queue: deque[_Todo] = deque()
        self._waiting: dict[KustomizationId, _Todo] = {}
        self._waiting_for: dict[tuple[str, ObjectKey], list[KustomizationId]] = {}
        """Who waits for an object, by its cluster and identity."""
        self._roots: set[tuple[str, ObjectKey]] = set()
        """Sources that are the repository itself, by the cluster that knows them."""
        self._strict: dict[str, bool] = {}
        """Whether a cluster's Flux refuses variables that are not set, where something says so."""
        self._queued: set[KustomizationId] = set()
        self._problems: dict[KustomizationId, list[Problem]] = {}
        self._not_rendered: dict[KustomizationId, list[NotRendered]] = {}
        self._skipped: list[NotRendered] = []
        self._over_limits: dict[str, Problem] = {}

    def run(self) -> None:
        """Walk until nothing is left."""
        entries, skipped = find_entry_points(self._sources.root, self._settings)
        self._skipped.extend(NotRendered(item.what, item.why, "") for item in skipped)
        for entry in entries:
            self._cluster(entry.cluster)
            if entry.strict is not None:
                self._strict[entry.cluster] = entry.strict
            self._roots.update((entry.cluster, source) for source in entry.own_sources)
            for source in entry.sources:
                self._known[entry.cluster][source.key] = source.definition
                if source.key in entry.own_sources:
                    self._sources.register_root(source)
        for entry in entries:
            for kustomization in entry.kustomizations:
                self._enqueue(_Todo(entry.cluster, kustomization))
        self._walk()
        # Whose variables turned up after it was rendered is rendered again, with all that it led to.
        redone: set[KustomizationId] = set()
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
            lacking = self._lacking(todo)
            if lacking is None:
                self._process(todo)
            else:
                self._waiting[todo.id] = todo
                self._waiting_for.setdefault((todo.home, lacking), []).append(todo.id)

    def _improved(self) -> Iterator[_Todo]:
        for todo, variables in self._incomplete.values():
            if len(self._variables(todo).missing) < len(variables.missing):
                yield todo

    def _forget(self, identity: KustomizationId) -> None:
        """Undo what is known of a Kustomization and of those that it led to."""
        gone = {identity} | {done.id for done in self._done.values() if identity in done.ancestors}
        for one in gone:
            for found in (self._done, self._incomplete, self._problems, self._not_rendered):
                found.pop(one, None)
        self._queued -= gone

    def _cluster(self, name: str) -> Cluster:
        if name not in self._clusters:
            version = self._cluster_settings(name).kubernetes_version
            self._clusters[name] = Cluster(name, version or DEFAULT_KUBERNETES_VERSION, version is not None)
            self._known[name] = {}
        return self._clusters[name]

    def _cluster_settings(self, name: str) -> ClusterSettings:
        return self._settings.clusters.get(name) or ClusterSettings()

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

    def _lacking(self, todo: _Todo) -> ObjectKey | None:
        """A source, ConfigMap or Secret that it needs and that has not been seen; it may still come."""
        known = self._known[todo.home]
        kustomization = todo.kustomization
        needed = [kustomization.source]
        if (source := known.get(kustomization.source)) is not None:
            generator = known.get(generator_of(source))
            needed.extend(generator_sources(generator).values() if generator and is_generator(generator) else ())
        needed.extend(_config_key(kustomization, ref.kind, ref.name) for ref in kustomization.variables_from)
        if kustomization.kube_config is not None:
            kind, name = kustomization.kube_config
            needed.extend([_config_key(kustomization, kind, name)] if kind == "ConfigMap" else [])
        return next((key for key in needed if key not in known), None)

    def _process(self, todo: _Todo) -> None:
        kustomization = todo.kustomization
        target = self._target(todo)
        source = self._source(todo.home, kustomization.source, kustomization.definition.origin)
        failed = RenderedKustomization(kustomization, todo.home, target, source, todo.ancestors, (), failed=True)
        self._cluster(target)
        self._done[todo.id] = failed
        if reason := self._stop():
            self._skip(todo, reason)
            return
        tree = self._sources.root
        try:
            tree = self._tree(todo, source)
            build = self._builder.build(tree, kustomization.path, kustomization.spec)
            if not todo.ancestors and (strict := strictness_of_controller(item.value for item in build)) is not None:
                self._strict[todo.home] = strict
            variables = self._variables(todo)
            objects, unknown = applied(kustomization, build, variables)
        except NotFetched as err:
            self._skip(todo, err.message)
            return
        except InputError as err:
            definition = kustomization.definition
            where = _authored(tree, Location(tree.name, err.file, err.line)) if err.file else definition.origin
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
            failed, objects=tuple(objects), unknown_variables=tuple(sorted(unknown)), failed=False
        )
        for obj in objects:
            self._learn(target, obj)
            if is_kustomization(obj):
                self._enqueue(_Todo(target, Kustomization(obj), (*todo.ancestors, todo.id)))

    def _redefine(self, todo: _Todo, kustomization: Kustomization, objects: list[KubeObject]) -> None:
        """Render again as Flux does once a Kustomization has applied itself: what bootstrap wrote is patched in Git."""
        for obj in objects:
            self._learn(todo.home, obj)
        if not todo.ancestors and (todo.home, todo.kustomization.source) in self._roots:
            self._roots.add((todo.home, kustomization.source))
            if (found := self._known[todo.home].get(kustomization.source)) is not None:
                self._sources.register_root(Source(found))
        self._process(replace(todo, kustomization=kustomization, redefinitions=todo.redefinitions + 1))

    def _learn(self, cluster: str, obj: KubeObject) -> None:
        """Remember what is on a cluster, and wake those that wait for it."""
        self._known[cluster][obj.key] = obj
        if is_generator(obj):
            for made in external_artifacts(obj):
                self._learn(cluster, made)
        for identity in self._waiting_for.pop((cluster, obj.key), ()):
            if todo := self._waiting.pop(identity, None):
                self._queue.append(todo)

    def _tree(self, todo: _Todo, source: Source | None) -> Tree:
        return self._files(todo.home, todo.kustomization.source, source, ())

    def _files(self, cluster: str, key: ObjectKey, source: Source | None, through: tuple[ObjectKey, ...]) -> Tree:
        """The files of a source, put together from others where a generator makes it of them."""
        if (cluster, key) in self._roots or source is None:
            return self._sources.root_artifact(source)
        generator = self._known[cluster].get(generator_of(source.definition))
        if generator is None or not is_generator(generator) or self._sources.is_given(source):
            return self._sources.tree(source)
        if key in through:
            raise BuildError(f"{key} is made of itself")
        where = source.definition.origin
        trees = {
            alias: self._files(cluster, one, self._source(cluster, one, where), (*through, key))
            for alias, one in generator_sources(generator).items()
        }
        return compose(generator, key.name, trees)

    def _source(self, cluster: str, key: ObjectKey, where: Location) -> Source | None:
        """A source as its cluster knows it; None for the repository itself where bootstrap is not in Git.

        Args:
            cluster: whose Flux looks for it.
            key: its identity.
            where: what refers to it, should it not be known.
        """
        found = self._known[cluster].get(key)
        if found is not None and is_source(found):
            return Source(found)
        if (cluster, key) in self._roots:
            return None
        if key.kind == "ExternalArtifact":
            generators = (obj for obj in self._known[cluster].values() if is_generator(obj) and may_make(obj, key))
            if (generator := next(generators, None)) is not None:
                return Source(external_artifact(generator, key.name))
        raw: dict[str, Any] = {
            "apiVersion": f"{SOURCE_GROUP}/v1",
            "kind": key.kind,
            "metadata": {"name": key.name, "namespace": key.namespace},
        }
        return Source(KubeObject(raw, where))

    def _target(self, todo: _Todo) -> str:
        """The cluster that `spec.kubeConfig` leads to."""
        config = todo.kustomization.kube_config
        if config is None:
            return todo.home
        kind, name = config
        namespace = todo.kustomization.definition.namespace
        for cluster, settings in self._settings.clusters.items():
            if settings.kube_config in (name, f"{namespace}/{name}"):
                return cluster
        arn = ""
        if kind == "ConfigMap":
            found = self._known[todo.home].get(_config_key(todo.kustomization, kind, name))
            arn = text(mapping(found.value.get("data")).get("cluster")) if found else ""
            if (cluster := arn.rpartition("/")[2]) in self._clusters:
                return cluster
        candidates = [cluster for cluster in self._clusters if _names_cluster(name, cluster)]
        if not candidates and namespace in self._clusters:
            return namespace
        qualified = name if namespace == ROOT_NAME else f"{namespace}/{name}"
        unknown = arn.rpartition("/")[2] or f"kubeconfig:{qualified}"
        return max(sorted(candidates), key=len, default=unknown)

    def _variables(self, todo: _Todo) -> Variables:
        kustomization = todo.kustomization
        known = self._known[todo.home]
        values: dict[str, str] = {}
        missing = []
        optional_missing = False
        for ref in kustomization.variables_from:
            found = known.get(_config_key(kustomization, ref.kind, ref.name))
            if found is not None:
                values.update(variables_in(found))
            if found is None and ref.optional:
                optional_missing = True
            elif found is None or is_encrypted(found):
                missing.append(f"{ref.kind} {kustomization.definition.namespace}/{ref.name}")
        if missing or optional_missing:
            values = {**self._cluster_settings(todo.home).variables, **values}
        values.update(kustomization.inline_variables)
        strict = self._strict.get(todo.home, STRICT_BY_DEFAULT)
        return Variables(values, tuple(missing), optional_missing=optional_missing, strict=strict)

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
    return KubeObject(obj.value, tree.authored(obj.origin)) if isinstance(tree, ComposedTree) else obj


def _config_key(kustomization: Kustomization, kind: str, name: str) -> ObjectKey:
    return ObjectKey("", kind, kustomization.definition.namespace, name)


def _names_cluster(secret: str, cluster: str) -> bool:
    """True if a Secret's name has a cluster's name as whole words: `staging-eks-connection` is staging's."""
    return re.search(rf"(?<![a-z0-9]){re.escape(cluster)}(?![a-z0-9])", secret) is not None


def _code_of(err: InputError) -> str:
    if isinstance(err, LimitError):
        return "limit"
    if isinstance(err, SubstitutionError):
        return "substitution"
    return "build" if isinstance(err, BuildError) else "input"


def _beyond_kustomize(cluster: Cluster) -> Iterator[NotRendered]:
    """What the cluster's controllers would make of objects here, which this renderer does not."""
    for obj in cluster.objects:
        if is_helm_release(obj):
            yield NotRendered(str(obj.key), "Helm charts are not rendered", cluster.name)
        elif obj.group == OPERATOR_GROUP and obj.kind == "ResourceSet":
            yield NotRendered(str(obj.key), "ResourceSets are not expanded", cluster.name)
