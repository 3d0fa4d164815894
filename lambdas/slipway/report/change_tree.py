"""Changes in the order that people read them: what goes with something below it, what moves together at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from slipway.fleet.diff import ChangeGroup, FleetDiff, ObjectChange
from slipway.fleet.fates import WITH_CLUSTER, Move, OwnerRef
from slipway.fleet.objects import ObjectKey
from slipway.report.words import count, listed


@dataclass(frozen=True)
class ChangeTree:
    """The changes of one group."""

    group: ChangeGroup
    elsewhere: Mapping[tuple[str, ObjectKey], Mapping[str, int]] = field(default_factory=dict)
    """How many objects on which other clusters go with something, by its home cluster and identity."""

    @cached_property
    def tops(self) -> list[ObjectChange]:
        """What is told by itself, in order."""
        apart = {*self.with_cluster}
        return [
            change
            for change in self.group.changes
            if change.kind != "moved" and change.cause is None and change.key not in apart
        ]

    @cached_property
    def with_cluster(self) -> list[ObjectKey]:
        """What goes only with the cluster."""
        return [change.key for change in self.group.changes if change.why == WITH_CLUSTER]

    @cached_property
    def moves(self) -> dict[Move, list[ObjectKey]]:
        """What only changes hands, by the hands."""
        found: dict[Move, list[ObjectKey]] = {}
        for change in self.group.changes:
            if change.moved is not None and change.kind == "moved":
                found.setdefault(change.moved, []).append(change.key)
        return found

    @cached_property
    def caused_elsewhere(self) -> dict[OwnerRef, list[ObjectChange]]:
        """What goes with something on another cluster."""
        return {cause: changes for cause, changes in self._below.items() if cause.home}

    @cached_property
    def _below(self) -> dict[OwnerRef, list[ObjectChange]]:
        found: dict[OwnerRef, list[ObjectChange]] = {}
        for change in self.group.changes:
            if change.cause is not None:
                found.setdefault(change.cause, []).append(change)
        return found

    def below(self, change: ObjectChange) -> Iterator[tuple[int, ObjectChange]]:
        """All that goes with a change on the same clusters, each with how deep it lies, from 0."""
        todo = [(0, one) for one in reversed(self._below.get(OwnerRef(change.key, ""), ()))]
        while todo:
            depth, one = todo.pop()
            yield depth, one
            todo.extend((depth + 1, more) for more in reversed(self._below.get(OwnerRef(one.key, ""), ())))

    def on_others(self, change: ObjectChange) -> str:
        """`3 objects on spoke-1`, for what goes with a change on other clusters."""
        found: dict[str, int] = {}
        for home in self.group.clusters:
            for cluster, number in self.elsewhere.get((home, change.key), {}).items():
                found[cluster] = found.get(cluster, 0) + number
        return f"{count(sum(found.values()), 'object')} on {listed(sorted(found))}" if found else ""


def change_trees(diff: FleetDiff) -> list[ChangeTree]:
    """A tree for each group."""
    elsewhere: dict[tuple[str, ObjectKey], dict[str, int]] = {}
    for group in diff.groups:
        for change in group.changes:
            if change.cause is not None and change.cause.home:
                numbers = elsewhere.setdefault((change.cause.home, change.cause.key), {})
                numbers.update((name, numbers.get(name, 0) + 1) for name in group.clusters)
    return [ChangeTree(group, elsewhere) for group in diff.groups]
