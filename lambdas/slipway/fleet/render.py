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
from slipway.fleet.substitute import SubstitutionError

MAX_KUSTOMIZATIONS = 50_000
"""Kustomizations in one fleet."""
MAX_DEPTH = 50
"""How many Kustomizations may lead to one another in a chain."""


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
        self._waiting: list[_Todo] = []
        self._roots: set[tuple[str, ObjectKey]] = set()
        """Sources that are the repository itself, by the cluster that knows them."""
        self._queued: set[KustomizationId] = set()
        self._problems: list[Problem] = []
        self._not_rendered: list[NotRendered] = []

    def run(self) -> None:
        """Walk until nothing is left."""
        entries, skipped = find_entry_points(self._sources.root, self._settings)
        self._not_rendered.extend(NotRendered(item.what, item.why, "") for item in skipped)
        for entry in entries:
            self._cluster(entry.cluster)
            self._roots.update(
                (entry.cluster, one.source) for one in entry.kustomizations if one.source.name == ROOT_NAME
            )
            if entry.source is not None and entry.source.url:
                self._sources.register_root(entry.source)
                self._known[entry.cluster][entry.source.key] = entry.source.definition
        for entry in entries:
            for kustomization in entry.kustomizations:
                self._enqueue(_Todo(entry.cluster, kustomization))
        while self._queue or self._waiting:
            if self._queue:
                todo = self._queue.popleft()
                if self._is_ready(todo):
                    self._process(todo)
                else:
                    self._waiting.append(todo)
            elif not self._requeue_ready():
                self._process(self._waiting.pop(0))
        self._redo_incomplete()

    def fleet(self) -> Fleet:
        """What the walk has found."""
        for done in self._done.values():
            self._clusters[done.home].kustomizations.append(done)
            self._cluster(done.target).landed.extend((obj, done) for obj in done.objects)
        for cluster in self._clusters.values():
            self._not_rendered.extend(_beyond_kustomize(cluster))
        clusters = {name: self._clusters[name] for name in sorted(self._clusters)}
        return Fleet(clusters, tuple(self._problems), tuple(self._not_rendered))

    def _cluster(self, name: str) -> Cluster:
        if name not in self._clusters:
            version = self._cluster_settings(name).kubernetes_version
            self._clusters[name] = Cluster(name, version or DEFAULT_KUBERNETES_VERSION, version is not None)
            self._known[name] = {}
        return self._clusters[name]

    def _cluster_settings(self, name: str) -> ClusterSettings:
        return self._settings.clusters.get(name) or ClusterSettings()

    def _enqueue(self, todo: _Todo) -> None:
        identity = (todo.home, todo.kustomization.key)
        if identity in self._queued:
            return
        if len(todo.ancestors) > MAX_DEPTH or len(self._queued) >= MAX_KUSTOMIZATIONS:
            limit = f"over {MAX_KUSTOMIZATIONS:,} Kustomizations (MAX_KUSTOMIZATIONS)"
            if len(todo.ancestors) > MAX_DEPTH:
                limit = f"more than {MAX_DEPTH} Kustomizations lead to one another (MAX_DEPTH)"
            self._problem("limit", limit, todo)
            return
        self._queued.add(identity)
        self._queue.append(todo)

    def _is_ready(self, todo: _Todo) -> bool:
        """True if the source and every ConfigMap and Secret that it needs have been seen; others may still come."""
        known = self._known[todo.home]
        kustomization = todo.kustomization
        return kustomization.source in known and all(
            _config_key(kustomization, ref.kind, ref.name) in known for ref in kustomization.variables_from
        )

    def _requeue_ready(self) -> bool:
        ready = [todo for todo in self._waiting if self._is_ready(todo)]
        self._waiting = [todo for todo in self._waiting if todo not in ready]
        self._queue.extend(ready)
        return bool(ready)

    def _redo_incomplete(self) -> None:
        """Render again what was rendered before its variables turned up."""
        for identity, (todo, variables) in list(self._incomplete.items()):
            found = self._variables(todo)
            if len(found.missing) < len(variables.missing):
                del self._done[identity]
                self._process(todo)

    def _process(self, todo: _Todo) -> None:
        kustomization = todo.kustomization
        identity = (todo.home, kustomization.key)
        target = self._target(todo)
        source = self._source(todo)
        failed = RenderedKustomization(kustomization, todo.home, target, source, todo.ancestors, (), failed=True)
        self._cluster(target)
        if reason := self._stop():
            self._skip(todo, reason)
            self._done[identity] = failed
            return
        try:
            tree = self._sources.tree(source) if source else self._sources.root_artifact
            build = self._builder.build(tree, kustomization.path, kustomization.spec)
            variables = self._variables(todo)
            objects, unknown = applied(kustomization, build, variables)
        except NotFetched as err:
            self._skip(todo, err.message)
            self._done[identity] = failed
            return
        except InputError as err:
            tree_name = tree.name if source else self._sources.root.name
            where = Location(tree_name, err.file, err.line) if err.file else kustomization.definition.origin
            self._problem(_code_of(err), err.message, todo, where)
            self._done[identity] = failed
            return
        if variables.missing:
            self._incomplete[identity] = (todo, variables)
        done = replace(failed, objects=tuple(objects), unknown_variables=tuple(sorted(unknown)), failed=False)
        self._done[identity] = done
        for obj in objects:
            self._known[target][obj.key] = obj
            if is_kustomization(obj):
                self._enqueue(_Todo(target, Kustomization(obj), (*todo.ancestors, identity)))

    def _source(self, todo: _Todo) -> Source | None:
        """The source as its home cluster knows it; None for the repository itself where bootstrap is not in Git."""
        key = todo.kustomization.source
        found = self._known[todo.home].get(key)
        if found is not None and is_source(found):
            return Source(found)
        if (todo.home, key) in self._roots or not todo.ancestors:
            return None
        raw: dict[str, Any] = {
            "apiVersion": f"{SOURCE_GROUP}/v1",
            "kind": key.kind,
            "metadata": {"name": key.name, "namespace": key.namespace},
        }
        return Source(KubeObject(raw, todo.kustomization.definition.origin))

    def _target(self, todo: _Todo) -> str:
        """The cluster that `spec.kubeConfig` leads to."""
        config = todo.kustomization.kube_config
        if config is None:
            return todo.home
        kind, name = config
        for cluster, settings in self._settings.clusters.items():
            if settings.kube_config == name:
                return cluster
        if kind == "ConfigMap":
            found = self._known[todo.home].get(_config_key(todo.kustomization, kind, name))
            arn = text(mapping(found.value.get("data")).get("cluster")) if found else ""
            if (cluster := arn.rpartition("/")[2]) and cluster in self._clusters:
                return cluster
        candidates = [cluster for cluster in self._clusters if _names_cluster(name, cluster)]
        return max(candidates, key=len, default=f"kubeconfig:{name}")

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
        return Variables(values, tuple(missing), optional_missing=optional_missing)

    def _problem(self, code: str, message: str, todo: _Todo, where: Location | None = None) -> None:
        definition = todo.kustomization.definition
        self._problems.append(Problem(code, message, where or definition.origin, str(definition.key), todo.home))

    def _skip(self, todo: _Todo, why: str) -> None:
        self._not_rendered.append(NotRendered(str(todo.kustomization.key), why, todo.home))


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
