"""A change as the rules look at it: the objects on both of its sides, and what goes together."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial

from slipway.checks.subject import Against, Subject
from slipway.fleet.change import ChangeGroup, ObjectChange
from slipway.fleet.diff import CLUSTERS_AT_ONCE
from slipway.fleet.fates import WITH_CLUSTER, OwnerRef
from slipway.fleet.flux import OPERATOR_GROUP, is_helm_release, is_kustomization
from slipway.fleet.head_lines import HeadLines
from slipway.fleet.model import Cluster, Expanded, Fleet, Owner, OwnerId
from slipway.fleet.objects import KubeObject, Location, ObjectKey


@dataclass(frozen=True)
class Brought:
    """An object of one side, and what brings it there."""

    change: ObjectChange
    obj: KubeObject
    owner: Owner


@dataclass(frozen=True)
class Departure:
    """Something that goes from some clusters, with all that goes because of it."""

    name: str
    """What goes first: an object, or what brought it."""
    where: Location
    """Where that is written; where it was, if it is not any more."""
    members: tuple[Brought, ...]
    """What is deleted, as it was: the first of it first, if that is on these clusters."""
    clusters: tuple[str, ...]
    is_owner: bool
    """True if what goes first brings objects; else it is one object that its owner leaves out."""

    def takes(self, member: Brought) -> bool:
        """True if an object goes because of something else than itself."""
        return str(member.obj.key) != self.name


@dataclass(frozen=True)
class Pair:
    """An object that is on both sides, and not the same."""

    change: ObjectChange
    old: KubeObject
    new: KubeObject
    was: Owner
    """What brought it."""
    owner: Owner
    """What brings it now."""
    clusters: tuple[str, ...]
    home: Cluster
    """One of the clusters, as it will be."""


@dataclass(frozen=True)
class Group:
    """What goes and comes on the same clusters."""

    clusters: tuple[str, ...]
    gone: tuple[Brought, ...]
    come: tuple[Brought, ...]
    home: Cluster | None
    """One of the clusters, as it was; None if it is new."""

    def without(self, owners: Container[tuple[str, ObjectKey]]) -> Group:
        """The same without what some owners bring, each named with its cluster."""
        gone, come = (
            tuple(item for item in side if (self.clusters[0], item.owner.key) not in owners)
            for side in (self.gone, self.come)
        )
        return replace(self, gone=gone, come=come)


class Sides:
    """The two sides of a change, on one of the clusters that it is the same on.

    Args:
        subject: a change: it has a base.
        against: that base.
    """

    def __init__(self, subject: Subject, against: Against) -> None:
        self._base, self._head = against.fleet, subject.fleet
        self._diff = against.diff
        self._root = subject.root
        self._moved = HeadLines(against.root, subject.root)
        self._before = lru_cache(CLUSTERS_AT_ONCE)(partial(_brought, against.fleet))
        self._after = lru_cache(CLUSTERS_AT_ONCE)(partial(_brought, subject.fleet))
        self.lines = subject.lines

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """What goes and comes, without what goes only with a cluster that Git has given up."""
        return tuple(map(self._group, self._diff.groups))

    def departures(self, group: Group) -> Iterator[Departure]:
        """What is deleted there, by what makes it go."""
        gone = {item.change.key: item for item in group.gone}
        families: dict[OwnerRef, list[Brought]] = {}
        for item in group.gone:
            families.setdefault(_root(item, gone), []).append(item)
        for root, members in families.items():
            members.sort(key=lambda item: item.change.key != root.key)
            first = self._owners[root.home, root.key].definition if root.home else members[0].obj
            where = self.place(first.origin)
            yield Departure(str(root), where, tuple(members), group.clusters, _brings_objects(first))

    @cached_property
    def _owners(self) -> Mapping[OwnerId, Owner]:
        return {owner.id: owner for owner in self._base.owners}

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """What is on both sides and is changed, or changes hands."""
        return tuple(self._pairs())

    def brought_by(self, cluster: Cluster, key: ObjectKey) -> Iterator[KubeObject]:
        """The objects that something on a cluster brings there."""
        return (obj for obj, owner in cluster.landed if owner.key == key)

    def release(self, cluster: str, key: ObjectKey) -> Expanded | None:
        """A HelmRelease on the base with what its chart brings; None if that is not known."""
        found = self._base.clusters.get(cluster)
        return next((owner for owner in found.expanded if owner.key == key), None) if found else None

    def has(self, cluster: str, key: ObjectKey) -> bool:
        """True if an object is on a cluster of the head."""
        return key in self._after(cluster)

    def place(self, where: Location) -> Location:
        """A place of the base on the head; the same place, if its file is not there any more."""
        if where.source != self._root.name or where.path not in self._root:
            return where
        return replace(where, line=self._moved.line(where.path, where.line))

    def _group(self, group: ChangeGroup) -> Group:
        first = group.clusters[0]
        gone = [item for item in group.changes if item.kind == "removed" and item.why != WITH_CLUSTER]
        come = [item for item in group.changes if item.kind == "added"]
        return Group(
            group.clusters,
            tuple(Brought(change, *self._before(first)[change.key]) for change in gone),
            tuple(Brought(change, *self._after(first)[change.key]) for change in come),
            self._base.clusters.get(first),
        )

    def _pairs(self) -> Iterator[Pair]:
        for group in self._diff.groups:
            first = group.clusters[0]
            for change in group.changes:
                if change.kind in ("changed", "moved"):
                    old, was = self._before(first)[change.key]
                    new, owner = self._after(first)[change.key]
                    yield Pair(change, old, new, was, owner, group.clusters, self._head.clusters[first])


def _brought(fleet: Fleet, cluster: str) -> Mapping[ObjectKey, tuple[KubeObject, Owner]]:
    """The objects of a cluster, each with the last one that brings it."""
    found = fleet.clusters.get(cluster)
    return {obj.key: (obj, owner) for obj, owner in found.landed} if found else {}


def _root(item: Brought, gone: Mapping[ObjectKey, Brought]) -> OwnerRef:
    """What an object goes because of: itself, or what brought it, or what brought that; there are no circles."""
    root = item
    while (cause := root.change.cause) is not None:
        if cause.home:
            return cause
        if cause.key not in gone:
            break
        root = gone[cause.key]
    return OwnerRef(root.change.key, "")


def _brings_objects(obj: KubeObject) -> bool:
    return is_kustomization(obj) or is_helm_release(obj) or (obj.kind, obj.group) == ("ResourceSet", OPERATOR_GROUP)
