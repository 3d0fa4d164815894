"""What a check run says about a pull request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from slipway.checks.approvals import Approved
from slipway.checks.finding import Finding
from slipway.checks.keyholder import SealedAnswer
from slipway.checks.policy import Waived
from slipway.checks.verdict import Verdict
from slipway.fleet.diff import FleetDiff
from slipway.fleet.model import Cluster
from slipway.report.changes import MARKS, diff_markdown, folded
from slipway.report.document import line_of_place
from slipway.report.markdown import code, fenced, prose
from slipway.report.mermaid import fleet_graph
from slipway.report.sentences import approval_words, counted, sentence, unknowns, waiver_words
from slipway.report.standing import standing_groups
from slipway.report.unknowns import NotRenderedGroup, not_rendered_by_reason, not_validated_by_reason, number_of
from slipway.report.words import count, counted_kinds, listed, plain

__all__ = ["Judgement", "details", "sentence", "summary", "title"]

MAX_SHOWN = 100
"""Findings in the summary; with more, all of them are in the details."""
MAX_ROWS = 30
"""Clusters in the table before those with the same numbers share a row."""


@dataclass(frozen=True)
class Judgement:
    """A pull request's verdict beside that of its base."""

    repository: str
    """`owner/name` that the pull request is in."""
    base: Verdict
    head: Verdict
    diff: FleetDiff

    @property
    def new(self) -> tuple[Finding, ...]:
        """What the pull request answers for: findings that the base does not have, or not on these clusters."""
        return self._since_base.findings

    @property
    def old(self) -> tuple[Finding, ...]:
        """Findings that the base has as well, on these clusters."""
        return self._since_base.known

    @cached_property
    def _since_base(self) -> Verdict:
        """The head's verdict, compared with the base's once: every row of the table asks for it."""
        return self.head.since(self.base)

    @property
    def passed(self) -> bool:
        """True if the pull request adds nothing that fails by the base's rules."""
        return bool(self.head.fleet.clusters) and not any(map(self.base.fails, self.new))


def title(judgement: Judgement) -> str:
    """The check run's title: what is wrong, what would change, and how much is not known."""
    if not judgement.head.fleet.clusters:
        return "No cluster found: nothing was checked"
    findings = counted(tuple(item for item in judgement.new if item.rule.severity != "info"))
    what = ", ".join(filter(None, [findings, _changes(judgement.diff)]))
    return plain("; ".join([what[0].upper() + what[1:], *unknowns(judgement.head)]))


def summary(judgement: Judgement) -> str:
    """Markdown: a table by cluster, the findings, and what was not looked at."""
    return "\n".join(_summary(judgement)) + "\n"


def details(judgement: Judgement) -> str:
    """Markdown: the rendered diff by cluster, and the graph of the clusters that change."""
    return "\n".join(_details(judgement)) + "\n"


def _changes(diff: FleetDiff) -> str:
    objects = sum(len(group.changes) for group in diff.groups)
    not_compared = f", {counted_kinds(diff.not_compared)} not compared" if diff.not_compared else ""
    if objects:
        return f"{count(objects, 'object')} would change on {listed(diff.clusters)}{not_compared}"
    return f"nothing {'else ' if diff.not_compared else ''}would change{not_compared}"


def _summary(judgement: Judgement) -> Iterator[str]:
    word = "**Passed.**" if judgement.passed else "**Failed.**"
    yield from (f"{word} {prose(title(judgement))}.", "")
    yield from _clusters(judgement)
    new, old = judgement.new, judgement.old
    if new:
        yield from ("### Findings of this pull request", "", *_first(new, judgement.repository), "")
    if old:
        heading = f"{count(len(old), 'finding')} that the base branch has already"
        yield from folded(heading, _first(old, judgement.repository))
    if approved := judgement.head.approved:
        yield from (
            f"### Approved: {count(len(approved), 'finding')}",
            "",
            *_approved(approved, judgement.repository),
            "",
        )
    if waived := judgement.head.waived:
        yield from folded(count(len(waived), "waived finding"), list(_waived(waived, judgement.repository)))
    for heading, groups in standing_groups(judgement.head.fleet.clusters.values()):
        yield from folded(f"{heading}: {number_of(groups):,}", list(_names(groups, "")))
    yield from _not_rendered(judgement.head)
    yield from _not_validated(judgement.head)


def _details(judgement: Judgement) -> Iterator[str]:
    yield from _sealed(judgement.head.sealed)
    yield from ("## What would change", "", diff_markdown(judgement.diff))
    changed = frozenset(judgement.diff.clusters)
    if drawn := changed & judgement.head.fleet.clusters.keys():
        yield from (f"## Dependencies on {listed([code(name) for name in sorted(drawn)])}", "")
        yield from (
            "Solid arrows: what must be ready first. Dotted arrows: what applies it. Rounded: HelmReleases.",
            "",
        )
        yield from (*fenced(fleet_graph(judgement.head.fleet, drawn).rstrip("\n"), "mermaid"), "")
    for heading, findings in (("of this pull request", judgement.new), ("of the base branch", judgement.old)):
        if len(findings) > MAX_SHOWN:
            yield from (f"## All findings {heading}", "", *_findings(findings, judgement.repository), "")


