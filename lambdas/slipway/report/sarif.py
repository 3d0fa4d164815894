"""The verdict as SARIF 2.1.0 (docs.oasis-open.org/sarif), which GitHub code scanning and editors read."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from slipway.checks.approvals import Approved
from slipway.checks.families import RULES
from slipway.checks.finding import Finding, Rule
from slipway.checks.policy import Waived
from slipway.checks.verdict import Verdict
from slipway.fleet.settings import FILE
from slipway.report.sentences import approval_words, sentence, waiver_words
from slipway.report.unknowns import clusters_by_item
from slipway.report.words import listed, plain

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def verdict_sarif(verdict: Verdict, version: str, directory: str = "") -> dict[str, Any]:
    """The findings, ready for JSON.

    Args:
        verdict: what to say.
        version: Slipway's own.
        directory: where the repository stands, which the files are named from.
    """
    aside = [*(item.finding for item in verdict.waived), *(item.finding for item in verdict.approved)]
    reported = [*verdict.findings, *verdict.known, *aside]
    sources = sorted({finding.where.source for finding in reported} - {""})
    run = {
        "tool": {"driver": {"name": "slipway", "version": version, "rules": [_rule(rule) for rule in RULES.values()]}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _unknown(verdict)}],
        "results": [
            *(_result(finding, directory, "new" if verdict.known else "") for finding in verdict.findings),
            *(_result(finding, directory, "unchanged") for finding in verdict.known),
            *(_waived(waived, directory) for waived in verdict.waived),
            *(_approved(approved, directory) for approved in verdict.approved),
        ],
    }
    if sources:
        run["originalUriBaseIds"] = {name: {"description": _message(f"the source {name}")} for name in sources}
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _waived(waived: Waived, directory: str) -> dict[str, Any]:
    kind = "external" if waived.where.path == FILE else "inSource"
    return _suppressed(waived.finding, directory, kind, waiver_words(waived))


def _approved(approved: Approved, directory: str) -> dict[str, Any]:
    return _suppressed(approved.finding, directory, "external", approval_words(approved))


def _suppressed(finding: Finding, directory: str, kind: str, why: str) -> dict[str, Any]:
    """A finding that does not count, which code scanning shows as dismissed (SARIF 3.27.23)."""
    suppression = {"kind": kind, "status": "accepted", "justification": plain(why)}
    return {**_result(finding, directory), "suppressions": [suppression]}


def _result(finding: Finding, directory: str, baseline: str = "") -> dict[str, Any]:
    path = f"{directory}/{finding.where.path}" if directory and not finding.where.source else finding.where.path
    artifact = {"uri": quote(path, errors="surrogateescape")}
    if finding.where.source:
        artifact["uriBaseId"] = finding.where.source
    return {
        "ruleId": finding.rule.id,
        "ruleIndex": list(RULES).index(finding.rule.id),
        "level": _LEVELS[finding.rule.severity],
        "message": _message(sentence(finding)),
        **({"baselineState": baseline} if baseline else {}),
        "partialFingerprints": {"slipway/v1": finding.id},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": artifact,
                    "region": {"startLine": max(finding.where.line, 1)},  # code scanning wants a line of every result
                }
            }
        ],
    }


def _unknown(verdict: Verdict) -> list[dict[str, Any]]:
    """What was not looked at: a run without results has not seen everything."""
    texts = [
        f"not rendered: {what}{f' on {listed(clusters)}' if clusters else ''}: {why}"
        for (what, why), clusters in clusters_by_item(verdict.fleet.not_rendered).items()
    ]
    texts += [f"not validated: {item.count:,} of {item.what}: {item.why}" for item in verdict.not_validated]
    return [{"level": "note", "message": _message(text)} for text in texts]


def _message(text: str) -> dict[str, str]:
    """A text in which nothing is a link (SARIF 3.11.6)."""
    return {"text": text.replace("](", "\\](")}
