"""All checks on a rendered fleet, and what comes of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from slipway.checks.families import FAMILIES
from slipway.checks.finding import Finding, NotValidated, merge
from slipway.checks.lines import Lines
from slipway.checks.schema import Schemas
from slipway.checks.subject import Against, Subject
from slipway.fleet.kustomize import Builder
from slipway.fleet.model import Fleet
from slipway.fleet.provenance import Provenance
from slipway.fleet.settings import SEVERITIES, Settings, Severity, load_settings
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
    settings: Settings | None = None,
    fail_on: Severity | None = None,
    only: Collection[str] = (),
    builder: Builder | None = None,
    against: Against | None = None,
    today: date | None = None,
) -> Verdict:
    """Run every rule.

    Args:
        fleet: the rendered fleet.
        trees: all trees that it was rendered from; findings point into them.
        schemas: Kubernetes' own kinds.
        root: the repository that is being checked.
        settings: what sets the rules; the root's `slipway.yaml` if not given.
        fail_on: the least severe finding that fails the check; what the settings say if not given.
        only: clusters to check; all of them if empty. What is not about any cluster is checked all the same.
        builder: the one that the fleet was rendered with, to find what patches and variables write; without it,
            findings stand in their objects' own files.
        against: what it is a change to; without it, rules about changes say nothing.
        today: the date, which versions and waivers expire by; the machine's if not given.

    Raises:
        InputError: `slipway.yaml` is not valid.
    """
    everything = [root, *trees]
    settings = settings or load_settings(root)
    subject = Subject(
        fleet=fleet,
        root=root,
        trees=everything,
        settings=settings,
        lines=Lines(everything, Provenance(fleet, builder, root, everything) if builder else None),
        schemas=schemas,
        today=today or datetime.now(UTC).date(),
        against=against,
        chosen=frozenset(only),
    )
    results = [result for family in FAMILIES for find in family.find for result in find(subject)]
    # What a cluster lacks may depend on the others, so that only the findings are restricted.
    findings = [item for item in results if isinstance(item, Finding) and _is_asked_for(item, subject.chosen)]
    not_validated = [item for item in results if isinstance(item, NotValidated)]
    chosen = _restricted(fleet, only) if only else fleet
    return Verdict(chosen, tuple(merge(findings)), tuple(not_validated), fail_on or settings.fail_on)


def _is_asked_for(finding: Finding, chosen: frozenset[str]) -> bool:
    return not chosen or not finding.clusters or not chosen.isdisjoint(finding.clusters)


def _restricted(fleet: Fleet, names: Collection[str]) -> Fleet:
    """Some clusters of a fleet, and what is not about any cluster."""
    return Fleet(
        {name: cluster for name, cluster in fleet.clusters.items() if name in names},
        tuple(item for item in fleet.problems if not item.cluster or item.cluster in names),
        tuple(item for item in fleet.not_rendered if not item.cluster or item.cluster in names),
    )
