"""A diff of two renderings as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from slipway import SCHEMA
from slipway.fleet.diff import FleetDiff, ObjectChange
from slipway.fleet.fields import MISSING, FieldChange
from slipway.report.change_tree import ChangeTree, change_trees
from slipway.report.change_words import (
    MARKS,
    cascade,
    caused,
    closing,
    count_changes,
    moved_names,
    moving,
    note,
    with_cluster,
)
from slipway.report.document import place
from slipway.report.field_lines import change_lines
from slipway.report.markdown import code, fenced, html_code, prose
from slipway.report.unknowns import not_compared_by_kind
from slipway.report.words import MAX_LISTED, count, inert, listed, plain, wrapped, wrapped_names

__all__ = ["MARKS", "diff_document", "diff_markdown", "diff_text", "folded"]


def diff_text(diff: FleetDiff) -> str:
    """Every change with what differs, by the clusters that it concerns."""
    return "\n".join(map(inert, _text_lines(diff))) + "\n"


def diff_markdown(diff: FleetDiff) -> str:
    """The same for a GitHub page: one folded block for each object."""
    return "\n".join(_markdown_lines(diff)) + "\n"


def diff_document(diff: FleetDiff) -> dict[str, Any]:
    """The same, ready for JSON."""
    return {
        "schema": SCHEMA,
        "groups": [
            {"clusters": list(group.clusters), "changes": [_change_document(change) for change in group.changes]}
            for group in diff.groups
        ],
        "notCompared": list(diff.not_compared),
    }


def folded(heading: str, content: Sequence[str]) -> Iterator[str]:
    """A block that opens on a click.

    Args:
        heading: HTML on one line.
        content: lines of Markdown.
    """
    yield from (f"<details><summary>{heading}</summary>", "", *content, "", "</details>", "")


def _change_document(change: ObjectChange) -> dict[str, Any]:
    move = change.moved
    return {
        "change": change.kind,
        "object": str(change.key),
        "file": place(change.where),
        "line": change.where.line,
        "diff": "\n".join(change.lines),
        "fields": list(map(_field_document, change.fields)),
        "moved": move and {"from": str(move.old), "to": str(move.new), "outcome": move.outcome, "why": move.why},
        "why": change.why,
        "renamed": str(change.renamed) if change.renamed else "",
        "with": str(change.cause) if change.cause else "",
    }


def _field_document(change: FieldChange) -> dict[str, Any]:
    values = {"old": change.old, "new": change.new}
    given = {name: value for name, value in values.items() if value is not MISSING}
    return {"path": change.path, **given, **({"reordered": True} if change.reordered else {})}


def _text_lines(diff: FleetDiff) -> Iterator[str]:
    for tree in change_trees(diff):
        group = tree.group
        if len(group.clusters) > MAX_LISTED:
            yield f"On {len(group.clusters):,} clusters: {count_changes(group)}"
            yield from wrapped(plain(", ".join(group.clusters)), "  ")
        else:
            yield f"On {plain(listed(group.clusters))}: {count_changes(group)}"
        if tree.with_cluster:
            yield f"  {MARKS['removed']} {with_cluster(tree.with_cluster)}"
            yield from wrapped_names([plain(str(key)) for key in tree.with_cluster], "      ")
        for change in tree.tops:
            yield f"  {MARKS[change.kind]} {plain(str(change.key))} ({plain(str(change.where))})"
            lines = [note(tree, change), *_content(tree, change)]
            yield from (f"      {plain(line)}".rstrip() for line in lines if line)
        for move, keys in tree.moves.items():
            yield f"  {MARKS['moved']} {plain(moving(move, keys))}"
            yield from wrapped_names(list(map(plain, moved_names(move, keys))), "      ")
        for cause, changes in tree.caused_elsewhere.items():
            yield f"  with {plain(str(cause))}:"
            yield from (f"      {plain(line)}" for line in caused(tree, changes))
        yield ""
    if diff.not_compared:
        yield "Not compared, because one side could not be rendered:"
        for head, names in not_compared_by_kind(diff.not_compared).items():
            yield from wrapped(plain(f"{head}: {', '.join(names)}" if head else ", ".join(names)), "  ")
        yield ""
    yield closing(diff)


def _markdown_lines(diff: FleetDiff) -> Iterator[str]:
    for tree in change_trees(diff):
        group = tree.group
        yield from (f"### On {listed([code(name) for name in group.clusters])}: {count_changes(group)}", "")
        if len(group.clusters) > MAX_LISTED:
            yield from folded(f"All {len(group.clusters):,} clusters", [", ".join(map(code, group.clusters))])
        if tree.with_cluster:
            names = ", ".join(code(str(key)) for key in tree.with_cluster)
            yield from folded(f"removed {with_cluster(tree.with_cluster)}", [names])
        for change in tree.tops:
            yield from _markdown_change(tree, change)
        for move, keys in tree.moves.items():
            yield from folded(prose(moving(move, keys)), [", ".join(map(code, moved_names(move, keys)))])
        for cause, changes in tree.caused_elsewhere.items():
            lines = list(caused(tree, changes))
            yield from folded(f"{count(len(lines), 'object')} with {html_code(str(cause))}", _fenced(lines))
    if diff.not_compared:
        yield from ("### Not compared, because one side could not be rendered", "")
        for head, left in not_compared_by_kind(diff.not_compared).items():
            yield f"- {f'{code(head)}: ' if head else ''}{', '.join(map(code, left))}"
        yield ""
    yield f"{closing(diff)}."


def _markdown_change(tree: ChangeTree, change: ObjectChange) -> Iterator[str]:
    about = prose(note(tree, change))
    heading = f"{change.kind} {html_code(str(change.key))} ({html_code(str(change.where))})"
    heading = f"{heading}: {about}" if about else heading
    content = _content(tree, change, colours=True)
    yield from folded(heading, _fenced(content)) if content else (f"- {heading}", "")


def _content(tree: ChangeTree, change: ObjectChange, *, colours: bool = False) -> list[str]:
    """What is below a change: all that goes or stays with it, else what differs where that says more."""
    if lines := cascade(tree, change):
        return lines
    told = change.kind == "orphaned" or change.renamed is not None
    return [] if told else change_lines(change, colours=colours)


def _fenced(lines: Sequence[str]) -> list[str]:
    return fenced("\n".join(map(plain, lines)), "diff")
