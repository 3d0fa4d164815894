"""What would change on which cluster."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from slipway.fleet.manifests import dump
from slipway.fleet.model import Cluster, Fleet, Owner, OwnerId
from slipway.fleet.objects import KubeObject, Location, ObjectKey, mapping

CONTEXT_LINES = 3
MAX_EFFORT = 100_000_000
"""What comparing all objects of two renderings may take, in pairs of lines; some ten seconds at the worst."""
SECRET = "<secret>"  # noqa: S105 - the mask, not a secret
CHANGED_SECRET = "<secret, changed>"  # noqa: S105

ChangeKind = Literal["added", "changed", "removed"]


@dataclass(frozen=True)
class ObjectChange:
    """One object that differs between two renderings."""

    kind: ChangeKind
    key: ObjectKey
    lines: tuple[str, ...]
    """A unified diff of the object's YAML without file headers; values of Secrets are masked."""
    where: Location
    """Where the object is written; for a removed one, where it was."""


@dataclass(frozen=True)
class ChangeGroup:
    """Changes that are the same on each of some clusters."""

    clusters: tuple[str, ...]
    changes: tuple[ObjectChange, ...]


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
    to build has not been removed.
    """
    blind = _blind(base) | _blind(head)
    differ = _Differ()
    signatures: dict[tuple[Any, ...], tuple[ObjectChange, list[str]]] = {}
    for name in sorted({*base.clusters, *head.clusters}):
        for change in _diff_cluster(base.clusters.get(name), head.clusters.get(name), blind, differ):
            signature = (change.kind, change.key, change.lines)
            signatures.setdefault(signature, (change, []))[1].append(name)
    by_clusters: dict[tuple[str, ...], list[ObjectChange]] = {}
    for change, clusters in signatures.values():
        by_clusters.setdefault(tuple(clusters), []).append(change)
    groups = tuple(
        ChangeGroup(clusters, tuple(sorted(changes, key=lambda item: (item.key, item.kind))))
        for clusters, changes in sorted(by_clusters.items())
    )
    return FleetDiff(groups, tuple(sorted(f"{key} on {home}" for home, key in blind)))


def masked(obj: KubeObject, other: KubeObject | None = None) -> Mapping[str, Any]:
    """An object with the values of a Secret masked; those that differ from the other side's say so."""
    if obj.kind != "Secret" or obj.group:
        return obj.value
    value = dict(obj.value)
    for name in ("data", "stringData"):
        if name in value:
            value[name] = _masked(value[name], other.value.get(name) if other else None)
    annotations = mapping(obj.metadata.get("annotations"))
    if _LAST_APPLIED in annotations:
        theirs = mapping(other.metadata.get("annotations")).get(_LAST_APPLIED) if other else None
        applied = _masked(annotations[_LAST_APPLIED], theirs)
        value["metadata"] = {**obj.metadata, "annotations": {**annotations, _LAST_APPLIED: applied}}
    return value


def _masked(value: Any, other: Any) -> Any:
    if isinstance(value, Mapping):
        theirs = mapping(other)
        return {key: _masked_value(item, theirs.get(key)) for key, item in value.items()}
    return None if value is None else _masked_value(value, other)


def _masked_value(value: Any, other: Any) -> str:
    return SECRET if other is None or _same(other, value) else CHANGED_SECRET


_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def _blind(fleet: Fleet) -> set[OwnerId]:
    return {owner.id for owner in fleet.owners if owner.failed}


def _diff_cluster(
    base: Cluster | None, head: Cluster | None, blind: set[OwnerId], differ: _Differ
) -> Iterable[ObjectChange]:
    before, after = _visible(base, blind), _visible(head, blind)
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old is None and new is not None:
            yield ObjectChange("added", key, differ.lines(None, new), new.origin)
        elif new is None and old is not None:
            yield ObjectChange("removed", key, differ.lines(old, None), old.origin)
        elif old is not None and new is not None and not _same(old.value, new.value):
            yield ObjectChange("changed", key, differ.lines(old, new), new.origin)


def _same(one: Any, other: Any) -> bool:
    """True if two values are alike in JSON, which tells `1` from `true` and Python does not."""
    return one is other or (one == other and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))


def _visible(cluster: Cluster | None, blind: set[OwnerId]) -> dict[ObjectKey, KubeObject]:
    """A cluster's objects without those that come from below something that either side could not render."""
    if cluster is None:
        return {}
    return {obj.key: obj for obj, owner in cluster.landed if not _below(owner, blind)}


def _below(owner: Owner, blind: set[OwnerId]) -> bool:
    return owner.id in blind or not blind.isdisjoint(owner.ancestors)


class _Differ:
    """Compares texts line by line, each pair once."""

    def __init__(self) -> None:
        self._effort = 0
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}

    def lines(self, old: KubeObject | None, new: KubeObject | None) -> tuple[str, ...]:
        """The differences of two objects, either of which may be missing."""
        before = dump(_shown(masked(old, None))) if old else ""
        after = dump(_shown(masked(new, old))) if new else ""
        if (before, after) not in self._known:
            self._known[before, after] = tuple(self._compare(_split(before), _split(after)))
        return self._known[before, after]

    def _compare(self, before: list[str], after: list[str]) -> Iterator[str]:
        effort = _effort(before, after)
        self._effort += effort
        if self._effort > MAX_EFFORT:
            self._effort -= effort
            yield f"@@ -1,{len(before)} +1,{len(after)} @@ too different to be compared line by line (MAX_EFFORT)"
            yield from (f"-{line}" for line in before)
            yield from (f"+{line}" for line in after)
        else:
            # The first two lines are the names of the files.
            yield from islice(difflib.unified_diff(before, after, n=CONTEXT_LINES, lineterm=""), 2, None)


def _effort(before: list[str], after: list[str]) -> int:
    """How long a comparison may take: the product of what is left between equal beginnings and ends."""
    shorter = min(len(before), len(after))
    start = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    end = next((at for at in range(shorter - start) if before[-1 - at] != after[-1 - at]), shorter - start)
    return (len(before) - start - end) * (len(after) - start - end)


def _split(text: str) -> list[str]:
    """Lines by line feeds only; other characters that end lines somewhere are part of them here."""
    return text.removesuffix("\n").split("\n") if text else []


def _shown(value: Any) -> Any:
    """The value with the carriage returns of Windows made visible, so that its text still has lines."""
    if isinstance(value, str):
        return value.replace("\r\n", "\u240d\n") if "\r\n" in value else value
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return {key: _shown(item) for key, item in value.items()} if isinstance(value, Mapping) else value
