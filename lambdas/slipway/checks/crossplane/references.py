"""Rule about managed resources that others refer to, and that are not there: SLW815.

Source of the rule: crossplane/crossplane-runtime, `pkg/reference/reference.go`: a reference names an object by
`metadata.name`, in its own namespace if it has one and the reference says no other; until that is there and ready,
nothing is made. A field that is set itself is not resolved. What the fields refer to: `reference_kinds`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from slipway.checks.cloud_names import is_upbounds
from slipway.checks.crossplane.reference_kinds import IN_SERVICE, REFERENCES
from slipway.checks.crossplane.world import World
from slipway.checks.finding import Rule
from slipway.checks.made import Made
from slipway.checks.said import Said
from slipway.checks.subject import Landed
from slipway.fleet.crossplane.definitions import is_composition, is_xrd
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, sequence, text

NO_RESOURCE = Rule("SLW815", "A reference to a managed resource that does not exist", "error")

MAX_FIELDS = 2_000
"""Fields of an object that are looked through."""
MAX_LOOKED_FOR = 200
"""Missing resources on one cluster for which all custom objects are searched; of the others, nothing is certain."""


@dataclass(frozen=True)
class _Reference:
    key: ObjectKey
    path: Path
    """The field with its name."""


def missing_findings(world: World) -> Iterator[Said]:
    """References to what nothing in Git makes.

    It is an error where a letter is missing. Else it is a warning, and only on clusters where nothing composes: what
    Compositions make often refers to each other by names that only the cluster knows.
    """
    clusters: dict[str, _Makers] = {}
    for landed in world.subject.distinct:
        references = tuple(_references(landed.obj)) if is_upbounds(landed.obj) else ()
        beside = frozenset(reference.key for reference in references)
        for name in landed.clusters if references else ():
            if name not in clusters:
                clusters[name] = _Makers(world, world.subject.fleet.clusters[name])
            for reference in references:
                yield from _judged(landed, reference, beside, clusters[name], world)


def _judged(
    landed: Landed, reference: _Reference, beside: frozenset[ObjectKey], makers: _Makers, world: World
) -> Iterator[Said]:
    key, presence = reference.key, world.subject.presences[makers.cluster.name]
    if presence.has(key):
        return
    doubt = presence.doubt(landed.obj.key, key) or makers.of(key)
    meant = presence.typo(key, beside)
    if meant is None and (doubt or makers.composes):
        return
    hint = "nothing is made until it is there"
    if doubt:
        hint += f"; something else may make it ({doubt})"
    if meant := meant or presence.namesake(key):
        hint += f"; there is {meant}"
    is_certain = meant is not None and meant.namespace == key.namespace and not doubt
    rule = NO_RESOURCE if is_certain else NO_RESOURCE.at("warning")
    message = f"it refers to {key}, which nothing in Git makes"
    yield Said(rule, landed, reference.path, message, hint, (makers.cluster.name,))


class _Makers:
    """What may make managed resources on a cluster that Git does not hold."""

    def __init__(self, world: World, cluster: Cluster) -> None:
        self.cluster = cluster
        self._made: Made = world.subject.made(cluster)
        self._otherwise = world.may_come_otherwise(cluster.name)
        self._namers: dict[ObjectKey, str] = {}

    @cached_property
    def composes(self) -> bool:
        """True if something is composed there."""
        return any(is_composition(obj) or is_xrd(obj) for obj in self.cluster.objects)

    def of(self, key: ObjectKey) -> str:
        """What may make it; empty if nothing may."""
        if self._otherwise:
            return self._otherwise
        if key not in self._namers and len(self._namers) >= MAX_LOOKED_FOR:
            return f"more than {MAX_LOOKED_FOR} are missing"
        if key not in self._namers:
            namers = (str(one.key) for one in self._made.namers(key) if not is_upbounds(one))
            self._namers[key] = next(namers, "")
        return self._namers[key]


def _references(obj: KubeObject) -> Iterator[_Reference]:
    """What a managed resource refers to; names with variables are known on the cluster only."""
    service, _, provider = obj.group.partition(".")
    if provider.startswith("aws.m.") and not obj.namespace:
        return  # it gets one that is not known here, or is refused
    todo: list[tuple[Path, Any]] = [(("spec", name), obj.spec.get(name)) for name in ("forProvider", "initProvider")]
    seen = 0
    while todo and seen < MAX_FIELDS:
        path, value = todo.pop()
        seen += 1
        if isinstance(value, list):
            todo += [((*path, index), item) for index, item in reversed(list(enumerate(value)))]
        for field, item in reversed(list(mapping(value).items())):
            target = _target(service, field)
            if target is None or _is_given(mapping(value), field):
                todo.append(((*path, field), item))
                continue
            group, kind = f"{target[0]}.{provider}", target[1]
            for way, ref in _refs(item, (*path, field)):
                namespace = (text(ref.get("namespace")) or obj.namespace) if obj.namespace else ""
                key = ObjectKey(group, kind, namespace, text(ref.get("name")))
                is_optional = mapping(ref.get("policy")).get("resolution") == "Optional"
                if key.name and not is_optional and "$" not in f"{key.name}{key.namespace}":
                    yield _Reference(key, (*way, "name"))


def _target(service: str, field: str) -> tuple[str, str] | None:
    own = IN_SERVICE.get((service, field))
    return (service, own) if own else REFERENCES.get(field)


def _is_given(fields: Mapping[str, Any], field: str) -> bool:
    """True if what a reference is for is said itself."""
    given = field.removesuffix("s").removesuffix("Ref")
    return bool(fields.get(given) or fields.get(f"{given}s"))


def _refs(value: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    yield path, mapping(value)
    for index, item in enumerate(map(mapping, sequence(value))):
        yield (*path, index), item
