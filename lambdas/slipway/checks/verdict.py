"""All checks on a rendered fleet, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from slipway.checks.approvals import Approved, approve, without_effect
from slipway.checks.consent import Consent
from slipway.checks.families import FAMILIES, RULES
from slipway.checks.finding import Finding, NotValidated, merge, order
from slipway.checks.keyholder import KeyHolder, SealedAnswer
from slipway.checks.lines import Lines
from slipway.checks.policy import Waived, judge
from slipway.checks.schema import Catalogue, Schemas
from slipway.checks.subject import Against, Subject
from slipway.fleet.kustomize import Builder
from slipway.fleet.model import Fleet
from slipway.fleet.provenance import Provenance
from slipway.fleet.settings import FILE, SEVERITIES, Settings, Severity, load_settings
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
    waived: tuple[Waived, ...] = ()
    """What was found and does not count, with who answers for that."""
    approved: tuple[Approved, ...] = ()
    """What a change destroys and somebody has approved."""
    known: tuple[Finding, ...] = ()
    """What the base has already, so that a change to it does not answer for it."""
    sealed: tuple[SealedAnswer, ...] = ()
    """What whoever has the sealing key says of a change's SealedSecrets."""

    @property
    def passed(self) -> bool:
        """True if there was something to check, and nothing at or above `fail_on` was found."""
        return bool(self.fleet.clusters) and not any(map(self.fails, self.findings))

    def fails(self, finding: Finding) -> bool:
        """True if the finding is at or above `fail_on`."""
        return SEVERITIES.index(finding.rule.severity) <= SEVERITIES.index(self.fail_on)

    def since(self, base: Verdict) -> Verdict:
        """The verdict on a change: what its base has on the same clusters already is known, and does not fail."""
        before: dict[str, set[str]] = {}
        for finding in base.findings:
            before.setdefault(finding.id, set()).update(finding.clusters)
        new, known = [], []
        for finding in self.findings:
            there = before.get(finding.id)
            added = tuple(name for name in finding.clusters if there is None or name not in there)
            kept = tuple(name for name in finding.clusters if name not in added)
            if there is None or added:
                new.append(replace(finding, clusters=added))
            if there is not None and (kept or not finding.clusters):
                known.append(replace(finding, clusters=kept))
        return replace(self, findings=tuple(new), known=tuple(known))


def check_fleet(
    fleet: Fleet,
    trees: Iterable[Tree],
    schemas: Schemas,
    *,
    root: Tree,
    settings: Settings | None = None,
    policy_root: Tree | None = None,
    fail_on: Severity | None = None,
    only: Collection[str] = (),
    builder: Builder | None = None,
    may_go_on: Callable[[], bool] = lambda: True,
    against: Against | None = None,
    catalogue: Catalogue | None = None,
    key_holder: KeyHolder | None = None,
    today: date | None = None,
) -> Verdict:
    """Run every rule.

    Args:
        fleet: the rendered fleet.
        trees: all trees that it was rendered from; findings point into them.
        schemas: Kubernetes' own kinds.
        root: the repository that is being checked.
        settings: what sets the rules; the root's `slipway.yaml` if not given.
        policy_root: the repository that the settings are of; the root if not given.
        fail_on: the least severe finding that fails the check; what the settings say if not given.
        only: clusters to check; all of them if empty. What is not about any cluster is checked all the same.
        builder: the one that the fleet was rendered with, to find what patches and variables write; without it,
            findings stand in their objects' own files.
        catalogue: schemas of kinds whose definition does not land on the cluster.
        may_go_on: false once there is no time left for that; then findings stand in their objects' own files, too.
        against: what it is a change to; without it, rules about changes say nothing.
        key_holder: has the fleet's sealing key, and is asked for the SealedSecrets of a change; nobody is if not given.
        today: the date, which versions and waivers expire by; the machine's if not given.

    Raises:
        InputError: `slipway.yaml` is not valid.
        RetryLater: the key holder does not answer now.
    """
    everything = [root, *trees]
    settings = settings or load_settings(root)
    subject = Subject(
        fleet=fleet,
        root=root,
        trees=everything,
        settings=settings,
        lines=Lines(everything, Provenance(fleet, builder, root, everything, may_go_on=may_go_on) if builder else None),
        schemas=schemas,
        today=today or datetime.now(UTC).date(),
        policy_root=policy_root or root,
        against=against,
        catalogue=catalogue or Catalogue(),
        key_holder=key_holder,
        chosen=frozenset(only),
    )
    results = [result for family in FAMILIES for find in family.find for result in find(subject)]
    # What a cluster lacks may depend on the others, so that only the findings are restricted.
    findings = [item for item in results if isinstance(item, Finding) and _is_asked_for(item, subject.chosen)]
    not_validated = [item for item in results if isinstance(item, NotValidated)]
    sealed = tuple(item for item in results if isinstance(item, SealedAnswer))
    chosen = _restricted(fleet, only) if only else fleet
    counted = {
        "notRendered": len(chosen.not_rendered),
        "notValidated": sum(item.count for item in not_validated),
        "unknownKinds": len({item.what for item in not_validated if item.unknown_kind}),
    }
    judged = judge(merge(findings), subject, RULES, counted)
    left, approved = approve(judged.findings, settings.approvals, against.consent if against else Consent())
    left.extend(without_effect(settings.approvals, RULES, subject.policy_root.at(FILE, 0)))
    ordered = tuple(sorted(left, key=order))
    failing = fail_on or settings.policy.fail_on
    return Verdict(chosen, ordered, tuple(not_validated), failing, judged.waived, tuple(approved), sealed=sealed)


def _is_asked_for(finding: Finding, chosen: frozenset[str]) -> bool:
    return not chosen or not finding.clusters or not chosen.isdisjoint(finding.clusters)


def _restricted(fleet: Fleet, names: Collection[str]) -> Fleet:
    """Some clusters of a fleet, and what is not about any cluster."""
    return Fleet(
        {name: cluster for name, cluster in fleet.clusters.items() if name in names},
        tuple(item for item in fleet.problems if not item.cluster or item.cluster in names),
        tuple(item for item in fleet.not_rendered if not item.cluster or item.cluster in names),
    )
