"""All checks on a rendered fleet, and what comes of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from slipway.checks.finding import Finding, NotValidated, merge
from slipway.checks.graph import graph_findings
from slipway.checks.lines import Lines
from slipway.checks.rendering import file_findings, rendering_findings
from slipway.checks.schema import Schemas
from slipway.checks.validity import ValidityCheck
from slipway.fleet.model import Fleet
from slipway.fleet.settings import SEVERITIES, Severity
from slipway.fleet.tree import Tree


@dataclass(frozen=True)
class Verdict:
    """What the checks say about a fleet."""

    fleet: Fleet
    findings: tuple[Finding, ...]
    """The gravest first."""
    not_validated: tuple[NotValidated, ...]
    fail_on: Severity = "error"
    """The least severe finding that fails."""

    @property
    def passed(self) -> bool:
        """True if nothing at or above `fail_on` was found."""
        failing = SEVERITIES[: SEVERITIES.index(self.fail_on) + 1]
        return not any(finding.rule.severity in failing for finding in self.findings)


def check_fleet(
    fleet: Fleet, trees: Iterable[Tree], schemas: Schemas, *, root: Tree, fail_on: Severity = "error"
) -> Verdict:
    """Run every rule.

    Args:
        fleet: the rendered fleet.
        trees: all trees that it was rendered from; findings point into them.
        schemas: Kubernetes' own kinds.
        root: the repository that is being checked.
        fail_on: the least severe finding that fails the check.
    """
    lines = Lines([root, *trees])
    validity = ValidityCheck(schemas, lines)
    findings = [*rendering_findings(fleet), *graph_findings(fleet, lines), *validity.findings(fleet)]
    reported = frozenset(finding.where.path for finding in findings if finding.where.source == root.name)
    findings.extend(file_findings(root, reported))
    return Verdict(fleet, tuple(merge(findings)), tuple(validity.not_validated()), fail_on)
