"""The verdict as SARIF 2.1.0 (docs.oasis-open.org/sarif), which GitHub code scanning and editors read."""

from __future__ import annotations

from typing import Any

from slipway.checks.verdict import Verdict
from slipway.report.document import place

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def verdict_sarif(verdict: Verdict, version: str) -> dict[str, Any]:
    """The findings, ready for JSON; `version` is Slipway's own."""
    rules = {finding.rule.id: finding.rule for finding in verdict.findings}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "slipway",
                        "version": version,
                        "rules": [
                            {
                                "id": rule.id,
                                "shortDescription": {"text": rule.title},
                                "defaultConfiguration": {"level": _LEVELS[rule.severity]},
                            }
                            for rule in sorted(rules.values(), key=lambda rule: rule.id)
                        ],
                    }
                },
                "results": [
                    {
                        "ruleId": finding.rule.id,
                        "level": _LEVELS[finding.rule.severity],
                        "message": {"text": finding.message},
                        "partialFingerprints": {"slipway/v1": finding.id},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": place(finding.where)},
                                    "region": {"startLine": max(finding.where.line, 1)},
                                }
                            }
                        ],
                    }
                    for finding in verdict.findings
                ],
            }
        ],
    }
