"""What would change on which cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from slipway.fleet.change import AND_MORE, ChangeGroup, ChangeKind, ObjectChange, grouped
from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.fates import Brought, Fates, Move
from slipway.fleet.fields import FieldChange, field_changes, same
from slipway.fleet.kinship import causes, renamed
from slipway.fleet.list_keys import ListKeys, custom_schemas, is_builtin, kubernetes_keys, no_keys, schema_keys
from slipway.fleet.masks import masked
from slipway.fleet.model import Cluster, Fleet, Owner, OwnerId
from slipway.fleet.objects import KubeObject, ObjectKey, mapping
from slipway.fleet.scope import GroupKind
from slipway.fleet.standing import Held
from slipway.fleet.unified import LineDiffer

__all__ = ["ChangeGroup", "ChangeKind", "FleetDiff", "ObjectChange", "diff_fleets"]

CLUSTERS_AT_ONCE = 8
"""Clusters whose objects are kept by name: the one that is compared, and those that bring objects to it."""


@dataclass(frozen=True)
class FleetDiff:
    """All differences of two renderings."""

    groups: tuple[ChangeGroup, ...]
    not_compared: tuple[str, ...]
    """What one side could not render, with its cluster: nothing is said about the objects that it brings."""

    @property
    def clusters(self) -> tuple[str, ...]:
        """Clusters on which something changes."""
        return tuple(sorted({cluster for group in self.groups for cluster in group.clusters}))


def diff_fleets(base: Fleet, head: Fleet) -> FleetDiff:
    """Compare two renderings, object by object.

    What one side could not render is not compared, nor is anything below it: an object of a Kustomization that fails
    to build has not been removed. A cluster that both sides share as one Python object is not looked at: whatever is
    not compared is left out of both sides alike.
    """
    blind = _blind(base) | _blind(head)
    comparison = _Comparison(base, head, blind)
    names = sorted({*base.clusters, *head.clusters})
    groups = grouped((name, comparison.changes(name)) for name in names)
    alike = _alike_composites(base, head)
    not_compared = tuple(sorted(f"{key} on {home}" for home, key in blind - alike))
    return FleetDiff(groups, not_compared)


def _blind(fleet: Fleet) -> set[OwnerId]:
    return {owner.id for owner in fleet.owners if owner.failed}


def _alike_composites(base: Fleet, head: Fleet) -> set[OwnerId]:
    """Composites that nothing changes, whatever they are composed of."""
    before = {owner.id: owner for owner in base.owners if isinstance(owner, Composite)}
    return {
        owner.id
        for owner in head.owners
        if isinstance(owner, Composite) and (one := before.get(owner.id)) is not None and _is_made_alike(one, owner)
    }


def _is_made_alike(one: Composite, other: Composite) -> bool:
    pairs = ((one.definition, other.definition), (one.composition, other.composition))
    return all(a is b or (a is not None and b is not None and same(a.value, b.value)) for a, b in pairs)


class _Comparison:
    def __init__(self, base: Fleet, head: Fleet, blind: set[OwnerId]) -> None:
        self._base = base
        self._head = head
        self._blind = blind
        self._sides = lru_cache(CLUSTERS_AT_ONCE)(self._visible_on)
        self._schemas: dict[str, Mapping[GroupKind, Mapping[str, Mapping[str, Any]]]] = {}
        self._fates = Fates(base, head, self._sides)
        self._held = Held(head)
        self._differ = LineDiffer()
        # Clusters share the objects that come from one build, so that the same two meet again and again.
        self._same: dict[tuple[int, int], bool] = {}
        self._fields: dict[tuple[int, int, int], tuple[FieldChange, ...]] = {}
        self._lines: dict[tuple[int, int], tuple[str, ...]] = {}

    def changes(self, cluster: str) -> list[ObjectChange]:
        """What differs on a cluster, in order."""
        if self._base.clusters.get(cluster) is self._head.clusters.get(cluster):
            return []
        before, after = self._sides(cluster)
        found = []
        for key in {**before, **after}:
            change = self._change(cluster, before.get(key), after.get(key))
            if change is not None:
                found.append(change)
        found.sort(key=lambda change: change.key)
        names, owners = renamed(found, before, after), causes(found)
        return [
            replace(
                change,
                cause=owners[change.key],
                renamed=names.get(change.key),
                why=change.why or self._why_late(change, before, after),
            )
            for change in found
        ]

    def _why_late(self, change: ObjectChange, before: Brought, after: Brought) -> str:
        """What keeps a change from reaching the cluster."""
        if change.kind == "orphaned":
            return ""
        if change.key not in after:
            return self._held.why_late(before[change.key][1][-1])
        obj, owners = after[change.key]
        return self._held.why_not_applied(obj, owners[-1], exists=change.key in before)

    def _change(self, cluster: str, old: _One | None, new: _One | None) -> ObjectChange | None:
        if old is None or new is None:
            return _added(new[0], self._text(None, new[0])) if new else self._gone(cluster, *old) if old else None
        before, after = old[0], new[0]
        moved = self._moved(old, new)
        if self._alike(before, after):
            return ObjectChange("moved", after.key, (), after.origin, moved=moved) if moved else None
        lines = self._text(before, after)
        fields = self._field_changes(cluster, before, after)
        return ObjectChange("changed", after.key, lines, after.origin, fields, moved)

    def _gone(self, cluster: str, obj: KubeObject, owners: tuple[Owner, ...]) -> ObjectChange:
        owner = owners[-1]
        fate = self._fates.fate(obj, owner)
        kind: ChangeKind = "removed" if fate.goes else "orphaned"
        lines = self._text(obj, None)
        cause = self._fates.leaving(owner)
        why = fate.why or (AND_MORE if (cluster, obj.key) in self._blind else "")
        return ObjectChange(kind, obj.key, lines, obj.origin, why=why, cause=cause)

    def _moved(self, old: _One, new: _One) -> Move | None:
        """The change of hands, if something that brought the object does not any more."""
        if old[1][-1] is new[1][-1] and len(old[1]) == 1:
            return None
        still = {owner.id for owner in new[1]}
        left = [owner for owner in old[1] if owner.id not in still]
        return self._fates.move(old[0], left[-1], new[1][-1]) if left else None

    def _alike(self, one: KubeObject, other: KubeObject) -> bool:
        if one is other or one.value is other.value:
            return True
        pair = id(one.value), id(other.value)
        if pair not in self._same:
            self._same[pair] = same(one.value, other.value)
        return self._same[pair]

    def _text(self, old: KubeObject | None, new: KubeObject | None) -> tuple[str, ...]:
        pair = id(old), id(new)
        if pair not in self._lines:
            before = masked(old) if old else None
            after = masked(new, old) if new else None
            self._lines[pair] = self._differ.lines(before, after)
        return self._lines[pair]

    def _field_changes(self, cluster: str, old: KubeObject, new: KubeObject) -> tuple[FieldChange, ...]:
        schema = {} if is_builtin(new) else self._schema(cluster, new)
        question = id(old), id(new), id(schema) if schema else 0
        if question not in self._fields:
            keys: ListKeys = kubernetes_keys if is_builtin(new) else schema_keys(schema) if schema else no_keys
            self._fields[question] = field_changes(masked(old), masked(new, old), keys)
        return self._fields[question]

    def _schema(self, cluster: str, obj: KubeObject) -> Mapping[str, Any]:
        """What the cluster's own definition says of an object; empty if there is none."""
        if cluster not in self._schemas:
            self._schemas[cluster] = custom_schemas(self._head.clusters[cluster].objects)
        versions = self._schemas[cluster].get((obj.group, obj.kind), {})
        return mapping(versions.get(obj.api_version.rpartition("/")[2]))

    def _visible_on(self, cluster: str) -> tuple[Brought, Brought]:
        """A cluster's objects on both sides, without those below something that either side could not render."""
        base, head = self._base.clusters.get(cluster), self._head.clusters.get(cluster)
        return _visible(base, self._blind), _visible(head, self._blind)


_One = tuple[KubeObject, tuple[Owner, ...]]
"""An object with what brings it."""


def _visible(cluster: Cluster | None, blind: set[OwnerId]) -> Brought:
    found: dict[ObjectKey, _One] = {}
    alone: dict[int, tuple[Owner, ...]] = {}
    for obj, owner in cluster.landed if cluster else ():
        if blind and (owner.id in blind or not blind.isdisjoint(owner.ancestors)):
            continue
        owners = alone.setdefault(id(owner), (owner,))
        if obj.key in found:
            owners = (*found[obj.key][1], owner)
        found[obj.key] = obj, owners
    return found


def _added(obj: KubeObject, lines: tuple[str, ...]) -> ObjectChange:
    return ObjectChange("added", obj.key, lines, obj.origin)
