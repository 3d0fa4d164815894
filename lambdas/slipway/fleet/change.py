"""One object that differs between two renderings, and the clusters on which it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from slipway.fleet.fates import Move, OwnerRef
from slipway.fleet.fields import FieldChange
from slipway.fleet.objects import Location, ObjectKey

AND_MORE = "and what it brings, which could not be rendered"
"""What goes with something that one side could not render."""

ChangeKind = Literal["added", "changed", "moved", "orphaned", "removed"]
"""`moved`: something else brings it, and nothing in it differs. `orphaned`: Git does not have it any more, but it stays
on the cluster."""


@dataclass(frozen=True)
class ObjectChange:
    """One object that differs between two renderings."""

    kind: ChangeKind
    key: ObjectKey
    lines: tuple[str, ...]
    """A unified diff of the object's YAML without file headers; values of Secrets are masked."""
    where: Location
    """Where the object is written; for a removed one, where it was."""
    fields: tuple[FieldChange, ...] = ()
    """The fields that differ, of an object that is on both sides; values of Secrets are masked."""
    moved: Move | None = None
    """Set if something else brings it than before."""
    why: str = ""
    """Why an orphaned object stays, what a removed one goes with, or what keeps a change from the cluster."""
    renamed: ObjectKey | None = None
    """Of a Kustomization that comes as another one goes with the same spec: that other one."""
    cause: OwnerRef | None = None
    """What brought it, if that is removed or orphaned itself."""


@dataclass(frozen=True)
class ChangeGroup:
    """Changes that are the same on each of some clusters."""

    clusters: tuple[str, ...]
    changes: tuple[ObjectChange, ...]
    """What goes with something on the same clusters is in the group of that."""


def grouped(found: Iterable[tuple[str, list[ObjectChange]]]) -> tuple[ChangeGroup, ...]:
    """Changes by the clusters that they are the same on."""
    signatures: dict[Any, tuple[ObjectChange, list[str]]] = {}
    families: dict[Any, int] = {}
    for cluster, changes in found:
        for signature, change in _signatures(changes, families):
            signatures.setdefault(signature, (change, []))[1].append(cluster)
    by_clusters: dict[tuple[str, ...], list[ObjectChange]] = {}
    for change, clusters in signatures.values():
        by_clusters.setdefault(tuple(clusters), []).append(change)
    return tuple(
        ChangeGroup(clusters, tuple(sorted(changes, key=lambda item: (item.key, item.kind))))
        for clusters, changes in sorted(by_clusters.items())
    )


def _signatures(changes: list[ObjectChange], families: dict[Any, int]) -> Iterator[tuple[Any, ObjectChange]]:
    """What makes a change the same on another cluster: its own content, and that of all that goes with it.

    Args:
        changes: those of one cluster.
        families: numbers of what goes together, so that it is looked at once; new ones are added.
    """
    below: dict[ObjectKey, list[ObjectChange]] = {}
    tops = []
    for change in changes:
        if change.cause is not None and not change.cause.home:
            below.setdefault(change.cause.key, []).append(change)
        else:
            tops.append(change)
    for top in tops:
        family = [top]
        for member in family:
            family.extend(below.pop(member.key, ()))
        own = tuple(map(_signature, family))
        number = families.setdefault(own, len(families))
        yield from (((number, at), member) for at, member in enumerate(family))


def _signature(change: ObjectChange) -> tuple[Any, ...]:
    return change.kind, change.key, change.lines, change.fields, change.moved, change.why, change.renamed, change.cause
