"""What is said of changes beside what differs: how many, what goes with them, what a move means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from slipway.fleet.diff import ChangeGroup, ChangeKind, FleetDiff, ObjectChange
from slipway.fleet.fates import STAYS_TOO, WITH_CLUSTER, Move, Outcome
from slipway.fleet.flux import HELM_GROUP, KUSTOMIZE_GROUP, OPERATOR_GROUP
from slipway.fleet.objects import ObjectKey
from slipway.report.change_tree import ChangeTree
from slipway.report.words import count, counted_kinds

MARKS: dict[ChangeKind, str] = {"added": "+", "changed": "~", "moved": ">", "orphaned": "!", "removed": "-"}
_OUTCOMES: dict[Outcome, str] = {
    "kept": "kept, because {why}",
    "at risk": "deleted and made anew if the old owner prunes before the new one applies",
    "recreated": "deleted by the old owner, then made anew by the new one",
}


def count_changes(group: ChangeGroup) -> str:
    """`2 added, 1 changed`."""
    kinds = [change.kind for change in group.changes]
    return ", ".join(f"{kinds.count(kind):,} {kind}" for kind in MARKS if kind in kinds)


def with_cluster(keys: Sequence[ObjectKey]) -> str:
    """`94 objects: only if …`."""
    return f"{count(len(keys), 'object')}: {WITH_CLUSTER}"


def note(tree: ChangeTree, change: ObjectChange) -> str:
    """What is to be said of a change; empty if there is nothing."""
    below = list(tree.below(change))
    return "; ".join(filter(None, [_note(change), _with_it(below) if below else ""]))


def moving(move: Move, keys: Sequence[ObjectKey]) -> str:
    """`14 objects move from Kustomization flux-system/a to Kustomization flux-system/b: …`."""
    verb = "moves" if len(keys) == 1 else "move"
    return f"{count(len(keys), 'object')} {verb} from {move.old} to {move.new}: {_outcome(move)}"


def moved_names(move: Move, keys: Iterable[ObjectKey]) -> list[str]:
    """What moves; of what brings objects itself, that they share what becomes of it."""
    return [f"{key}{_ALL_OF_IT if move.outcome != 'kept' and key.group in _OWNERS else ''}" for key in keys]


_OWNERS = (HELM_GROUP, KUSTOMIZE_GROUP, OPERATOR_GROUP)
_ALL_OF_IT = " (and what it brings)"


def cascade(tree: ChangeTree, change: ObjectChange) -> list[str]:
    """Lines for all that goes or stays with a change: on the same clusters in full, on others in number."""
    lines = [_below(depth, one) for depth, one in tree.below(change)]
    if others := tree.on_others(change):
        lines.append(f"with it, listed there: {others}")
    return lines


def caused(tree: ChangeTree, changes: Iterable[ObjectChange]) -> Iterator[str]:
    """Lines for what goes or stays with something on another cluster."""
    for change in changes:
        yield _below(0, change)
        yield from (_below(depth + 1, one) for depth, one in tree.below(change))


def closing(diff: FleetDiff) -> str:
    """`3 changes on 2 clusters; 1 Kustomization not compared`."""
    not_compared = f"; {counted_kinds(diff.not_compared)} not compared" if diff.not_compared else ""
    if diff.groups:
        changes = sum(len(group.changes) * len(group.clusters) for group in diff.groups)
        return f"{count(changes, 'change')} on {count(len(diff.clusters), 'cluster')}{not_compared}"
    return f"Nothing {'else ' if diff.not_compared else ''}changes on any cluster{not_compared}"


def _note(change: ObjectChange) -> str:
    if change.renamed is not None:
        return f"renamed {'from' if change.kind == 'added' else 'to'} {change.renamed}, with the same spec"
    if change.moved is not None:
        return f"moves from {change.moved.old} to {change.moved.new}: {_outcome(change.moved)}"
    return f"stays on the cluster: {change.why}" if change.kind == "orphaned" else change.why


def _outcome(move: Move) -> str:
    return _OUTCOMES[move.outcome].format(why=move.why)


def _with_it(changes: Iterable[tuple[int, ObjectChange]]) -> str:
    """`12 objects go with it, 2 stay`."""
    kinds = [change.kind for _, change in changes]
    going, staying = kinds.count("removed"), kinds.count("orphaned")
    go, stay = ("goes" if going == 1 else "go"), ("stays" if staying == 1 else "stay")
    if not going:
        return f"{count(staying, 'object')} of it {stay}"
    return f"{count(going, 'object')} {go} with it" + (f", {staying:,} {stay}" if staying else "")


def _below(depth: int, change: ObjectChange) -> str:
    # That all of what stays itself stays is said once, above it.
    why = "" if change.why == STAYS_TOO.format(change.cause) else change.why
    stays = " stays" if change.kind == "orphaned" and why else ""
    return f"{MARKS[change.kind]} {'  ' * depth}{change.key}{stays}{f': {why}' if why else ''}"
