"""The verdict as text for a terminal, and as GitHub workflow commands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slipway.checks.finding import Finding
from slipway.checks.verdict import Verdict
from slipway.report.document import group_not_rendered, place
from slipway.report.words import count, listed


def verdict_text(verdict: Verdict) -> str:
    """A summary by cluster, the findings, and what was not looked at."""
    return "\n".join(_lines(verdict)) + "\n"


def verdict_commands(verdict: Verdict) -> str:
    """Workflow commands, by which a GitHub Actions job annotates the files (docs.github.com, workflow commands)."""
    levels = {"error": "error", "warning": "warning", "info": "notice"}
    lines = []
    for finding in verdict.findings:
        properties = f"file={_property(place(finding.where))},line={finding.where.line or 1}"
        title = _property(f"{finding.rule.id} {finding.rule.title}")
        lines.append(f"::{levels[finding.rule.severity]} {properties},title={title}::{_data(_sentence(finding))}")
    lines.append(_summary(verdict))
    return "\n".join(lines) + "\n"


def _lines(verdict: Verdict) -> Iterator[str]:
    for finding in verdict.findings:
        yield f"{finding.rule.severity}: {_at(finding)} [{finding.rule.id}]"
        yield f"  {_sentence(finding)}"
    if verdict.findings:
        yield ""
    rows = [
        (cluster.name, str(len(cluster.kustomizations)), str(cluster.helm_releases), str(len(cluster.landed)))
        for cluster in verdict.fleet.clusters.values()
    ]
    yield from _table(("CLUSTER", "KUSTOMIZATIONS", "HELMRELEASES", "OBJECTS"), rows)
    grouped = group_not_rendered(verdict)
    if grouped:
        yield from ("", f"Not rendered ({len(grouped)}):")
        for (what, why), clusters in grouped.items():
            yield f"  {what}{_on(clusters)}: {why}"
    if verdict.not_validated:
        total = sum(item.count for item in verdict.not_validated)
        yield from ("", f"Not validated ({count(total, 'object')}):")
        for item in verdict.not_validated:
            yield f"  {item.count:>5}  {item.what}: {item.why}"
    yield from ("", _summary(verdict))


def _summary(verdict: Verdict) -> str:
    if not verdict.fleet.clusters:
        return "FAIL: no cluster found: the directory has no Flux Kustomization and no FluxInstance"
    severities = [finding.rule.severity for finding in verdict.findings]
    counts = [count(severities.count(name), name) for name in ("error", "warning") if name in severities]
    word = "PASS" if verdict.passed else "FAIL"
    objects = sum(len(cluster.landed) for cluster in verdict.fleet.clusters.values())
    where = f"{count(objects, 'object')} on {count(len(verdict.fleet.clusters), 'cluster')}"
    return f"{word}: {', '.join(counts) or 'no findings'}; {where}"


def _at(finding: Finding) -> str:
    return f"{place(finding.where)}:{finding.where.line}" if finding.where.line else place(finding.where)


def _sentence(finding: Finding) -> str:
    subject = f"{finding.object}{_on(finding.clusters)}: " if finding.object else ""
    return subject + finding.message


def _on(clusters: Sequence[str]) -> str:
    return f" on {listed(clusters)}" if clusters else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows]:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
