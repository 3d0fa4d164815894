"""The HelmReleases of a rendered fleet: what they install lands on its clusters too.

What a release comes to depends on its definition, on what its cluster serves, on what is looked up for it, and on its
chart. All of that is kept with it, so a rendering of changed files takes over the releases for which it is the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from slipway.errors import InputError, LimitError
from slipway.fleet.errors import ChartError, NotFetched
from slipway.fleet.flux import is_helm_release, is_kustomization
from slipway.fleet.helm import HelmRenderer, Installed, Job
from slipway.fleet.helm_release import HelmRelease
from slipway.fleet.helm_source import Home
from slipway.fleet.helm_values import Find
from slipway.fleet.known import Known
from slipway.fleet.model import Cluster, Expanded, Fleet, NotRendered, Owner, OwnerId, Problem
from slipway.fleet.objects import KubeObject, ObjectKey
from slipway.fleet.resource_set import is_resource_set
from slipway.fleet.scope import CustomKind, GroupKind, ServedApi, custom_kinds
from slipway.fleet.tree import Tree
from slipway.fleet.walk import is_same

MAX_DEPTH = 5
"""How many charts may lead to one another by bringing HelmReleases."""
MAX_RELEASES = 20_000
"""HelmReleases in one fleet."""
MAX_ROUNDS = 3
"""How often releases are rendered because charts bring kinds that others ask for."""

_Landed = tuple[KubeObject, Owner]
_Custom = Mapping[str, Mapping[GroupKind, CustomKind]]
"""Kinds that charts define, by the cluster that they land on."""


@dataclass(frozen=True)
class Releases:
    """A fleet with what its HelmReleases install, and what is needed for a change of it."""

    fleet: Fleet
    applied: Fleet
    """The fleet without that."""
    custom: _Custom
    apis: Mapping[str, ServedApi]
    """What each cluster serves."""
    traces: Mapping[OwnerId, _Trace]


def with_releases(
    applied: Fleet,
    known: Known,
    renderer: HelmRenderer,
    *,
    before: Releases | None = None,
    stop: Callable[[], str] = lambda: "",
) -> Releases:
    """The fleet with what its HelmReleases install.

    Charts are rendered again if what they bring includes CRDs, since they may ask for them.

    Args:
        applied: what everything else brings.
        known: what the clusters have, where charts and values are looked up.
        renderer: renders releases.
        before: of another rendering, with whose objects this one shares what is the same.
        stop: asked before each release; a text ends the work.
    """
    custom = before.custom if before else {}
    for rounds in range(1, MAX_ROUNDS + 1):
        one = _Round(applied, known, custom, before)
        one.run(renderer, stop)
        if rounds == MAX_ROUNDS or one.custom == custom:
            break
        custom = one.custom
    return Releases(one.fleet(), applied, custom, one.apis, one.traces)


def without_releases(fleet: Fleet) -> Fleet:
    """The fleet where there is no helm: its HelmReleases are named."""
    left = (
        NotRendered(str(obj.key), "Helm charts are not rendered: no helm is at hand", cluster.name)
        for cluster in fleet.clusters.values()
        for obj in cluster.objects
        if is_helm_release(obj)
    )
    return replace(fleet, not_rendered=(*fleet.not_rendered, *left))


@dataclass(frozen=True)
class _Todo:
    home: str
    release: HelmRelease
    ancestors: tuple[OwnerId, ...]
    depth: int

    @property
    def id(self) -> OwnerId:
        return self.home, self.release.key


@dataclass(frozen=True)
class _Trace:
    """What a release came to, and all that it came from."""

    owner: Expanded
    api: ServedApi
    asked: tuple[tuple[str, ObjectKey, KubeObject | None], ...]
    """What was looked up where, and found."""
    from_files: bool
    """True if its chart is in a repository's files."""
    answer: Installed


class _Asked:
    """What is looked up for one release."""

    def __init__(self, find: Callable[[str, ObjectKey], KubeObject | None]) -> None:
        self._find = find
        self.objects: list[tuple[str, ObjectKey, KubeObject | None]] = []
        self.files = False

    def on(self, cluster: str) -> Find:
        def find(key: ObjectKey) -> KubeObject | None:
            found = self._find(cluster, key)
            self.objects.append((cluster, key, found))
            return found

        return find


