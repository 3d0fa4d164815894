"""Verdicts and findings in words."""

from __future__ import annotations

from slipway.checks.approvals import Approved
from slipway.checks.finding import Finding
from slipway.checks.policy import Waived
from slipway.checks.verdict import Verdict
from slipway.fleet.settings import Severity
from slipway.report.unknowns import not_rendered_by_reason, number_of
from slipway.report.words import count, listed, plain_lines

_NOUNS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def sentence(finding: Finding) -> str:
    """What is wrong with what, on which clusters: `Deployment web/api on staging: spec.replicas: expected integer`.

    Everything in it can be seen; kustomize's own messages may have several lines.
    """
    on = f" on {listed(finding.clusters)}" if finding.clusters else ""
    text = f"{finding.object}{on}: {finding.text}" if finding.object else finding.text
    return "\n".join(plain_lines(text))


def counted(findings: tuple[Finding, ...]) -> str:
    """`1 error, 2 warnings`; empty if there is none."""
    severities = [finding.rule.severity for finding in findings]
    return ", ".join(count(severities.count(name), noun) for name, noun in _NOUNS.items() if name in severities)


def unknowns(verdict: Verdict) -> list[str]:
    """How much was not rendered and not validated: `10 not rendered`; nothing if it is nothing."""
    not_rendered = sum(number_of(groups) for groups in not_rendered_by_reason(verdict.fleet.not_rendered).values())
    not_validated = sum(item.count for item in verdict.not_validated)
    numbers = {"not rendered": not_rendered, "not validated": not_validated}
    return [f"{number:,} {what}" for what, number in numbers.items() if number]


def aside(verdict: Verdict) -> list[str]:
    """How many findings do not count, and why; nothing if all of them do."""
    numbers = {
        "waived": len(verdict.waived),
        "approved": len(verdict.approved),
        "that the base has already": len(verdict.known),
    }
    return [f"{number:,} {what}" for what, number in numbers.items() if number]


def waiver_words(waived: Waived) -> str:
    """Who answers for a finding that does not count: `waived by team-web until 2027-03-31: it is a demo`."""
    if not waived.owner:
        return waived.reason
    until = f" until {waived.expires.isoformat()}" if waived.expires else ""
    return f"waived by {waived.owner}{until}: {waived.reason}"


def approval_words(approved: Approved) -> str:
    """What lets a change destroy something: `approved by label slipway/approve-destructive`."""
    return f"approved by {approved.by}"


def closing(verdict: Verdict) -> str:
    """The verdict on one line, with the number of all that it does not know."""
    clusters = verdict.fleet.clusters
    if not clusters:
        return "FAIL: no cluster found: nothing was checked"
    objects = sum(len(cluster.landed) for cluster in clusters.values())
    where = f"{count(objects, 'object')} on {count(len(clusters), 'cluster')}"
    findings = counted(verdict.findings) or ("no new findings" if verdict.known else "no findings")
    parts = [findings, where, *aside(verdict), *unknowns(verdict)]
    return f"{'PASS' if verdict.passed else 'FAIL'}: {'; '.join(parts)}"
