"""What somebody has approved of what a change destroys.

`approvals` of `slipway.yaml` says who may, and how: by a label of the pull request, or by an approving review of this
very head. What is approved is counted and named, with who did it, and does not fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from slipway.checks.consent import Consent
from slipway.checks.finding import Finding, Rule
from slipway.checks.policy import NO_EFFECT, part_of, without
from slipway.fleet.objects import Location
from slipway.fleet.settings.approvals import BY_DEFAULT, Approval
from slipway.fleet.settings.policy import fits_any

ALL_RULES = ("*",)


@dataclass(frozen=True)
class Approved:
    """A finding that somebody has approved."""

    finding: Finding
    by: str
    """`label slipway/approve-destructive`, `review of octocat`."""


def approve(
    findings: Iterable[Finding], approvals: tuple[Approval, ...], consent: Consent
) -> tuple[list[Finding], list[Approved]]:
    """The findings that are left, with what would approve them, and those that are approved.

    Args:
        findings: with the severities that they have by the policy.
        approvals: the last one that fits a finding counts; if none does, `BY_DEFAULT`.
        consent: what people have said.
    """
    left: list[Finding] = []
    approved: list[Approved] = []
    for finding in findings:
        for part, approval in _parts(finding, (BY_DEFAULT, *approvals)):
            if approval is None:
                left.append(part)
            elif by := _by(approval, consent):
                approved.append(Approved(part, by))
            else:
                left.append(replace(part, hint="; ".join(filter(None, (part.hint, _how(approval))))))
    return left, approved


def without_effect(approvals: Iterable[Approval], rules: Mapping[str, Rule], at: Location) -> Iterator[Finding]:
    """Entries that name what nothing can approve: rules that there are not, or that are not about a change.

    Args:
        approvals: the entries.
        rules: all that there are, by their ids.
        at: the file that has them.
    """
    for number, approval in enumerate(approvals):
        for pattern in approval.match.rules:
            if not any(rule.of_change and fits_any(name, (pattern,)) for name, rule in rules.items()):
                message = f"approvals.{number} names {pattern}, and there is no such rule about changes"
                yield Finding(NO_EFFECT, message, replace(at, line=approval.line))


def _parts(finding: Finding, approvals: tuple[Approval, ...]) -> Iterator[tuple[Finding, Approval | None]]:
    """The finding by what approves it on which clusters; None if it needs no approval."""
    rest: Finding | None = finding
    for approval in reversed(approvals):
        if rest is None or not finding.rule.of_change:
            break
        named = bool(approval.match.rules)
        if not named and not (rest.rule.destructive and rest.rule.severity == "error"):
            continue
        part = part_of(rest, approval.match if named else replace(approval.match, rules=ALL_RULES))
        if part is not None:
            yield replace(part, rule=part.rule.at("error")), approval
            rest = without(rest, part)
    if rest is not None:
        yield rest, None


def _by(approval: Approval, consent: Consent) -> str:
    if approval.label in consent.labels:
        return f"label {approval.label}"
    login = next((login for login in approval.by if login.lower() in consent.approvers), "")
    return f"review of {login}" if login else ""


def _how(approval: Approval) -> str:
    ways = [f"the label {approval.label}"] if approval.label else []
    if approval.by:
        ways.append(f"an approving review of {' or '.join(approval.by)}")
    return f"if it is meant, it needs {' or '.join(ways)}"
