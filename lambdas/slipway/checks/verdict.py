"""All checks on a rendered fleet, and what comes of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from slipway.checks.finding import Finding, NotValidated, merge
from slipway.checks.graph import graph_findings
from slipway.checks.health import health_findings
from slipway.checks.lines import Lines
from slipway.checks.needs import needs_findings
from slipway.checks.ownership import ownership_findings
from slipway.checks.presence import presence_by_cluster
from slipway.checks.rendering import file_findings, rendering_findings
from slipway.checks.schema import Schemas
from slipway.checks.validity import ValidityCheck
from slipway.fleet.kustomize import Builder
from slipway.fleet.model import Fleet
from slipway.fleet.provenance import Provenance
from slipway.fleet.settings import SEVERITIES, Severity
from slipway.fleet.tree import Tree


@dataclass(frozen=True)
class Verdict:
    """What the checks say about a fleet."""

    fleet: Fleet
    """As checked: only the clusters that were asked for."""
    findings: tuple[Finding, ...]
    """The gravest first."""
    not_validated: tuple[NotValidated, ...]
    fail_on: Severity = "error"
    """The least severe finding that fails."""

    @property
    def passed(self) -> bool:
        """True if there was something to check, and nothing at or above `fail_on` was found."""
        return bool(self.fleet.clusters) and not any(map(self.fails, self.findings))

    def fails(self, finding: Finding) -> bool:
        """True if the finding is at or above `fail_on`."""
        return SEVERITIES.index(finding.rule.severity) <= SEVERITIES.index(self.fail_on)


def check_fleet(
    fleet: Fleet,
    trees: Iterable[Tree],
    schemas: Schemas,
    *,
    root: Tree,
    fail_on: Severity = "error",
    only: Collection[str] = (),
    builder: Builder | None = None,
) -> Verdict:
    """Run every rule.

    Args:
        fleet: the rendered fleet.
        trees: all trees that it was rendered from; findings point into them.
        schemas: Kubernetes' own kinds.
        root: the repository that is being checked.
        fail_on: the least severe finding that fails the check.
        only: clusters to check; all of them if empty. What is not about any cluster is checked all the same.
        builder: the one that the fleet was rendered with, to find what patches and variables write; without it,
            findings stand in their objects' own files.
    """
    everything = [root, *trees]
    lines = Lines(everything, Provenance(fleet, builder, root, everything) if builder else None)
    chosen = _restricted(fleet, only) if only else fleet
    validity = ValidityCheck(schemas, lines)
    # What a cluster lacks may depend on the others, so that only the findings are restricted.
    presences = presence_by_cluster(fleet)
    everywhere = [
        *rendering_findings(fleet, lines),
        *graph_findings(fleet, presences, lines),
        *ownership_findings(fleet, lines),
        *needs_findings(fleet, presences, lines),
        *health_findings(fleet, presences, lines),
    ]
    findings = [item for item in everywhere if not only or not item.clusters or not set(only).isdisjoint(item.clusters)]
    findings.extend(validity.findings(chosen))
    reported = frozenset(finding.where.path for finding in everywhere if finding.where.source == root.name)
    findings.extend(file_findings(root, reported))
    return Verdict(chosen, tuple(merge(findings)), tuple(validity.not_validated()), fail_on)


def _restricted(fleet: Fleet, names: Collection[str]) -> Fleet:
    """Some clusters of a fleet, and what is not about any cluster."""
    return Fleet(
        {name: cluster for name, cluster in fleet.clusters.items() if name in names},
        tuple(item for item in fleet.problems if not item.cluster or item.cluster in names),
        tuple(item for item in fleet.not_rendered if not item.cluster or item.cluster in names),
    )
