"""Rules about what a change would do to what is there: SLW4xx. Without a base, they say nothing."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding
from slipway.checks.risk import cloud, deletions, fixed, moves, renames
from slipway.checks.risk.cloud import cloud_findings
from slipway.checks.risk.data import Losses
from slipway.checks.risk.deletions import deletion_findings
from slipway.checks.risk.fixed import fixed_findings
from slipway.checks.risk.moves import move_findings
from slipway.checks.risk.renames import Renames
from slipway.checks.risk.sides import Sides
from slipway.checks.subject import Subject
from slipway.fleet.model import Cluster

__all__ = ["RULES", "risk_findings"]

RULES = tuple(
    sorted((*deletions.RULES, *renames.RULES, *moves.RULES, *fixed.RULES, *cloud.RULES), key=lambda rule: rule.id)
)


def risk_findings(subject: Subject) -> Iterator[Finding]:
    """What a change deletes, loses, or asks for in vain."""
    if subject.against is None:
        return
    sides = Sides(subject, subject.against)
    known: dict[int, Losses] = {}

    def losses(cluster: Cluster) -> Losses:
        return known.setdefault(id(cluster), Losses(cluster))

    for group in sides.groups:
        if group.home is None:
            continue
        found = Renames(group, losses(group.home))
        yield from found.findings(sides.lines)
        for departure in sides.departures(group):
            yield from deletion_findings(departure, losses(group.home), found.has)
    yield from move_findings(sides, losses)
    yield from fixed_findings(sides, losses)
    yield from cloud_findings(sides)
