"""The verdict as JSON: the stable form that other tools read (docs/cli.md)."""

from __future__ import annotations

from typing import Any

from slipway import SCHEMA
from slipway.checks.finding import Finding
from slipway.checks.verdict import Verdict
from slipway.fleet.objects import Location
from slipway.report.standing import standing_document
from slipway.report.unknowns import clusters_by_item


def verdict_document(verdict: Verdict) -> dict[str, Any]:
    """The verdict, ready for JSON."""
    return {
        "schema": SCHEMA,
        "verdict": "pass" if verdict.passed else "fail",
        "clusters": [
            {
                "name": cluster.name,
                "objects": len(cluster.landed),
                "kustomizations": len(cluster.kustomizations),
                "helmReleases": cluster.helm_releases,
                **standing_document(cluster),
            }
            for cluster in verdict.fleet.clusters.values()
        ],
        "findings": [_finding(finding) for finding in verdict.findings],
        "notRendered": [
            {"what": what, "why": why, "clusters": list(clusters)}
            for (what, why), clusters in clusters_by_item(verdict.fleet.not_rendered).items()
        ],
        "notValidated": [{"what": item.what, "why": item.why, "count": item.count} for item in verdict.not_validated],
        "waived": [
            {
                **_finding(waived.finding),
                "owner": waived.owner,
                "reason": waived.reason,
                "expires": waived.expires.isoformat() if waived.expires else None,
                "waivedAt": line_of_place(waived.where),
            }
            for waived in verdict.waived
        ],
        "approved": [{**_finding(approved.finding), "approvedBy": approved.by} for approved in verdict.approved],
        "known": [_finding(finding) for finding in verdict.known],
    }


def place(where: Location, here: str = "") -> str:
    """A file as people find it: `path` in the repository `here`, `source:path` in another one."""
    return where.path if where.source in ("", here) else f"{where.source}:{where.path}"


def line_of_place(where: Location, here: str = "") -> str:
    """A line as people find it: `path:line`, as `place` has the path."""
    return f"{place(where, here)}:{where.line}" if where.line else place(where, here)


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "rule": finding.rule.id,
        "severity": finding.rule.severity,
        "message": finding.text,
        "file": place(finding.where),
        "line": finding.where.line,
        **({"commit": finding.where.revision} if finding.where.revision else {}),
        "object": finding.object,
        "clusters": list(finding.clusters),
    }
