"""A diff of two renderings as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slipway import SCHEMA
from slipway.fleet.diff import ChangeGroup, ChangeKind, FleetDiff, ObjectChange
from slipway.report.words import count, listed

MARKS: dict[ChangeKind, str] = {"added": "+", "changed": "~", "removed": "-"}


def diff_text(diff: FleetDiff) -> str:
    """Every change with its lines, by the clusters that it concerns."""
    return "\n".join(_text_lines(diff)) + "\n"


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
                        "file": change.where.path,
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
        yield f"On {listed(group.clusters)}: {count_changes(group)}"
        for change in group.changes:
            yield f"  {MARKS[change.kind]} {change.key} ({change.where})"
            yield from (f"      {line}" for line in change.lines)
        yield ""
    yield from (f"Not compared, because one side could not be rendered: {name}" for name in diff.not_compared)
    yield _closing(diff)


def _closing(diff: FleetDiff) -> str:
    if diff.groups:
        changes = sum(len(group.changes) * len(group.clusters) for group in diff.groups)
        return f"{count(changes, 'change')} on {count(len(diff.clusters), 'cluster')}"
    return "Nothing else changes on any cluster." if diff.not_compared else "Nothing changes on any cluster."


def _markdown_lines(diff: FleetDiff) -> Iterator[str]:
    for group in diff.groups:
        names = listed([f"`{name}`" for name in group.clusters])
        yield from (f"### On {names}: {count_changes(group)}", "")
        for change in group.changes:
            yield from _markdown_change(change)
    for name in diff.not_compared:
        yield f"- **Not compared**, because one side could not be rendered: {escape(name)}"
    yield from ("", _closing(diff))


def _markdown_change(change: ObjectChange) -> Iterator[str]:
    summary = f"{change.kind} <code>{escape(str(change.key))}</code> ({escape(str(change.where))})"
    yield from (f"<details><summary>{summary}</summary>", "", *fenced("\n".join(change.lines), "diff"), "")
    yield from ("</details>", "")


def fenced(content: str, language: str) -> list[str]:
    """A code block whose fence is longer than any in its content."""
    longest = max((len(run) for run in _runs_of_backticks(content)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", content, fence]


def escape(text: str) -> str:
    """Text from a repository, made harmless in Markdown and HTML."""
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;"), ("@", "&#64;")):
        text = text.replace(character, entity)
    return text.replace("`", "&#96;").replace("[", "&#91;").replace("\n", " ")


def _runs_of_backticks(content: str) -> Iterator[str]:
    run = ""
    for character in content:
        if character == "`":
            run += character
        elif run:
            yield run
            run = ""
    if run:
        yield run