def _sealed(answers: Sequence[SealedAnswer]) -> Iterator[str]:
    """What the sealing key opens of what the pull request changes."""
    if not answers:
        return
    yield from ("## SealedSecrets of this pull request, asked of the sealing key", "")
    yield "| SealedSecret | Clusters | Opens | Sealed for | Certificate until |"
    yield "|---|---|---|---|---|"
    # What does not open is never what is cut off.
    for one in sorted(answers, key=lambda one: (not one.closed, one.what, one.clusters))[:MAX_SHOWN]:
        opens = f"no: {one.closed:,} of {count(one.values, 'value')}" if one.closed else "yes"
        names = listed([code(name) for name in one.clusters])
        by = listed([code(name) for name in one.by])
        yield f"| {code(one.what)} | {names} | {opens} | {by} | {one.until or ''} |"
    if len(answers) > MAX_SHOWN:
        closed = sum(bool(one.closed) for one in answers)
        yield from ("", f"… and {len(answers) - MAX_SHOWN:,} more. Of all, {closed:,} do not open.")
    yield ""


def _clusters(judgement: Judgement) -> Iterator[str]:
    yield "| Cluster | Kubernetes | Kustomizations | HelmReleases | Objects | Changes | Findings |"
    yield "|---|---|--:|--:|--:|---|--:|"
    names = sorted({*judgement.base.fleet.clusters, *judgement.head.fleet.clusters})
    rows: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        row = _cells(judgement, name)
        rows.setdefault(row if len(names) > MAX_ROWS else (*row, name), []).append(code(name))
    for row, cells in rows.items():
        yield f"| {listed(cells)} | {' | '.join(row[:6])} |"
    yield ""


def _cells(judgement: Judgement, name: str) -> tuple[str, ...]:
    cluster = judgement.head.fleet.clusters.get(name)
    findings = sum(name in finding.clusters for finding in judgement.new)
    changes = _kinds(judgement, name)
    if cluster is None:
        return "removed", "0", "0", "0", changes, str(findings)
    numbers = (len(cluster.kustomizations), cluster.helm_releases, len(cluster.landed))
    if name not in judgement.base.fleet.clusters:
        changes = f"new cluster: {changes}"
    return _version(cluster), *(f"{number:,}" for number in numbers), changes, str(findings)


def _version(cluster: Cluster) -> str:
    return prose(cluster.kubernetes_version) + ("" if cluster.version_known else " (assumed)")


def _kinds(judgement: Judgement, cluster: str) -> str:
    groups = [group for group in judgement.diff.groups if cluster in group.clusters]
    kinds = Counter(change.kind for group in groups for change in group.changes)
    words = [f"{mark}{kinds[kind]}" for kind, mark in MARKS.items() if kinds[kind]] or ["none"]
    blind = {
        done.id
        for verdict in (judgement.base, judgement.head)
        for home in verdict.fleet.clusters.values()
        for done in home.kustomizations
        if done.failed and done.target == cluster
    }
    return ", ".join([*words, f"{len(blind)} not compared"] if blind else words)


def _findings(findings: Sequence[Finding], here: str) -> Iterator[str]:
    for finding in findings:
        where = code(line_of_place(finding.where, here))
        yield f"- **{finding.rule.severity}** {finding.rule.id} {where}<br>{prose(sentence(finding))}"


def _approved(approved: Sequence[Approved], here: str) -> Iterator[str]:
    for item in approved[:MAX_SHOWN]:
        [line] = _findings([item.finding], here)
        yield f"{line}<br>{prose(approval_words(item))}"
    if len(approved) > MAX_SHOWN:
        yield f"- … and {len(approved) - MAX_SHOWN:,} more"


def _waived(waived: Sequence[Waived], here: str) -> Iterator[str]:
    for item in waived[:MAX_SHOWN]:
        [line] = _findings([item.finding], here)
        yield f"{line}<br>{prose(waiver_words(item))} ({code(line_of_place(item.where, here))})"
    if len(waived) > MAX_SHOWN:
        yield f"- … and {len(waived) - MAX_SHOWN:,} more"


def _first(findings: Sequence[Finding], here: str) -> list[str]:
    more = [f"- … and {len(findings) - MAX_SHOWN:,} more, in the details"] if len(findings) > MAX_SHOWN else []
    return [*_findings(findings[:MAX_SHOWN], here), *more]


def _not_rendered(verdict: Verdict) -> Iterator[str]:
    reasons = not_rendered_by_reason(verdict.fleet.not_rendered)
    lines = []
    for why, groups in reasons.items():
        lines.append(f"- {prose(why)} ({number_of(groups):,})")
        lines += _names(groups, "  ")
    if lines:
        yield from folded(f"Not rendered: {sum(map(number_of, reasons.values())):,}", lines)


def _names(groups: Iterable[NotRenderedGroup], indent: str) -> Iterator[str]:
    for group in groups:
        on = f"on {listed([code(name) for name in group.clusters])}" if group.clusters else ""
        head = " ".join(filter(None, [group.kind, on]))
        names = ", ".join(map(code, group.names))
        yield f"{indent}- {head}: {names}" if head else f"{indent}- {names}"


def _not_validated(verdict: Verdict) -> Iterator[str]:
    lines = []
    for why, items in not_validated_by_reason(verdict.not_validated).items():
        lines += [f"{prose(why)} ({sum(item.count for item in items):,}):", "", "| Count | What |", "|--:|---|"]
        lines += [*(f"| {item.count:,} | {code(item.what)} |" for item in items), ""]
    if lines:
        yield from folded(f"Not validated: {sum(item.count for item in verdict.not_validated):,}", lines[:-1])
