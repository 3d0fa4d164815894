"""Rules about what an upgrade breaks, of Kubernetes, of Flux and of the tools: SLW3xx."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding
from slipway.checks.said import once_per_line
from slipway.checks.subject import Subject
from slipway.checks.upgrade.crossplane import FEATURE_GONE, feature_findings
from slipway.checks.upgrade.kubernetes import API_DEPRECATED, API_ENDING, api_findings
from slipway.checks.upgrade.releases import Releases
from slipway.checks.upgrade.tools import TOOL_API_GONE, tool_api_findings

RULES = (API_ENDING, API_DEPRECATED, TOOL_API_GONE, FEATURE_GONE)


def upgrade_findings(subject: Subject) -> Iterator[Finding]:
    """What the next Kubernetes, or a current release of a tool, does not take."""
    yield from once_per_line(api_findings(subject), subject.lines)
    releases = Releases(subject.fleet)
    yield from once_per_line(tool_api_findings(subject, releases), subject.lines)
    yield from once_per_line(feature_findings(subject, releases), subject.lines)