class _Round:
    """All releases rendered once, those that charts bring included.

    Args:
        custom: what an earlier round has found.
        before: what may be taken over.
    """

    def __init__(self, applied: Fleet, known: Known, custom: _Custom, before: Releases | None) -> None:
        self._applied = applied
        self._known = known
        self._custom = custom
        self._before = before
        self._clusters = dict(applied.clusters)
        self._brought: dict[str, dict[ObjectKey, KubeObject]] = defaultdict(dict)
        """What charts bring, by the cluster that it lands on."""
        self.apis: dict[str, ServedApi] = {}
        self.custom: dict[str, dict[GroupKind, CustomKind]] = {}
        self.traces: dict[OwnerId, _Trace] = {}
        self._expanded: dict[str, list[Expanded]] = defaultdict(list)
        self._landed: dict[str, list[_Landed]] = defaultdict(list)
        self._problems: list[Problem] = []
        self._not_rendered: list[NotRendered] = []

    def run(self, renderer: HelmRenderer, stop: Callable[[], str]) -> None:
        """Render until no chart brings another release."""
        todo = [
            _Todo(name, HelmRelease(obj), (*owner.ancestors, owner.id), 0)
            for name, cluster in self._applied.clusters.items()
            for obj, owner in cluster.landed
            if is_helm_release(obj)
        ]
        seen = 0
        while todo:
            seen += len(todo)
            if seen > MAX_RELEASES:
                self._skip(todo, f"the fleet has over {MAX_RELEASES:,} HelmReleases (MAX_RELEASES)")
                return
            if todo[0].depth > MAX_DEPTH:
                self._skip(todo, f"more than {MAX_DEPTH} charts lead to one another (MAX_DEPTH)")
                return
            todo = list(self._render(todo, renderer, stop))

    def fleet(self) -> Fleet:
        """The fleet with what was rendered."""
        clusters = {name: self._cluster(name, cluster) for name, cluster in sorted(self._clusters.items())}
        problems = (*self._applied.problems, *self._problems)
        return Fleet(clusters, problems, (*self._applied.not_rendered, *self._not_rendered))

    def _cluster(self, name: str, applied: Cluster) -> Cluster:
        expanded, landed = self._expanded[name], self._landed[name]
        if not expanded and not landed:
            return applied
        if self._before is not None and self._before.applied.clusters.get(name) is applied:
            known = self._before.fleet.clusters[name]
            # In place of an order of owners, which landing may have changed, their identities.
            if _is_all(known.expanded, [*applied.expanded, *expanded]) and len(known.landed) >= len(applied.landed):
                added = {id(owner) for _, owner in known.landed} - {id(owner) for _, owner in applied.landed}
                if added == {id(owner) for _, owner in landed}:
                    return known
        return replace(applied, expanded=[*applied.expanded, *expanded], landed=[*applied.landed, *landed])

    def _render(self, todo: list[_Todo], renderer: HelmRenderer, stop: Callable[[], str]) -> Iterator[_Todo]:
        """Render some releases; yields those that they bring."""
        traces = [self._known_trace(one, renderer) for one in todo]
        asked = [_Asked(self._find) for _ in todo]
        jobs = [self._job(one, each) for one, each, trace in zip(todo, asked, traces, strict=True) if trace is None]
        answers = iter(renderer.render_all(jobs, stop=stop))
        for one, each, trace in zip(todo, asked, traces, strict=True):
            if trace is None:
                answer = next(answers)
                trace = self._traced(one, each, answer) if isinstance(answer, Installed) else None
                if isinstance(answer, InputError):
                    self._refuse(one, answer)
            if trace is not None:
                self.traces[one.id] = trace
                yield from self._take(one, trace)

    def _known_trace(self, todo: _Todo, renderer: HelmRenderer) -> _Trace | None:
        """What a release came to before, if it would come to the same now."""
        trace = self._before.traces.get(todo.id) if self._before else None
        if trace is None or trace.owner.ancestors != todo.ancestors or trace.owner.target != self._target(todo):
            return None
        if not is_same(trace.owner.definition, todo.release.definition) or trace.api != self._api(trace.owner.target):
            return None
        if any(self._find(cluster, key) is not found for cluster, key, found in trace.asked):
            return None
        if trace.from_files:
            try:
                if renderer.chart_digest(self._job(todo, _Asked(self._find))) != trace.answer.chart:
                    return None
            except InputError:
                return None
        return trace

    def _traced(self, todo: _Todo, asked: _Asked, answer: Installed) -> _Trace:
        done = replace(self._failed(todo), objects=answer.objects, failed=False)
        return _Trace(done, self._api(done.target), tuple(asked.objects), asked.files, answer)

    def _job(self, todo: _Todo, asked: _Asked) -> Job:
        target, definition = self._target(todo), todo.release.definition

        def files(key: ObjectKey) -> Tree:
            asked.files = True
            return self._known.files_of(todo.home, key, definition.origin)

        return Job(todo.release, Home(asked.on(todo.home), files), self._api(target), asked.on(target))

    def _api(self, cluster: str) -> ServedApi:
        if cluster not in self.apis:
            self.apis[cluster] = self._known_api(cluster) or self._new_api(cluster)
        return self.apis[cluster]

    def _known_api(self, cluster: str) -> ServedApi | None:
        before = self._before
        if before is None or before.custom.get(cluster, {}) != self._custom.get(cluster, {}):
            return None
        applied = self._applied.clusters.get(cluster)
        return before.apis.get(cluster) if applied is before.applied.clusters.get(cluster) else None

    def _new_api(self, cluster: str) -> ServedApi:
        found = self._clusters.get(cluster) or self._known.new_cluster(cluster)
        return ServedApi(found.kubernetes_version, {**custom_kinds(found.objects), **self._custom.get(cluster, {})})

    def _find(self, cluster: str, key: ObjectKey) -> KubeObject | None:
        return self._known.find(cluster, key) or self._brought[cluster].get(key)

    def _refuse(self, todo: _Todo, err: InputError) -> None:
        definition = todo.release.definition
        if isinstance(err, NotFetched):
            self._skip([todo], err.message)
            return
        code = "limit" if isinstance(err, LimitError) else "chart" if isinstance(err, ChartError) else "helm"
        self._problems.append(Problem(code, err.message, definition.origin, str(definition.key), todo.home))
        self._expanded[todo.home].append(self._failed(todo))

    def _take(self, todo: _Todo, trace: _Trace) -> Iterator[_Todo]:
        """Note what a release came to; yields the releases that its chart brings."""
        done, target = trace.owner, trace.owner.target
        self._not_rendered.extend(NotRendered(what, why, todo.home) for what, why in trace.answer.unknown)
        if target not in self._clusters:
            self._clusters[target] = self._known.new_cluster(target)
        if custom := custom_kinds(done.objects):
            self.custom.setdefault(target, {}).update(custom)
        self._expanded[todo.home].append(done)
        for obj in done.objects:
            self._landed[target].append((obj, done))
            if is_kustomization(obj) or is_resource_set(obj):
                what = f"{obj.key} of {done.key}"
                self._not_rendered.append(NotRendered(what, f"a {obj.kind} that a chart brings", target))
            if is_helm_release(obj) and self._find(target, obj.key) is None:
                yield _Todo(target, HelmRelease(obj), (*done.ancestors, done.id), todo.depth + 1)
            self._brought[target].setdefault(obj.key, obj)

    def _target(self, todo: _Todo) -> str:
        release = todo.release
        return self._known.target(todo.home, release.definition.namespace, release.kube_config)

    def _skip(self, todo: list[_Todo], why: str) -> None:
        for one in todo:
            self._not_rendered.append(NotRendered(str(one.release.key), why, one.home))
            self._expanded[one.home].append(self._failed(one))

    def _failed(self, todo: _Todo) -> Expanded:
        return Expanded(todo.release.definition, todo.home, self._target(todo), todo.ancestors, failed=True)


def _is_all(one: list[Expanded], other: list[Expanded]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
