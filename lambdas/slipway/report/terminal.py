"""The verdict as text: for a terminal, and for the log of a GitHub Actions job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from slipway.checks.finding import Finding, NotValidated
from slipway.checks.verdict import Verdict
from slipway.fleet.model import NotRendered
from slipway.fleet.objects import Location
from slipway.fleet.settings import SEVERITIES
from slipway.report.document import line_of_place, place
from slipway.report.sentences import approval_words, closing, sentence, waiver_words
from slipway.report.standing import standing_groups
from slipway.report.unknowns import NotRenderedGroup, not_rendered_by_reason, not_validated_by_reason, number_of
from slipway.report.words import inert, listed, plain, wrapped


def verdict_text(verdict: Verdict) -> str:
    """What was looked at, what was not, and at the end, where a reader's eye is: the gravest findings, the verdict."""
    return "\n".join(map(inert, [*_overview(verdict), *_findings(verdict.findings), closing(verdict)])) + "\n"


def verdict_commands(verdict: Verdict, directory: str = "") -> str:
    """Workflow commands, by which a GitHub Actions job annotates the files (docs.github.com, workflow commands).

    Args:
        verdict: what to say.
        directory: where the repository stands in the job's workspace, which the files are named from.
    """
    levels = {"error": "error", "warning": "warning", "info": "notice"}
    commands = []
    for finding in verdict.findings:
        file = f"{directory}/{finding.where.path}" if directory and not finding.where.source else place(finding.where)
        properties = f"file={_property(file)},line={finding.where.line or 1}"
        title = _property(f"{finding.rule.id} {finding.rule.title}")
        message = "\n".join([sentence(finding), *_elsewhere(finding.where)])
        commands.append(f"::{levels[finding.rule.severity]} {properties},title={title}::{_data(message)}")
    return "\n".join([*map(inert, _overview(verdict)), *commands, closing(verdict)]) + "\n"


def not_rendered_text(items: Iterable[NotRendered]) -> Iterator[str]:
    """Lines that name what was not rendered, by the reason."""
    for why, groups in reversed(not_rendered_by_reason(items).items()):
        yield f"  {plain(why)} ({number_of(groups):,})"
        yield from _names(groups, "    ")


def _names(groups: Iterable[NotRenderedGroup], indent: str) -> Iterator[str]:
    for group in groups:
        head = " ".join(filter(None, [group.kind, f"on {listed(group.clusters)}" if group.clusters else ""]))
        names = plain(f"{head}: {', '.join(group.names)}" if head else ", ".join(group.names))
        yield from wrapped(names, indent)


def _overview(verdict: Verdict) -> Iterator[str]:
    yield from _clusters(verdict)
    for heading, groups in standing_groups(verdict.fleet.clusters.values()):
        yield from ("", f"{heading} ({number_of(groups):,}):", *_names(groups, "  "))
    if verdict.not_validated:
        yield from ("", "Not validated:", *_not_validated(verdict.not_validated))
    if verdict.fleet.not_rendered:
        yield from ("", "Not rendered:", *not_rendered_text(verdict.fleet.not_rendered))
    if verdict.known:
        yield from ("", f"Findings that the base has already ({len(verdict.known):,}):")
        yield from (f"  {_heading(finding)}" for finding in verdict.known)
    if verdict.waived:
        yield from ("", f"Waived findings ({len(verdict.waived):,}):")
        for waived in verdict.waived:
            yield from (f"  {_heading(waived.finding)}", f"    {plain(waiver_words(waived))}")
    if verdict.approved:
        yield from ("", f"Approved findings ({len(verdict.approved):,}):")
        for approved in verdict.approved:
            yield from (f"  {_heading(approved.finding)}", f"    {plain(approval_words(approved))}")
            yield from (f"    {line}" for line in sentence(approved.finding).splitlines())
    yield ""


def _clusters(verdict: Verdict) -> Iterator[str]:
    head = ("CLUSTER", "KUBERNETES", "KUSTOMIZATIONS", "HELMRELEASES", "OBJECTS")
    rows = [
        (
            plain(cluster.name),
            plain(cluster.kubernetes_version) + ("" if cluster.version_known else " (assumed)"),
            f"{len(cluster.kustomizations):,}",
            f"{cluster.helm_releases:,}",
            f"{len(cluster.landed):,}",
        )
        for cluster in verdict.fleet.clusters.values()
    ]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows]:
        words = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        numbers = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        yield "  ".join([*words, *numbers])


def _not_validated(items: Sequence[NotValidated]) -> Iterator[str]:
    width = max(len(f"{item.count:,}") for item in items)
    for why, group in reversed(not_validated_by_reason(items).items()):
        yield f"  {plain(why)} ({sum(item.count for item in group):,})"
        yield from (f"    {item.count:>{width},}  {plain(item.what)}" for item in group)


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    """The gravest last."""
    for finding in sorted(findings, key=lambda item: SEVERITIES.index(item.rule.severity), reverse=True):
        yield _heading(finding)
        yield from (f"  {line}" for line in sentence(finding).splitlines())
    if findings:
        yield ""


def _heading(finding: Finding) -> str:
    where = plain(line_of_place(finding.where))
    return f"{finding.rule.severity}: {where} [{finding.rule.id} {finding.rule.title}]"


def _elsewhere(where: Location) -> list[str]:
    """Where it is, for a file that is not in the job's workspace."""
    return [plain(f"in {where.source}, {where.path}:{where.line}")] if where.source else []


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace("##[", "##\\[")


def _property(text: str) -> str:
    return _data(plain(text)).replace(":", "%3A").replace(",", "%2C")
