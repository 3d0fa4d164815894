"""Rules about how long Flux's objects wait, for what, and what nothing is waited for with: SLW115 to SLW117."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding
from slipway.checks.subject import Subject
from slipway.checks.waiting.expressions import UNUSED_EXPRESSION, expression_findings
from slipway.checks.waiting.suspended import DEPENDS_ON_SUSPENDED, suspended_findings
from slipway.checks.waiting.timeouts import LONG_WAIT, timeout_findings

__all__ = ["RULES", "waiting_findings"]

RULES = (LONG_WAIT, UNUSED_EXPRESSION, DEPENDS_ON_SUSPENDED)


def waiting_findings(subject: Subject) -> Iterator[Finding]:
    """Waits that are longer than they seem, that come to nothing, or that never end."""
    for cluster in subject.fleet.clusters.values():
        for done in cluster.kustomizations:
            if not done.kustomization.suspended:
                yield from timeout_findings(done, subject.lines)
                yield from expression_findings(done, subject.lines)
        yield from suspended_findings(cluster, subject.lines)
