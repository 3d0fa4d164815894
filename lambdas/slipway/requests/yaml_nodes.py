"""What stands where in a text of YAML, to the character.

Built from the parser's events, as they tell an alias from what it repeats. Positions count characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from slipway.errors import InputError
from slipway.fleet import dialect


@dataclass(slots=True)
class Node:
    """A value."""

    start: int
    """Its first character, or that of its anchor or tag."""
    end: int
    """Behind its last character; of a block, behind that of its last value."""
    anchor: str | None
    """Its anchor; of an alias, the one that it repeats."""
    tag: str | None


@dataclass(slots=True)
class Alias(Node):
    """A value that is written elsewhere."""


@dataclass(slots=True)
class Scalar(Node):
    """Text, number, boolean or null; `start == end` if nothing is written."""

    text: str
    style: str
    """`""` (plain), `'`, `"`, `|` or `>`."""

    @property
    def is_block(self) -> bool:
        """True if its lines follow its head (`|`, `>-`)."""
        return self.style in ("|", ">")


@dataclass(slots=True)
class Sequence(Node):
    """A list."""

    is_flow: bool
    items: list[Node]


@dataclass(slots=True)
class Mapping(Node):
    """A mapping."""

    is_flow: bool
    entries: list[tuple[Node, Node]]


Collection = Sequence | Mapping


def documents(text: str) -> list[Node]:
    """The root of every document of a text that is known to be YAML within limits, empty ones included."""
    parser = yaml.CBaseLoader(text)
    roots = []
    while not isinstance(event := parser.get_event(), yaml.StreamEndEvent):
        if isinstance(event, yaml.DocumentStartEvent):
            roots.append(_node(parser, parser.get_event(), text))
    return roots


def size(node: Collection) -> int:
    """How many items or entries it has."""
    return len(node.items if isinstance(node, Sequence) else node.entries)


def child(node: Collection, index: int) -> Node:
    """The value of an item or entry."""
    return node.items[index] if isinstance(node, Sequence) else node.entries[index][1]


def key_of(node: Node) -> str | None:
    """The key that a node is, as Kubernetes reads it; None if it is a merge key or no scalar."""
    if not isinstance(node, Scalar) or (node.text == "<<" and not node.style):
        return None
    if node.style or node.tag == "!":
        return node.text
    return dialect.key(dialect.tagged(node.tag, node.text) if node.tag else dialect.plain(node.text))


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, keys included, in the order of the text."""
    yield node
    if isinstance(node, Sequence):
        for item in node.items:
            yield from walk(item)
    elif isinstance(node, Mapping):
        for key, value in node.entries:
            yield from walk(key)
            yield from walk(value)


def head_end(text: str, node: Scalar) -> int:
    """Behind the head of a block scalar: `|-`."""
    match = _HEAD.match(text, node.start)
    if match is None:  # an anchor or a tag comes first
        raise InputError("a text block with an anchor or a tag")
    return match.end()


_HEAD = re.compile(r"[|>][-+0-9]*")


def _node(parser: Any, event: Any, text: str) -> Node:
    start, end = event.start_mark.index, event.end_mark.index
    if isinstance(event, yaml.AliasEvent):
        return Alias(start, end, event.anchor, None)
    if isinstance(event, yaml.ScalarEvent):
        style = event.style or ""
        end = _block_scalar_end(text, start, end) if style in ("|", ">") else end
        return Scalar(start, end, event.anchor, event.tag, event.value, style)
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while type(inner := parser.get_event()) is not yaml.SequenceEndEvent:
            items.append(_node(parser, inner, text))
        end = _end(inner) if event.flow_style else items[-1].end
        return Sequence(start, end, event.anchor, event.tag, bool(event.flow_style), items)
    entries = []
    while type(inner := parser.get_event()) is not yaml.MappingEndEvent:
        key = _node(parser, inner, text)
        entries.append((key, _node(parser, parser.get_event(), text)))
    end = _end(inner) if event.flow_style else max(node.end for node in entries[-1])
    return Mapping(start, end, event.anchor, event.tag, bool(event.flow_style), entries)


def _end(event: Any) -> int:
    return int(event.end_mark.index)


def _block_scalar_end(text: str, start: int, end: int) -> int:
    """Behind the last line that is content: the parser counts the blank lines behind it in."""
    written = text[start:end]
    head, _, body = written.partition("\n")
    if "+" in head.partition("#")[0]:
        return end - 1 if written.endswith("\n") else end
    lines = body.split("\n")
    indentation = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" ")), default=len(body))
    while lines and len(lines[-1]) <= indentation:
        lines.pop()
    return start + len("\n".join([head, *lines]))
