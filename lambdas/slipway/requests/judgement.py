"""Would the fleet still be sound? What a plan comes to is rendered and checked before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from slipway.checks.finding import Finding
from slipway.checks.subject import Against
from slipway.checks.verdict import Verdict
from slipway.fleet.diff import FleetDiff, diff_fleets
from slipway.fleet.model import Fleet
from slipway.fleet.tree import Tree
from slipway.requests.request import Problem, RequestError, shown

MAX_SHOWN = 10
"""Findings that a refusal names."""


@dataclass(frozen=True)
class Rendered:
    """A fleet, and what it was rendered from."""

    root: Tree
    trees: Sequence[Tree]
    fleet: Fleet


Check = Callable[[Rendered, Against | None], Verdict]
"""The checks of a rendered fleet, by the base's settings."""


def judged(before: Rendered, after: Rendered, check: Check) -> FleetDiff:
    """What the plan changes on the clusters.

    Raises:
        RequestError: there are errors that there were not before. What needs an approval of the pull request is none.
    """
    diff = diff_fleets(before.fleet, after.fleet)
    against = Against(before.fleet, before.root, diff, before.trees)
    verdict = check(after, against).since(check(before, None))
    errors = [finding for finding in verdict.findings if _refuses(finding)]
    if errors:
        more = [Problem("", f"and {len(errors) - MAX_SHOWN} more")] if len(errors) > MAX_SHOWN else []
        raise RequestError((*map(_problem, errors[:MAX_SHOWN]), *more))
    return diff


def _refuses(finding: Finding) -> bool:
    """What is destroyed is for people to approve on the pull request, by the rules of slipway.yaml."""
    return finding.rule.severity == "error" and not finding.rule.id.startswith("SLW4")


def _problem(finding: Finding) -> Problem:
    where = f"{finding.where.path}:{finding.where.line}" if finding.where.line else finding.where.path
    return Problem("", f"{finding.rule.id} {finding.object}: {finding.message}", shown(where))
