"""A diff of two renderings as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from slipway import SCHEMA
from slipway.fleet.diff import ChangeGroup, ChangeKind, FleetDiff, ObjectChange
from slipway.report.document import place
from slipway.report.markdown import code, fenced, html_code
from slipway.report.words import MAX_LISTED, count, counted_kinds, inert, listed, plain, wrapped

MARKS: dict[ChangeKind, str] = {"added": "+", "changed": "~", "removed": "-"}


def diff_text(diff: FleetDiff) -> str:
    """Every change with its lines, by the clusters that it concerns."""
    return "\n".join(map(inert, _text_lines(diff))) + "\n"


def diff_markdown(diff: FleetDiff) -> str:
    """The same for a GitHub page: one folded block for each object."""
    return "\n".join(_markdown_lines(diff)) + "\n"


def diff_document(diff: FleetDiff) -> dict[str, Any]:
    """The same, ready for JSON."""
    return {
        "schema": SCHEMA,
        "groups": [
            {
                "clusters": list(group.clusters),
                "changes": [
                    {
                        "change": change.kind,
                        "object": str(change.key),
                        "file": place(change.where),
                        "line": change.where.line,
                        "diff": "\n".join(change.lines),
                    }
                    for change in group.changes
                ],
            }
            for group in diff.groups
        ],
        "notCompared": list(diff.not_compared),
    }


def count_changes(group: ChangeGroup) -> str:
    """`2 added, 1 changed`."""
    kinds = [change.kind for change in group.changes]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in MARKS if kind in kinds)


def _text_lines(diff: FleetDiff) -> Iterator[str]:
    for group in diff.groups:
        if len(group.clusters) > MAX_LISTED:
            yield f"On {len(group.clusters):,} clusters: {count_changes(group)}"
            yield from wrapped(plain(", ".join(group.clusters)), "  ")
        else:
            yield f"On {plain(listed(group.clusters))}: {count_changes(group)}"
        for change in group.changes:
            yield f"  {MARKS[change.kind]} {plain(str(change.key))} ({plain(str(change.where))})"
            yield from (f"      {plain(line)}".rstrip() for line in change.lines)
        yield ""
    if diff.not_compared:
        yield "Not compared, because one side could not be rendered:"
        yield from (f"  {plain(name)}" for name in diff.not_compared)
        yield ""
    yield _closing(diff)


def _closing(diff: FleetDiff) -> str:
    not_compared = f"; {counted_kinds(diff.not_compared)} not compared" if diff.not_compared else ""
    if diff.groups:
        changes = sum(len(group.changes) * len(group.clusters) for group in diff.groups)
        return f"{count(changes, 'change')} on {count(len(diff.clusters), 'cluster')}{not_compared}"
    return f"Nothing {'else ' if diff.not_compared else ''}changes on any cluster{not_compared}"


def _markdown_lines(diff: FleetDiff) -> Iterator[str]:
    for group in diff.groups:
        yield from (f"### On {listed([code(name) for name in group.clusters])}: {count_changes(group)}", "")
        if len(group.clusters) > MAX_LISTED:
            yield from folded(f"All {len(group.clusters):,} clusters", [", ".join(map(code, group.clusters))])
        for change in group.changes:
            yield from _markdown_change(change)
    if diff.not_compared:
        yield from ("### Not compared, because one side could not be rendered", "")
        yield from (f"- {code(name)}" for name in diff.not_compared)
        yield ""
    yield f"{_closing(diff)}."


def _markdown_change(change: ObjectChange) -> Iterator[str]:
    lines = [plain(line) for line in change.lines]
    heading = f"{change.kind} {html_code(str(change.key))} ({html_code(str(change.where))})"
    yield from folded(heading, fenced("\n".join(lines), "diff"))


def folded(heading: str, content: Sequence[str]) -> Iterator[str]:
    """A block that opens on a click.

    Args:
        heading: HTML on one line.
        content: lines of Markdown.
    """
    yield from (f"<details><summary>{heading}</summary>", "", *content, "", "</details>", "")
