"""Rules about what a change would do to what is there: SLW4xx. Without a base, they say nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain

from slipway.checks.finding import Finding
from slipway.checks.risk import cloud, compositions, deletions, fixed, moves, protection, reinstall, renames, shrinking
from slipway.checks.risk.data import Losses
from slipway.checks.risk.names import together
from slipway.checks.risk.renames import Renames
from slipway.checks.risk.sides import Sides
from slipway.checks.subject import Subject
from slipway.fleet.model import Cluster

__all__ = ["RULES", "risk_findings"]

_PARTS = (deletions, renames, moves, fixed, cloud, protection, reinstall, shrinking)

RULES = tuple(sorted((rule for part in _PARTS for rule in part.RULES), key=lambda rule: rule.id))


def risk_findings(subject: Subject) -> Iterator[Finding]:
    """What a change deletes, loses, or asks for in vain."""
    if subject.against is None:
        return
    sides = Sides(subject, subject.against)
    yield from together(_of_what_goes(sides))
    known: dict[int, Losses] = {}

    def losses(cluster: Cluster) -> Losses:
        return known.setdefault(id(cluster), Losses(cluster))

    yield from moves.move_findings(sides, losses)
    yield from together(
        chain(
            fixed.fixed_findings(sides, losses),
            cloud.cloud_findings(sides),
            compositions.composition_findings(sides, losses),
            protection.protection_findings(sides, losses),
            reinstall.reinstall_findings(sides, losses),
            shrinking.shrinking_findings(sides),
        )
    )


def _of_what_goes(sides: Sides) -> Iterator[Finding]:
    told = reinstall.reinstalled(sides)
    for group in sides.groups:
        if group.home is None:
            continue
        rest = group.without(told)
        losses = Losses(group.home, frozenset(item.obj.key for item in group.gone))
        found = Renames(rest, losses)
        yield from found.findings(sides.lines)
        for departure in sides.departures(rest):
            yield from deletions.deletion_findings(departure, losses, found.has)
            yield from protection.removed_protection(departure, partial(sides.has, group.clusters[0]))
