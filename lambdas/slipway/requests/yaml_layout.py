"""Which lines belong to an entry of a block: its own, the comments above it, and those below that are deeper than it.

Comments above belong to an entry if they touch it and stand in its column. Those at the top of a document belong to the
document, and a commented-out item (`# - name`) belongs to nobody.
"""

from __future__ import annotations

import re

from slipway.requests.yaml_nodes import Collection, Mapping, Node, Scalar, Sequence, child, size


def line_start(text: str, at: int) -> int:
    """Where the line begins that a position is on."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Where the line ends that a position is on: its line break, or the end of the text."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def column_of(text: str, at: int) -> int:
    """How many characters stand before a position on its line."""
    return at - line_start(text, at)


def is_first(text: str, at: int) -> bool:
    """True if nothing but spaces stands before a position on its line."""
    return not text[line_start(text, at) : at].strip(" ")


def rest_is_empty(text: str, at: int) -> bool:
    """True if nothing but a comment follows a position on its line."""
    rest = text[at : line_end(text, at)].strip()
    return not rest or rest.startswith("#")


def start_of(text: str, node: Collection, index: int) -> int:
    """Where an entry begins: its key, or its dash."""
    if isinstance(node, Mapping):
        return node.entries[index][0].start
    if node.is_flow:
        return node.items[index].start
    return _dash(text, node, index)


def end_of(node: Collection, index: int) -> int:
    """Behind the last character of an entry."""
    if isinstance(node, Mapping):
        return max(part.end for part in node.entries[index])
    return node.items[index].end


def lead(text: str, node: Collection, index: int) -> int:
    """Behind the colon or the dash of an entry of a block."""
    if isinstance(node, Sequence):
        return _dash(text, node, index) + 1
    return text.index(":", node.entries[index][0].end) + 1


def column(text: str, node: Collection) -> int:
    """The column of a block's entries."""
    return column_of(text, start_of(text, node, 0))


def block_end(text: str, node: Collection, index: int) -> int:
    """The end of the last line that belongs to an entry."""
    end = cursor = line_end(text, end_of(node, index))
    while cursor < len(text):
        start, cursor = cursor + 1, line_end(text, cursor + 1)
        line = text[start:cursor].strip()
        if line and not (line.startswith("#") and _indentation(text, start) > column(text, node)):
            break
        end = cursor if line else end
    return end


def block_start(text: str, node: Collection, index: int) -> int:
    """Where the first line begins that belongs to an entry; the entry itself if something is before it on its line."""
    start = start_of(text, node, index)
    if not is_first(text, start):
        return start
    top = cursor = line_start(text, start)
    floor = line_end(text, end_of(node, index - 1)) + 1 if index else 0
    while cursor > floor:
        above = line_start(text, cursor - 1)
        line = text[above : cursor - 1].strip()
        is_own = line.startswith("#") and _indentation(text, above) == start - top
        if not is_own or (isinstance(node, Sequence) and _COMMENTED_OUT.match(line)):
            break
        cursor = above
    is_header = index == 0 and (cursor == 0 or _is_marker(text, line_start(text, cursor - 1)))
    return top if is_header else cursor


def blank_above(text: str, at: int) -> int:
    """Where the blank lines begin that stand directly above a line's start."""
    while at and not text[line_start(text, at - 1) : at - 1].strip():
        at = line_start(text, at - 1)
    return at


def is_blank_below(text: str, end: int) -> bool:
    """True if a blank line stands below a line's end."""
    return end + 1 < len(text) and not text[end + 1 : line_end(text, end + 1)].strip()


def is_last(text: str, end: int) -> bool:
    """True if a line's end is that of its document."""
    return end + 1 >= len(text) or _is_marker(text, end + 1)


def is_spaced(text: str, node: Collection) -> bool:
    """True if blank lines stand between all entries."""
    return size(node) > 1 and all(
        blank_above(text, start) < start and blank_above(text, start) > block_end(text, node, index - 1)
        for index in range(1, size(node))
        for start in (block_start(text, node, index),)
    )


def ends_in_text_block(node: Node) -> bool:
    """True if the last value of a value is a block scalar, of which a line break at its end is a part."""
    while isinstance(node, Mapping | Sequence) and not node.is_flow:
        node = child(node, size(node) - 1)
    return isinstance(node, Scalar) and node.is_block


_COMMENTED_OUT = re.compile(r"#+\s*-(?:\s|$)")


def _is_marker(text: str, at: int) -> bool:
    return text.startswith(("---", "...", "%"), at)


def _indentation(text: str, start: int) -> int:
    return len(text[start : line_end(text, start)]) - len(text[start : line_end(text, start)].lstrip(" "))


def _dash(text: str, node: Sequence, index: int) -> int:
    """The dash of an item of a block; the item may begin on a later line."""
    at = column_of(text, node.start)
    start = line_start(text, node.items[index].start)
    floor = line_start(text, node.start)
    while start > floor and text[start + at : start + at + 1] != "-":
        start = line_start(text, start - 1)
    return start + at
