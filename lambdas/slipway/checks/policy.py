"""Rules about the policy itself, SLW9xx, and what it makes of the findings of all other rules.

The policy is `rules`, `waivers`, `inlineWaivers` and `thresholds` of `slipway.yaml`, and waivers that objects carry.
What it puts up with is counted and named, never hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from slipway.checks.finding import Finding, Rule
from slipway.checks.inline import MAX_SHOWN_TEXT, InlineWaiver, inline_waivers
from slipway.checks.subject import Subject
from slipway.fleet.objects import Location
from slipway.fleet.settings import FILE
from slipway.fleet.settings.policy import OFF, Match, Policy, Waiver, fits_any

EXPIRED = Rule("SLW901", "A waiver that has expired", "warning")
UNUSED = Rule("SLW902", "A waiver of nothing", "info")
NO_EFFECT = Rule("SLW903", "A waiver or a severity that has no effect", "warning")
TOO_MANY = Rule("SLW904", "More than slipway.yaml allows", "error")

RULES = (EXPIRED, UNUSED, NO_EFFECT, TOO_MANY)

_NOUNS = {
    "notRendered": "things that are not rendered",
    "notValidated": "things that are not validated",
    "unknownKinds": "kinds without a schema",
    "waived": "waived findings",
    "warnings": "warnings",
}
"""What thresholds count."""


@dataclass(frozen=True)
class Waived:
    """A finding that does not count, and who answers for that."""

    finding: Finding
    owner: str
    """Empty if its rule is switched off."""
    reason: str
    expires: date | None
    where: Location
    """What waives it."""


@dataclass(frozen=True)
class Judged:
    """What the policy makes of findings."""

    findings: tuple[Finding, ...]
    waived: tuple[Waived, ...]


def judge(
    findings: Sequence[Finding], subject: Subject, rules: Mapping[str, Rule], counted: Mapping[str, int] | None = None
) -> Judged:
    """Give the findings their severities, take out what is waived, and add what the policy itself is wrong about.

    Args:
        findings: one for each cause.
        subject: what was checked.
        rules: all that there are, by their ids.
        counted: what else thresholds are for, by their names; see `slipway.checks.verdict`.
    """
    judgement = _Judgement(subject, rules)
    for finding in findings:
        judgement.take(finding)
    own = [*judgement.about_waivers(), *judgement.over_thresholds(counted or {})]
    return Judged((*judgement.findings, *own), tuple(judgement.waived))


class _Judgement:
    def __init__(self, subject: Subject, rules: Mapping[str, Rule]) -> None:
        self._subject = subject
        self._policy: Policy = subject.settings.policy
        self._rules = rules
        self._inline = list(inline_waivers(subject))
        self._used: set[int] = set()
        """Which waivers have waived something, by `id`."""
        self.findings: list[Finding] = []
        self.waived: list[Waived] = []

    def take(self, finding: Finding) -> None:
        """Judge one finding; clusters that a part of the policy is not about keep what is left of it."""
        for counts, part in self._by_severity(finding):
            if counts:
                self._waive(part)
            else:
                self.waived.append(Waived(part, "", f"{finding.rule.id} is switched off", None, self._at(0)))

    def _by_severity(self, finding: Finding) -> Iterator[tuple[bool, Finding]]:
        """Whether it counts, and the finding with the severity that it has; several if clusters differ."""
        for rule in reversed(self._policy.severities):
            meant = part_of(finding, rule.match)
            if meant is None:
                continue
            rest = without(finding, meant)
            if rule.severity == OFF:
                yield False, meant
            else:
                yield True, replace(meant, rule=finding.rule.at(rule.severity))
            if rest is None:
                return
            finding = rest
        yield True, finding

    def _waive(self, finding: Finding) -> None:
        left: Finding | None = finding
        for waiver in self._policy.waivers:
            if left is None:
                return
            meant = part_of(left, waiver.match)
            if meant is None or finding.rule.id in _OWN:
                continue
            self._used.add(id(waiver))
            if waiver.expires >= self._subject.today:
                where = self._at(waiver.line)
                self.waived.append(Waived(meant, waiver.owner, waiver.reason, waiver.expires, where))
                left = without(left, meant)
        for inline in self._inline:
            if left is None:
                return
            if not inline.problem and inline.fits(left) and self._may_be_waived_inline(left):
                self._used.add(id(inline))
                if inline.expires >= self._subject.today:
                    meant = replace(left, clusters=tuple(name for name in left.clusters if name in inline.clusters))
                    self.waived.append(Waived(meant, inline.owner, inline.reason, inline.expires, inline.where))
                    left = without(left, meant)
        if left is not None:
            self.findings.append(left)

    def _may_be_waived_inline(self, finding: Finding) -> bool:
        return finding.rule.severity != "error" or fits_any(finding.rule.id, self._policy.inline_waivers)

    def about_waivers(self) -> Iterator[Finding]:
        """Waivers that have expired, waive nothing or name no rule."""
        for number, rule in enumerate(self._policy.severities):
            if unknown := self._unknown(rule.match.rules):
                yield self._no_rule(f"rules.{number}", unknown, rule.line)
        if unknown := self._unknown(self._policy.inline_waivers):
            yield self._no_rule("inlineWaivers", unknown, 0)
        for number, waiver in enumerate(self._policy.waivers):
            name, where = f"waivers.{number}", self._at(waiver.line)
            if unknown := self._unknown(waiver.match.rules):
                yield self._no_rule(name, unknown, waiver.line)
            elif waiver.expires < self._subject.today:
                yield self._expired(_listed(waiver.match.rules), waiver.owner, waiver.expires, where, "")
            elif self._is_unused(waiver, waiver.match.rules):
                message = f"the waiver of {_listed(waiver.match.rules)} by {waiver.owner} waives nothing"
                yield Finding(UNUSED, message, where, hint="what it was for is mended, or it fits nothing: take it out")
        for inline in self._inline:
            yield from self._about_inline(inline)

    def _about_inline(self, inline: InlineWaiver) -> Iterator[Finding]:
        rules = _listed(inline.rules)
        if inline.problem:
            yield Finding(NO_EFFECT, inline.problem, inline.where, inline.object, inline.clusters, inline.FORM)
        elif unknown := self._unknown(inline.rules):
            message = f"its waiver names {unknown}, and there is no such rule"
            yield Finding(NO_EFFECT, message, inline.where, inline.object, inline.clusters)
        elif inline.expires < self._subject.today:
            yield self._expired(rules, inline.owner, inline.expires, inline.where, inline.object, inline.clusters)
        elif any(inline.fits(finding) and not self._may_be_waived_inline(finding) for finding in self.findings):
            message = f"its waiver of {rules} does not count: errors are waived in {FILE}"
            hint = f"or inlineWaivers in {FILE} allows it for the rule"
            yield Finding(NO_EFFECT, message, inline.where, inline.object, inline.clusters, hint)
        elif self._is_unused(inline, inline.rules):
            message = f"its waiver of {rules} by {inline.owner} waives nothing"
            yield Finding(UNUSED, message, inline.where, inline.object, inline.clusters, "take it out")

    def _is_unused(self, waiver: Waiver | InlineWaiver, patterns: Sequence[str]) -> bool:
        """True if a waiver has waived nothing, and there was all that it may be for."""
        meant = (rule for name, rule in self._rules.items() if fits_any(name, patterns))
        return id(waiver) not in self._used and not self._subject.chosen and not any(rule.of_change for rule in meant)

    def over_thresholds(self, counted: Mapping[str, int]) -> Iterator[Finding]:
        """What there is more of than the policy allows."""
        numbers = {
            "warnings": sum(finding.rule.severity == "warning" for finding in self.findings),
            "waived": len(self.waived),
            **counted,
        }
        for name, limit in self._policy.thresholds.items():
            if numbers.get(name, 0) > limit:
                hint = f"there are {numbers[name]:,}, and thresholds.{name} is {limit:,}"
                yield Finding(TOO_MANY, f"there are more {_NOUNS[name]} than allowed", self._at(0), hint=hint)

    def _expired(
        self, rules: str, owner: str, day: date, where: Location, what: str, clusters: tuple[str, ...] = ()
    ) -> Finding:
        message = f"the waiver of {rules} by {owner} expired on {day.isoformat()}"
        return Finding(EXPIRED, message, where, what, clusters, "mend what it was for, or renew it")

    def _no_rule(self, name: str, unknown: str, line: int) -> Finding:
        return Finding(NO_EFFECT, f"{name} names {unknown}, and there is no such rule", self._at(line))

    def _unknown(self, patterns: Sequence[str]) -> str:
        """What fits no rule."""
        missing = [pattern for pattern in patterns if not any(fits_any(rule, (pattern,)) for rule in self._rules)]
        return _listed(missing)

    def _at(self, line: int) -> Location:
        root = self._subject.policy_root
        return root.at(FILE, line)


_OWN = frozenset(rule.id for rule in RULES)


def part_of(finding: Finding, match: Match) -> Finding | None:
    """The finding on the clusters that are meant; None if it is not."""
    if not match.fits(finding.rule.id, finding.where.path, finding.object):
        return None
    if not finding.clusters:
        return None if match.clusters else finding
    clusters = match.on(finding.clusters)
    return replace(finding, clusters=clusters) if clusters else None


def without(finding: Finding, part: Finding) -> Finding | None:
    """What is left of a finding; None if that is nothing."""
    clusters = tuple(name for name in finding.clusters if name not in part.clusters)
    return replace(finding, clusters=clusters) if clusters else None


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name[:MAX_SHOWN_TEXT] for name in names)
