"""Rules about what has to come before what on a new cluster: SLW113 and SLW114."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding
from slipway.checks.order.definitions import DEFINITION_LATER, definition_findings
from slipway.checks.order.standstill import STANDSTILL, standstill_findings
from slipway.checks.order.steps import Steps
from slipway.checks.subject import Subject

__all__ = ["RULES", "order_findings"]

RULES = (STANDSTILL, DEFINITION_LATER)


def order_findings(subject: Subject) -> Iterator[Finding]:
    """What waits for itself, and what comes before what it needs."""
    steps = Steps(subject)
    yield from standstill_findings(steps, subject)
    yield from definition_findings(steps, subject)
