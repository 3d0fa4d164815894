"""Findings: what a check says about a fleet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from slipway.fleet.objects import Location
from slipway.fleet.settings import Severity


@dataclass(frozen=True)
class Rule:
    """A rule that findings refer to."""

    id: str
    """`SLW` and three digits; the first one names the family."""
    title: str
    severity: Severity


@dataclass(frozen=True)
class Finding:
    """A rule that something breaks."""

    rule: Rule
    message: str
    """What is wrong and what to do, in whole sentences or a clause; no location in it."""
    where: Location
    object: str = ""
    """What it is about, e.g. `Deployment web/api`."""
    clusters: tuple[str, ...] = ()
    """Clusters that it concerns, sorted; none if it is about the repository."""

    @property
    def id(self) -> str:
        """The same for the same finding in another run: it depends on what is wrong, not on the line."""
        what = "\0".join((self.rule.id, self.where.source, self.where.path, self.object, self.message))
        return f"{self.rule.id}-{hashlib.sha256(what.encode()).hexdigest()[:10]}"


@dataclass(frozen=True)
class NotValidated:
    """Objects that no check could judge, counted by the reason."""

    what: str
    """E.g. `iam.aws.crossplane.io/v1beta1 Role`."""
    why: str
    count: int


def merge(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each cause, with all its clusters; ordered by severity, place and rule."""
    merged: dict[str, Finding] = {}
    for finding in findings:
        known = merged.get(finding.id)
        if known is None:
            merged[finding.id] = finding
        else:
            clusters = tuple(sorted({*known.clusters, *finding.clusters}))
            merged[finding.id] = replace(known, clusters=clusters)
    order: list[Severity] = ["error", "warning", "info"]
    return sorted(
        merged.values(), key=lambda item: (order.index(item.rule.severity), item.where, item.rule.id, item.id)
    )
