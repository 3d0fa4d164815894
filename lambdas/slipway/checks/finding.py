"""Findings: what a check says about a fleet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from slipway.fleet.objects import Location
from slipway.fleet.settings import SEVERITIES, Severity


@dataclass(frozen=True)
class Rule:
    """A rule that findings refer to; docs/rules/ explains each."""

    id: str
    """`SLW` and three digits; the first one names the family."""
    title: str
    severity: Severity
    of_change: bool = False
    """True if only a change breaks it: what is there already never does."""
    destructive: bool = False
    """True if it is about what a change destroys: its errors are there to be approved (`slipway.checks.approvals`)."""

    def at(self, severity: Severity) -> Rule:
        """The same rule with another severity, e.g. for a finding that is not certain."""
        return replace(self, severity=severity)


@dataclass(frozen=True)
class Finding:
    """A rule that something breaks."""

    rule: Rule
    message: str
    """What is wrong, in whole sentences or a clause; no location and no cluster in it."""
    where: Location
    object: str = ""
    """What it is about, e.g. `Deployment web/api`."""
    clusters: tuple[str, ...] = ()
    """Clusters that it concerns, sorted; none if it is about the repository."""
    hint: str = ""
    """What may be meant and what to do; apart from the message, because it may change while the mistake stays."""

    @property
    def id(self) -> str:
        """The same for the same finding in another run: it depends on what is wrong, not on the line."""
        what = "\0".join((self.rule.id, self.where.source, self.where.path, self.object, self.message))
        return f"{self.rule.id}-{hashlib.sha256(what.encode(errors='surrogateescape')).hexdigest()[:10]}"

    @property
    def text(self) -> str:
        """The message with the hint."""
        return f"{self.message}; {self.hint}" if self.hint else self.message


@dataclass(frozen=True)
class NotValidated:
    """Something that no check could judge, counted by the reason."""

    what: str
    """E.g. `iam.aws.crossplane.io/v1beta1 Role`."""
    why: str
    count: int
    unknown_kind: bool = False
    """True if no schema of its kind is at hand."""


def merge(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each cause, with all its clusters; ordered by severity, place and rule.

    What is certain on one cluster and not on another has the graver severity.
    """
    merged: dict[str, Finding] = {}
    for finding in findings:
        known = merged.get(finding.id)
        if known is None:
            merged[finding.id] = replace(finding, clusters=tuple(sorted(set(finding.clusters))))
        else:
            first = min(known, finding, key=_gravity)
            merged[finding.id] = replace(first, clusters=tuple(sorted({*known.clusters, *finding.clusters})))
    return sorted(merged.values(), key=order)


def order(finding: Finding) -> tuple[object, ...]:
    """Sorts findings by severity, place and rule."""
    return _gravity(finding), finding.where, finding.rule.id, finding.object, finding.message


def _gravity(finding: Finding) -> int:
    return SEVERITIES.index(finding.rule.severity)
