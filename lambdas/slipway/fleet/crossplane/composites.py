"""The composites of a rendered fleet: what Crossplane composes for them lands on its clusters too.

What a composite comes to depends on itself, its definition, its Composition and the functions of its cluster. Clusters
that share these as Python objects share what comes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slipway.fleet.crossplane.choice import choose
from slipway.fleet.crossplane.composing import Composed, Composition, Unknown, compose
from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.crossplane.definitions import Platform, Xrd
from slipway.fleet.crossplane.functions import Effect, effect_of
from slipway.fleet.crossplane.resources import ONLY_ON_CLUSTER, choice_path, composite_of, named
from slipway.fleet.flux import is_helm_release, is_kustomization
from slipway.fleet.model import Cluster, Fleet, NotRendered, Owner
from slipway.fleet.objects import KubeObject, ObjectKey, mapping
from slipway.fleet.resource_set import is_resource_set

MAX_DEPTH = 5
"""How many composites may be composed of one another."""
MAX_COMPOSITES = 20_000
"""Composites on one cluster."""

STOPPED_WHY = "what composites are composed of was not looked at"


@dataclass(frozen=True)
class Composites:
    """A fleet with what its composites are composed of, and what is needed for a change of it."""

    fleet: Fleet
    landed: Fleet
    """The fleet without that."""
    memory: Mapping[_Question, _Made]


def with_composites(
    landed: Fleet, before: Composites | None = None, stop: Callable[[], str] = lambda: ""
) -> Composites:
    """The fleet with what Crossplane composes.

    Args:
        landed: what everything else brings, as it lands.
        before: of another rendering, with whose objects this one shares what is the same.
        stop: asked before each cluster; a text ends the work.
    """
    memory = _Memory(before.memory if before else {})
    clusters: dict[str, Cluster] = {}
    not_rendered: list[NotRendered] = []
    for name, cluster in landed.clusters.items():
        known = before.landed.clusters.get(name) if before else None
        if before is not None and known is cluster:
            clusters[name] = before.fleet.clusters[name]
            memory.keep(clusters[name])
        else:
            clusters[name] = cluster
            platform = Platform(cluster.objects)
            if not platform.xrds and not platform.compositions:
                continue
            if reason := stop():
                not_rendered.append(NotRendered(STOPPED_WHY, reason, name))
                continue
            clusters[name] = _composed(cluster, platform, memory)
        not_rendered.extend(_left(clusters[name]))
    fleet = Fleet(clusters, landed.problems, (*landed.not_rendered, *not_rendered))
    return Composites(fleet, landed, memory.used)


_Question = tuple[int, int, int, tuple[tuple[str, str], ...]]
"""Composite, definition and Composition by their identities, and the functions with their packages."""


@dataclass(frozen=True)
class _Made:
    """What came of a question; it holds the objects, so that their identities are not others' later."""

    asked: tuple[object, ...]
    objects: tuple[KubeObject, ...]
    by_key: Mapping[ObjectKey, Composed]
    composed: Composition


class _Memory:
    def __init__(self, known: Mapping[_Question, _Made]) -> None:
        self._known = known
        self.used: dict[_Question, _Made] = {}

    def made(self, obj: KubeObject, xrd: Xrd | None, composition: KubeObject, platform: Platform) -> _Made:
        """What a composite comes to."""
        functions = tuple((name, platform.function_package(name)) for name in sorted(_functions(composition)))
        question = id(obj), id(xrd.obj if xrd else None), id(composition), functions
        found = self.used.get(question) or self._known.get(question) or _make(obj, xrd, composition, dict(functions))
        self.used[question] = found
        return found

    def keep(self, cluster: Cluster) -> None:
        """Keep what a cluster's composites came to that are taken over as they are."""
        kept = {id(owner.composed) for owner in cluster.expanded if isinstance(owner, Composite)}
        self.used.update({key: made for key, made in self._known.items() if id(made.composed) in kept})


def _functions(composition: KubeObject) -> Iterator[str]:
    pipeline = composition.spec.get("pipeline")
    for step in pipeline if isinstance(pipeline, list) else ():
        name = mapping(mapping(step).get("functionRef")).get("name")
        if isinstance(name, str):
            yield name


