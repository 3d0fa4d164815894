"""What is to change in a text so that a value is replaced, comes in, or goes: positions, and what stands there then."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace as with_fields
from typing import Any

from slipway.requests import yaml_layout as layout
from slipway.requests import yaml_write as write
from slipway.requests.yaml_nodes import Collection, Mapping, Node, Scalar, Sequence, child, head_end, size
from slipway.requests.yaml_source import Source
from slipway.requests.yaml_write import Style

Splice = tuple[int, int, str]
"""From, to (exclusive), and the text that goes there."""


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """A text with other text in some places that do not overlap."""
    for start, end, new in sorted(splices, key=lambda splice: splice[:2], reverse=True):
        text = text[:start] + new + text[end:]
    return text


def replaced(source: Source, nodes: list[Node], at: list[int], value: Any, style: Style) -> list[Splice]:
    """Another value in the place of the last node of a way that leads there by positions."""
    text, old = source.text, nodes[-1]
    if not at:
        column = layout.column_of(text, old.start)
        return [(old.start, old.end, "\n".join(write.block(value, column, style)).lstrip(" "))]
    parent, index = nodes[-2], at[-1]
    assert isinstance(parent, Mapping | Sequence)  # noqa: S101 (for the type checker: a position is one of a collection)
    hint = old.style if isinstance(old, Scalar) else ""
    if parent.is_flow:
        return [_in_flow(text, parent, index, old, write.flow(value, style, hint=hint or _key_quote(parent)))]
    head, lines = _written(text, parent, index, old, value, style, hint)
    lead, body = layout.lead(text, parent, index), "".join(f"\n{line}" for line in lines)
    if isinstance(old, Mapping | Sequence) and not old.is_flow:
        start = layout.start_of(text, old, 0)
        end = layout.block_end(text, old, size(old) - 1)
        if start < layout.line_end(text, lead):
            return [(start, end, head.lstrip(" ") + body)]
        return [(lead, lead, head), (layout.line_end(text, lead), end, body)]
    behind = head_end(text, old) if isinstance(old, Scalar) and old.is_block else old.end
    line = layout.line_end(text, behind)
    first = (lead, lead, head) if old.start == old.end else (old.start, behind, head.lstrip(" "))
    if not head:
        first = (lead, behind, "")
    return [first, (line, max(line, old.end), body)]


def inserted(source: Source, nodes: list[Node], at: list[int], index: int, new: Any, style: Style) -> list[Splice]:
    """A new item of a list, or a new key (a mapping with one key), before the entry of an index of the last node."""
    text, node = source.text, nodes[-1]
    assert isinstance(node, Mapping | Sequence)  # noqa: S101 (for the type checker: the caller looked)
    if node.is_flow and not size(node):
        if _is_to_be_block(text, nodes, at):
            return replaced(source, nodes, at, new if isinstance(node, Mapping) else [new], style)
        inner = text[node.start + 1 : node.end - 1]
        written = _flow_entry(node, new, style)
        if inner.strip(" "):
            return [(node.start + 1, node.start + 1, written)]
        return [(node.start + 1, node.end - 1, f" {written} " if inner else written)]
    if node.is_flow:
        return _inserted_in_flow(text, node, index, _flow_entry(node, new, style))
    column = layout.column(text, node)
    if isinstance(node, Mapping):
        ((key, value),) = new.items()
        lines = write.entry(key, value, column, style, hint=_key_quote(node))
    else:
        style = with_fields(style, width=write.width_of(text, node, max(index - 1, 0)))
        lines = write.item(new, column, style, hint=write.dominant_quote(node.items))
    written = "\n".join(lines)
    gap = "\n" if layout.is_spaced(text, node) else ""
    if index:
        end = layout.block_end(text, node, index - 1)
        if end == len(text) and layout.ends_in_text_block(child(node, index - 1)):
            problem = "the text block at the end of the file has no line break at its end; add one"
            raise source.error(problem, len(text))
        return [(end, end, f"\n{gap}{written}")]
    start = layout.block_start(text, node, 0)
    if layout.is_first(text, layout.start_of(text, node, 0)):
        return [(start, start, f"{written}\n{gap}")]
    return [(start, start, f"{written.lstrip(' ')}\n{gap}{' ' * column}")]


def removed(source: Source, nodes: list[Node], at: list[int], index: int) -> list[Splice]:
    """Without one entry of the last node, which is left empty if it was the only one."""
    text, node = source.text, nodes[-1]
    assert isinstance(node, Mapping | Sequence)  # noqa: S101 (for the type checker: a position is one of a collection)
    if node.is_flow:
        return _removed_from_flow(text, node, index)
    if size(node) == 1:
        return _emptied(text, nodes, at)
    start, end = layout.block_start(text, node, index), layout.block_end(text, node, index)
    if not layout.is_first(text, layout.start_of(text, node, index)):
        return [(start, end + 1 + re.match(r"[ \n]*", text[end + 1 :]).end(), "")]  # type: ignore[union-attr]
    above, is_spaced = layout.blank_above(text, start), layout.is_spaced(text, node)
    is_blank_below = layout.is_blank_below(text, end)
    if index and above < start:
        is_end = layout.is_last(text, end) or (is_spaced and index == size(node) - 1)
        start = above if is_blank_below or is_end else start
    elif is_spaced and is_blank_below:
        end = layout.line_end(text, end + 1)
    if end == len(text) and index and layout.ends_in_text_block(child(node, index - 1)):
        return [(start, end, "")]  # its line break is a part of the text
    return [_lines(text, start, end)]


def _emptied(text: str, nodes: list[Node], at: list[int]) -> list[Splice]:
    node = nodes[-1]
    assert isinstance(node, Mapping | Sequence)  # noqa: S101 (for the type checker: the caller looked)
    empty = "{}" if isinstance(node, Mapping) else "[]"
    first, end = layout.start_of(text, node, 0), layout.block_end(text, node, 0)
    parent = nodes[-2] if at else None
    if isinstance(parent, Mapping) and layout.is_first(text, first):
        lead = layout.lead(text, parent, at[-1])
        return [(lead, lead, f" {empty}"), _lines(text, layout.block_start(text, node, 0), end)]
    return [(first, end, empty)]


def _lines(text: str, start: int, end: int) -> Splice:
    """Whole lines go; a file that ended without a line break still does."""
    return (start, end + 1, "") if end < len(text) or not start else (start - 1, end, "")


def _written(
    text: str, parent: Collection, index: int, old: Node, value: Any, style: Style, hint: str
) -> tuple[str, list[str]]:
    column = layout.column(text, parent)
    if isinstance(old, Scalar) and old.is_block and isinstance(value, str) and _fits(value, style):
        return _rewritten(text, old, value, column + style.step)
    if isinstance(parent, Sequence) and isinstance(value, dict | list) and value:
        first, *lines = write.item(value, column, with_fields(style, width=write.width_of(text, parent, index)))
        return first[column + 1 :], lines
    return write.tail(value, column, style, hint=hint)


def _fits(value: str, style: Style) -> bool:
    """True if a text can stay in a block."""
    if not write.is_inline(value, style):
        return True
    return "\n" not in value and bool(value) and not write.is_inline(f"{value}\n", Style())


def _rewritten(text: str, old: Scalar, value: str, column: int) -> tuple[str, list[str]]:
    """A text block with other lines; what is the same before and after them stays as it is written."""
    raw = text[layout.line_end(text, old.start) + 1 : old.end].split("\n")
    indentations = [len(line) - len(line.lstrip(" ")) for line in raw if line.strip(" ")]
    indentation = " " * min(indentations, default=column)
    lines = write.lines_of(value)
    if old.style == ">":
        return f" {write.head_of(value, '>' if len(lines) == 1 else '|')}", [
            line and indentation + line for line in lines
        ]
    before = write.lines_of(old.text)
    same = len(raw) == len(before)
    head = _common(before, lines) if same else 0
    foot = min(_common(before[::-1], lines[::-1]), len(lines) - head, len(before) - head) if same else 0
    middle = [line and indentation + line for line in lines[head : len(lines) - foot]]
    return f" {write.head_of(value)}", [*raw[:head], *middle, *raw[len(raw) - foot :]]


def _common(left: list[str], right: list[str]) -> int:
    pairs = zip(left, right, strict=False)
    return next((index for index, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def _is_to_be_block(text: str, nodes: list[Node], at: list[int]) -> bool:
    """True if an empty collection is written as `[]` or `{}` where a block can stand as well."""
    node, parent = nodes[-1], nodes[-2] if at else None
    if node.end - node.start != len("[]"):
        return False
    if not isinstance(parent, Mapping) and node.end < layout.line_end(text, node.end):
        return False  # a comment here would be one of the first item
    if not isinstance(parent, Mapping | Sequence):
        return layout.is_first(text, node.start)
    if parent.is_flow or layout.block_end(text, parent, at[-1]) > layout.line_end(text, node.end):
        return False  # comments below would be the first item's
    return text[layout.lead(text, parent, at[-1]) : node.start] == " "


def _key_quote(node: Collection) -> str:
    return write.dominant_quote(key for key, _ in node.entries) if isinstance(node, Mapping) else ""


def _flow_entry(node: Collection, new: Any, style: Style) -> str:
    if isinstance(node, Sequence):
        return write.flow(new, style, hint=write.dominant_quote(node.items))
    ((key, value),) = new.items()
    hint = _key_quote(node)
    return write.pair(key, write.flow(value, style, hint=hint), style, hint)


def _in_flow(text: str, parent: Collection, index: int, old: Node, written: str) -> Splice:
    if old.start < old.end or isinstance(parent, Sequence):
        return old.start, old.end, written
    end = parent.entries[index][0].end
    colon = re.compile(r"\s*:").match(text, end)
    return (colon.end(), colon.end(), f" {written}") if colon else (end, end, f": {written}")


def _inserted_in_flow(text: str, node: Collection, index: int, written: str) -> list[Splice]:
    count = size(node)
    if index < count:
        start = layout.start_of(text, node, index)
        own_line = layout.is_first(text, start)
        return [
            (start, start, written + (",\n" + " " * layout.column_of(text, start) if own_line else _gap(text, node)))
        ]
    start, end = layout.start_of(text, node, count - 1), layout.end_of(node, count - 1)
    comma = _comma(text, end)
    if not layout.is_first(text, start) or not layout.rest_is_empty(text, comma or end):
        return [(end, end, _gap(text, node) + written)]
    line = layout.line_end(text, comma or end)
    indentation = text[layout.line_start(text, start) : start]
    new = (line, line, f"\n{indentation}{written}" + ("," if comma else ""))
    return [new] if comma else [(end, end, ","), new] if end < line else [(end, end, "," + new[2])]


def _removed_from_flow(text: str, node: Collection, index: int) -> list[Splice]:
    if size(node) == 1:
        inner = text[node.start + 1 : node.end - 1]
        return [(node.start + 1, node.end - 1, " " if inner[:1] == " " == inner[-1:] and "\n" not in inner else "")]
    start, end = layout.start_of(text, node, index), layout.end_of(node, index)
    comma = _comma(text, end)
    is_last = index == size(node) - 1
    if layout.is_first(text, start) and layout.rest_is_empty(text, comma or end):
        gone = (layout.line_start(text, start) - 1, layout.line_end(text, comma or end), "")
        before = _comma(text, layout.end_of(node, index - 1)) if is_last and not comma else 0
        if before > gone[0]:  # the comma stands on the line that goes
            return [gone]
        return [(before - 1, before, ""), gone] if before else [gone]
    if not is_last:
        return [(start, layout.start_of(text, node, index + 1), "")]
    return [(layout.end_of(node, index - 1), end, "")]


def _comma(text: str, end: int) -> int:
    """Behind the comma that follows an entry between brackets; 0 if none does."""
    match = re.compile(r"(?:\s|(?<=\s)#[^\n]*)*,").match(text, end)
    return match.end() if match else 0


def _gap(text: str, node: Collection) -> str:
    if size(node) > 1 and text[layout.end_of(node, 0) : layout.start_of(text, node, 1)] == ",":
        return ","
    return ", "
