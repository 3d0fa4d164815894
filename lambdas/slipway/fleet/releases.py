"""The HelmReleases of a rendered fleet: what they install lands on its clusters too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from slipway.errors import InputError, LimitError
from slipway.fleet.errors import NotFetched
from slipway.fleet.flux import is_helm_release, is_kustomization
from slipway.fleet.helm import HelmRenderer, Installed, Job
from slipway.fleet.helm_release import HelmRelease
from slipway.fleet.helm_source import Home
from slipway.fleet.known import Known
from slipway.fleet.model import Expanded, Fleet, NotRendered, Owner, OwnerId, Problem
from slipway.fleet.objects import KubeObject, ObjectKey
from slipway.fleet.scope import CustomKind, GroupKind, ServedApi, custom_kinds
from slipway.fleet.tree import Tree

MAX_DEPTH = 5
"""How many charts may lead to one another by bringing HelmReleases."""
MAX_RELEASES = 20_000
"""HelmReleases in one fleet."""

_Landed = tuple[KubeObject, Owner]


def with_releases(
    fleet: Fleet,
    known: Known,
    renderer: HelmRenderer,
    *,
    stop: Callable[[], str] = lambda: "",
) -> Fleet:
    """The fleet with what its HelmReleases install.

    Charts are rendered a second time if the first time brought CRDs, since they may ask for them.

    Args:
        fleet: what Kustomizations bring.
        known: what the clusters have, where charts and values are looked up.
        renderer: renders releases.
        stop: asked before each release; a text ends the work.
    """
    first = _Round(fleet, known, {})
    first.run(renderer, stop)
    if not any(first.custom.values()):
        return first.fleet()
    second = _Round(fleet, known, first.custom)
    second.run(renderer, stop)
    return second.fleet()


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


class _Round:
    """All releases rendered once, those that charts bring included.

    Args:
        custom: kinds that charts define, by the cluster that they land on, as an earlier round has found them.
    """

    def __init__(self, fleet: Fleet, known: Known, custom: Mapping[str, Mapping[GroupKind, CustomKind]]) -> None:
        self._fleet = fleet
        self._clusters = dict(fleet.clusters)
        self._known = known
        self._brought: dict[str, dict[ObjectKey, KubeObject]] = defaultdict(dict)
        """What charts bring, by the cluster that it lands on."""
        self._apis = {
            name: ServedApi(cluster.kubernetes_version, {**custom_kinds(cluster.objects), **custom.get(name, {})})
            for name, cluster in fleet.clusters.items()
        }
        self.custom: dict[str, dict[GroupKind, CustomKind]] = defaultdict(dict)
        """Kinds that charts define, by the cluster that they land on."""
        self._expanded: dict[str, list[Expanded]] = defaultdict(list)
        self._landed: dict[str, list[_Landed]] = defaultdict(list)
        self._problems: list[Problem] = []
        self._not_rendered: list[NotRendered] = []

    def run(self, renderer: HelmRenderer, stop: Callable[[], str]) -> None:
        """Render until no chart brings another release."""
        todo = [
            _Todo(name, HelmRelease(obj), (*owner.ancestors, owner.id), 0)
            for name, cluster in self._fleet.clusters.items()
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
            jobs = [self._job(one) for one in todo]
            answers = renderer.render_all(jobs, stop=stop)
            todo = [more for one, answer in zip(todo, answers, strict=True) for more in self._take(one, answer)]

    def fleet(self) -> Fleet:
        """The fleet with what was rendered."""
        clusters = {
            name: replace(
                cluster,
                expanded=[*cluster.expanded, *self._expanded[name]],
                landed=[*cluster.landed, *self._landed[name]],
            )
            for name, cluster in sorted(self._clusters.items())
        }
        problems = (*self._fleet.problems, *self._problems)
        return Fleet(clusters, problems, (*self._fleet.not_rendered, *self._not_rendered))

    def _job(self, todo: _Todo) -> Job:
        target = self._target(todo)
        find, definition = partial(self._find, todo.home), todo.release.definition

        def files(key: ObjectKey) -> Tree:
            return self._known.files_of(todo.home, key, definition.origin)

        api = self._apis.get(target) or ServedApi(self._known.new_cluster(target).kubernetes_version, {})
        return Job(todo.release, Home(find, files), api, partial(self._find, target))

    def _find(self, cluster: str, key: ObjectKey) -> KubeObject | None:
        return self._known.find(cluster, key) or self._brought[cluster].get(key)

    def _take(self, todo: _Todo, answer: Installed | InputError) -> Iterator[_Todo]:
        """Note what a release came to; yields the releases that its chart brings."""
        definition = todo.release.definition
        if isinstance(answer, NotFetched):
            self._skip([todo], answer.message)
            return
        if isinstance(answer, InputError):
            code = "limit" if isinstance(answer, LimitError) else "helm"
            self._problems.append(Problem(code, answer.message, definition.origin, str(definition.key), todo.home))
            self._expanded[todo.home].append(self._failed(todo))
            return
        target = self._target(todo)
        self._not_rendered.extend(NotRendered(what, why, todo.home) for what, why in answer.unknown)
        if target not in self._clusters:
            self._clusters[target] = self._known.new_cluster(target)
        self.custom[target].update(custom_kinds(answer.objects))
        done = replace(self._failed(todo), objects=answer.objects, failed=False)
        self._expanded[todo.home].append(done)
        for obj in answer.objects:
            self._landed[target].append((obj, done))
            if is_kustomization(obj):
                what = f"{obj.key} of {definition.key}"
                self._not_rendered.append(NotRendered(what, "a Kustomization that a chart brings", target))
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
