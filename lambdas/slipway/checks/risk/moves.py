"""Rule about objects that change hands: SLW407.

What a change of hands does to an object, and what a Kustomization that gets another name does to its own:
`slipway.fleet.fates`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from slipway.checks.finding import Finding, Rule
from slipway.checks.risk.data import Losses, is_managed
from slipway.checks.risk.names import by_kind, named
from slipway.checks.risk.sides import Pair, Sides
from slipway.fleet.fates import Move
from slipway.fleet.flux import KUSTOMIZE_GROUP, SOURCE_GROUP
from slipway.fleet.model import Cluster
from slipway.fleet.settings import Severity

CHANGE_OF_HANDS = Rule("SLW407", "A change of hands that may delete", "warning", of_change=True, destructive=True)

RULES = (CHANGE_OF_HANDS,)

_HARMLESS = ("ConfigMap", "Secret", "ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
"""Kinds that may be away for a moment without anybody's notice; so may sources."""


def move_findings(sides: Sides, losses: Callable[[Cluster], Losses]) -> Iterator[Finding]:
    """Objects that another owner brings than before, and that the first one deletes: one finding for two owners."""
    found: dict[tuple[tuple[str, ...], Move], list[Pair]] = {}
    for pair in sides.pairs:
        move = pair.change.moved
        if move is not None and move.outcome != "kept":
            found.setdefault((pair.clusters, move), []).append(pair)
    for (clusters, move), pairs in found.items():
        yield _finding(clusters, move, pairs, losses(pairs[0].home))


def _finding(clusters: tuple[str, ...], move: Move, pairs: list[Pair], losses: Losses) -> Finding:
    lost = [pair.old.key for pair in pairs if (one := losses.of(pair.old)) and not one.doubt]
    kinds = by_kind(sorted(pair.old.kind for pair in pairs))
    message = f"it takes over from {move.old}: {kinds}"
    if move.outcome == "recreated":
        consequence = f"{move.old} deletes them, and they are made anew"
    else:
        consequence = f"if {move.old} is reconciled first, it deletes them, and they are made anew"
    if lost:
        consequence += f", and what {named(lost)} held is lost"
    severity: Severity = "error" if lost else "warning" if any(map(_is_missed, pairs)) else "info"
    owner = pairs[0].owner
    where = owner.definition.origin if owner.definition.origin.path else pairs[0].new.origin
    hint = f"{consequence}; {_cure(move)}"
    return Finding(CHANGE_OF_HANDS.at(severity), message, where, str(move.new), clusters, hint)


def _is_missed(pair: Pair) -> bool:
    return not (pair.old.kind in _HARMLESS or pair.old.group == SOURCE_GROUP) or is_managed(pair.old)


def _cure(move: Move) -> str:
    if move.old.key.group == KUSTOMIZE_GROUP:
        return f"set prune: false in {move.old} in a change before this one"
    return "mark them to be kept in a change before this one (helm.sh/resource-policy: keep)"