def _composed(cluster: Cluster, platform: Platform, memory: _Memory) -> Cluster:
    chosen = {id(obj) for obj in platform.compositions.values()}
    owners = {id(obj): owner for obj, owner in cluster.landed if id(obj) in chosen}
    todo: list[tuple[KubeObject, Owner, int]] = [(obj, owner, 0) for obj, owner in cluster.landed]
    expanded: list[Composite] = []
    landed: list[tuple[KubeObject, Owner]] = []
    seen: set[ObjectKey] = set()
    while todo:
        following: list[tuple[KubeObject, Owner, int]] = []
        for obj, owner, depth in todo:
            if not is_composite(obj, platform) or obj.key in seen or len(seen) >= MAX_COMPOSITES:
                continue
            seen.add(obj.key)
            done = _composite(obj, owner, cluster.name, platform, memory, owners)
            expanded.append(done)
            landed.extend((one, done) for one in done.objects)
            if depth < MAX_DEPTH:
                following.extend((one, done, depth + 1) for one in done.objects)
        todo = following
    if not expanded:
        return cluster
    return replace(cluster, expanded=[*cluster.expanded, *expanded], landed=[*cluster.landed, *landed])


def is_composite(obj: KubeObject, platform: Platform) -> bool:
    """True for composites and claims: what an XRD defines, or a Composition is for."""
    if (obj.group, obj.kind) in platform.xrds:
        return True
    return (obj.api_version, obj.kind) in platform.composed_types


def _composite(
    obj: KubeObject, owner: Owner, cluster: str, platform: Platform, memory: _Memory, owners: Mapping[int, Owner]
) -> Composite:
    xrd = platform.xrds.get((obj.group, obj.kind))
    value = composite_of(obj, obj.value, xrd)
    choice = choose(value, choice_path(xrd, value), xrd, platform)
    ancestors = (*owner.ancestors, owner.id)
    if choice.composition is None:
        return Composite(obj, cluster, cluster, ancestors, failed=True, xrd=xrd, choice=choice)
    made = memory.made(obj, xrd, choice.composition, platform)
    return Composite(
        obj,
        cluster,
        cluster,
        ancestors,
        made.objects,
        failed=bool(made.composed.failures or made.composed.unknown) and not made.objects,
        xrd=xrd,
        choice=choice,
        composed=made.composed,
        by_key=made.by_key,
        composition_owner=owners.get(id(choice.composition)),
    )


def _make(obj: KubeObject, xrd: Xrd | None, composition: KubeObject, packages: Mapping[str, str]) -> _Made:
    def effect(name: str) -> Effect:
        return effect_of(name, packages.get(name, ""))

    def composed(value: Mapping[str, Any], spec: Mapping[str, Any]) -> tuple[Composition, dict[str, dict[str, Any]]]:
        composite = composite_of(obj, value, xrd)
        found = compose(composite, spec, effect, only_on_cluster=ONLY_ON_CLUSTER)
        return found, {name: named(one.value, name, composite) for name, one in found.resources.items()}

    result, values = composed(obj.value, composition.spec)
    shown: Mapping[str, Mapping[str, Any]] = {}
    if obj.shown is not None or composition.shown is not None:
        # What comes of values of Secrets is secret too: what is shown is made of what was written.
        spec = mapping((composition.shown or composition.value).get("spec"))
        shown = composed(obj.shown or obj.value, spec)[1]
    objects, by_key = [], {}
    for name, value in values.items():
        masked = shown.get(name, {"apiVersion": value.get("apiVersion"), "kind": value.get("kind")}) if shown else None
        one = KubeObject(value, composition.origin, masked)
        objects.append(one)
        by_key[one.key] = result.resources[name]
    return _Made((obj, xrd, composition), tuple(objects), by_key, result)


def _left(cluster: Cluster) -> Iterator[NotRendered]:
    """What is not known of a cluster's composites."""
    for owner in cluster.expanded:
        if not isinstance(owner, Composite):
            continue
        name = str(owner.key)
        if owner.composition is None:
            yield NotRendered(name, owner.choice.why, cluster.name, composed=True)
        for item in _unknown(owner):
            yield NotRendered(f"{item.what} of {name}", item.why, cluster.name, composed=True)
        for obj in owner.objects:
            if is_helm_release(obj) or is_kustomization(obj) or is_resource_set(obj):
                why = f"a {obj.kind} that a composite is composed of"
                yield NotRendered(f"{obj.key} of {name}", why, cluster.name)


def _unknown(owner: Composite) -> Iterator[Unknown]:
    yield from owner.composed.unknown
    for failure in owner.composed.failures[:1]:
        yield Unknown("all" if not owner.objects else "a part", failure.message)
