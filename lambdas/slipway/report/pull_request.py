"""What a check run says about a pull request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from slipway.checks.finding import Finding, NotValidated
from slipway.checks.verdict import Verdict
from slipway.fleet.diff import FleetDiff
from slipway.fleet.model import Cluster
from slipway.fleet.settings import SEVERITIES
from slipway.report.changes import MARKS, diff_markdown, escape, fenced
from slipway.report.document import group_not_rendered, place
from slipway.report.mermaid import fleet_graph
from slipway.report.words import count, listed

MAX_FINDINGS_SHOWN = 100
"""Findings listed in the summary; all of them are in the full report."""


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
        """Findings that the base does not have: what the pull request answers for."""
        known = {finding.id for finding in self.base.findings}
        return tuple(finding for finding in self.head.findings if finding.id not in known)

    @property
    def old(self) -> tuple[Finding, ...]:
        """Findings that the base has as well."""
        known = {finding.id for finding in self.base.findings}
        return tuple(finding for finding in self.head.findings if finding.id in known)

    @property
    def passed(self) -> bool:
        """True if the pull request adds nothing that fails."""
        failing = SEVERITIES[: SEVERITIES.index(self.base.fail_on) + 1]
        return bool(self.head.fleet.clusters) and not any(item.rule.severity in failing for item in self.new)


def title(judgement: Judgement) -> str:
    """The check run's title: what is wrong, else what would change."""
    if not judgement.head.fleet.clusters:
        return "No cluster found: nothing was checked"
    counts = Counter(finding.rule.severity for finding in judgement.new)
    words = [count(counts[name], name) for name in ("error", "warning") if counts[name]]
    return ", ".join([*words, _changes(judgement.diff)])


def summary(judgement: Judgement) -> str:
    """Markdown: a table by cluster, the findings, and what was not looked at."""
    return "\n".join(_summary(judgement)) + "\n"


def details(judgement: Judgement) -> str:
    """Markdown: the rendered diff by cluster, and the graph of the clusters that change."""
    changed = frozenset(judgement.diff.clusters)
    parts = ["## What would change", "", diff_markdown(judgement.diff)]
    if changed:
        graph = fleet_graph(judgement.head.fleet, changed)
        names = listed([f"`{escape(name)}`" for name in sorted(changed)])
        parts += [f"## Dependencies on {names}", "", *fenced(graph.rstrip("\n"), "mermaid"), ""]
    return "\n".join(parts)


def _changes(diff: FleetDiff) -> str:
    objects = sum(len(group.changes) for group in diff.groups)
    if objects:
        return f"{count(objects, 'object')} would change on {listed(diff.clusters)}"
    return "nothing else would change" if diff.not_compared else "nothing would change"


def _summary(judgement: Judgement) -> Iterator[str]:
    word = "**Passed.**" if judgement.passed else "**Failed.**"
    yield from (f"{word} {title(judgement)}.", "")
    yield from _clusters(judgement)
    yield from _findings("Findings of this pull request", judgement.new, judgement.repository)
    if judgement.old:
        yield from ("<details><summary>", f"{count(len(judgement.old), 'finding')} that the base branch has already")
        yield from ("</summary>", "")
        yield from _findings("", judgement.old, judgement.repository)
        yield from ("</details>", "")
    yield from _not_rendered(judgement.head)
    yield from _not_validated(judgement.head.not_validated)


def _clusters(judgement: Judgement) -> Iterator[str]:
    yield "| Cluster | Kubernetes | Kustomizations | HelmReleases | Objects | Changes | Findings |"
    yield "|---|---|--:|--:|--:|---|--:|"
    names = {*judgement.base.fleet.clusters, *judgement.head.fleet.clusters}
    for name in sorted(names):
        cluster = judgement.head.fleet.clusters.get(name)
        findings = sum(name in finding.clusters for finding in judgement.new)
        yield f"| {' | '.join([*_cells(name, cluster), _kinds(judgement.diff, name), str(findings)])} |"
    yield ""


def _cells(name: str, cluster: Cluster | None) -> list[str]:
    if cluster is None:
        return [f"`{escape(name)}`", "removed", "0", "0", "0"]
    version = cluster.kubernetes_version if cluster.version_known else f"{cluster.kubernetes_version} (assumed)"
    numbers = (len(cluster.kustomizations), cluster.helm_releases, len(cluster.landed))
    return [f"`{escape(name)}`", escape(version), *map(str, numbers)]


def _kinds(diff: FleetDiff, cluster: str) -> str:
    kinds = Counter(change.kind for group in diff.groups if cluster in group.clusters for change in group.changes)
    return ", ".join(f"{mark}{kinds[kind]}" for kind, mark in MARKS.items() if kinds[kind]) or "none"


def _findings(heading: str, findings: Sequence[Finding], here: str) -> Iterator[str]:
    if not findings:
        return
    if heading:
        yield from (f"### {heading}", "")
    for finding in findings[:MAX_FINDINGS_SHOWN]:
        line = f":{finding.where.line}" if finding.where.line else ""
        yield f"- **{finding.rule.severity}** {finding.rule.id} `{escape(place(finding.where, here))}{line}`"
        yield f"  {escape(sentence(finding))}"
    if len(findings) > MAX_FINDINGS_SHOWN:
        yield f"- … and {len(findings) - MAX_FINDINGS_SHOWN} more, in the full report"
    yield ""


def sentence(finding: Finding) -> str:
    """The message with the object and the clusters that it is about."""
    on = f" on {listed(finding.clusters)}" if finding.clusters else ""
    return f"{finding.object}{on}: {finding.message}" if finding.object else finding.message


def _not_rendered(verdict: Verdict) -> Iterator[str]:
    grouped = group_not_rendered(verdict)
    if not grouped:
        return
    yield from (f"<details><summary>Not rendered: {count(len(grouped), 'item')}</summary>", "")
    for (what, why), clusters in grouped.items():
        on = f" on {listed(clusters)}" if clusters else ""
        yield f"- `{escape(what)}`{escape(on)}: {escape(why)}"
    yield from ("", "</details>", "")


def _not_validated(items: Sequence[NotValidated]) -> Iterator[str]:
    if not items:
        return
    total = sum(item.count for item in items)
    yield from (f"<details><summary>Not validated: {count(total, 'object')}</summary>", "")
    yield from ("| Count | What | Why |", "|--:|---|---|")
    for item in items:
        yield f"| {item.count} | `{escape(item.what)}` | {escape(item.why)} |"
    yield from ("", "</details>", "")
