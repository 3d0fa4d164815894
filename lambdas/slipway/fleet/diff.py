"""What would change on which cluster."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from slipway.fleet.manifests import dump
from slipway.fleet.model import Cluster, Fleet, KustomizationId, RenderedKustomization
from slipway.fleet.objects import KubeObject, Location, ObjectKey, mapping

CONTEXT_LINES = 3
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
    """Kustomizations that one side could not render, with their cluster: nothing is said about their objects."""

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
    signatures: dict[tuple[Any, ...], tuple[ObjectChange, list[str]]] = {}
    for name in sorted({*base.clusters, *head.clusters}):
        for change in _diff_cluster(base.clusters.get(name), head.clusters.get(name), blind):
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
        if isinstance(value.get(name), Mapping):
            theirs = mapping(other.value.get(name)) if other else {}
            value[name] = {
                key: CHANGED_SECRET if key in theirs and theirs[key] != item else SECRET
                for key, item in value[name].items()
            }
    annotations = mapping(obj.metadata.get("annotations"))
    if _LAST_APPLIED in annotations:
        value["metadata"] = {**obj.metadata, "annotations": {**annotations, _LAST_APPLIED: SECRET}}
    return value


_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def _blind(fleet: Fleet) -> set[KustomizationId]:
    return {done.id for cluster in fleet.clusters.values() for done in cluster.kustomizations if done.failed}


def _diff_cluster(base: Cluster | None, head: Cluster | None, blind: set[KustomizationId]) -> Iterable[ObjectChange]:
    before, after = _visible(base, blind), _visible(head, blind)
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old is None and new is not None:
            yield ObjectChange("added", key, _lines(None, new), new.origin)
        elif new is None and old is not None:
            yield ObjectChange("removed", key, _lines(old, None), old.origin)
        elif old is not None and new is not None and old is not new and old.value != new.value:
            yield ObjectChange("changed", key, _lines(old, new), new.origin)


def _visible(cluster: Cluster | None, blind: set[KustomizationId]) -> dict[ObjectKey, KubeObject]:
    """A cluster's objects without those that come from below a Kustomization that either side could not render."""
    if cluster is None:
        return {}
    return {obj.key: obj for obj, owner in cluster.landed if not _below(owner, blind)}


def _below(owner: RenderedKustomization, blind: set[KustomizationId]) -> bool:
    return owner.id in blind or not blind.isdisjoint(owner.ancestors)


def _lines(old: KubeObject | None, new: KubeObject | None) -> tuple[str, ...]:
    before = dump(masked(old, None)).splitlines() if old else []
    after = dump(masked(new, old)).splitlines() if new else []
    diff = difflib.unified_diff(before, after, n=CONTEXT_LINES, lineterm="")
    return tuple(line for line in diff if not line.startswith(("--- ", "+++ ")))
