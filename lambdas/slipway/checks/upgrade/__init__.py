"""Rules about what an upgrade breaks, of Kubernetes, of Flux and of the tools: SLW3xx."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding
from slipway.checks.said import once_per_line
from slipway.checks.subject import Subject
from slipway.checks.upgrade import crossplane, kubernetes, nodes, tool_steps, tools, versions
from slipway.checks.upgrade.releases import Releases

RULES = (
    kubernetes.API_ENDING,
    kubernetes.API_DEPRECATED,
    tools.TOOL_API_GONE,
    crossplane.FEATURE_GONE,
    *versions.RULES,
    *nodes.RULES,
    *tool_steps.RULES,
)


def upgrade_findings(subject: Subject) -> Iterator[Finding]:
    """What the next Kubernetes, or a current release of a tool, does not take."""
    releases = Releases(subject.fleet)
    for said in (
        kubernetes.api_findings(subject),
        tools.tool_api_findings(subject, releases),
        crossplane.feature_findings(subject, releases),
        versions.version_findings(subject),
        nodes.node_findings(subject),
        tool_steps.tool_step_findings(subject),
    ):
        yield from once_per_line(said, subject.lines)
    yield from versions.settings_findings(subject)
