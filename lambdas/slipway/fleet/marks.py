"""The values of a YAML text with the places where they stand, so that one of them can be written otherwise."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import yaml

from slipway.errors import InputError
from slipway.fleet import dialect
from slipway.fleet.manifests import Path

Node = yaml.Node

MAX_LEAVES = 20_000
"""Values of one document that are looked at."""


class Marks:
    """A text of YAML, and what stands where in it.

    Raises:
        InputError: it is no YAML.
    """

    def __init__(self, text: str) -> None:
        self.text = text.removeprefix("\ufeff")
        try:
            self.documents: list[Node] = list(yaml.compose_all(self.text, Loader=yaml.CBaseLoader))
        except (yaml.YAMLError, UnicodeError) as err:
            raise InputError(f"not valid YAML: {type(err).__name__}") from None

    def line(self, node: Node) -> int:
        """1-based line on which a value, or the key that is given for it, begins."""
        return self.text.count("\n", 0, node.start_mark.index) + 1

    def body(self, node: Node) -> int:
        """The line that the first line of a text's value stands on; 0 if its lines are not lines of this text."""
        return self.line(node) + 1 if isinstance(node, yaml.ScalarNode) and node.style == "|" else 0

    def with_text(self, node: Node, text: str) -> str:
        """The whole text with another one, in the flow style, in a value's place."""
        start, end = node.start_mark.index, node.end_mark.index
        written = self.text[start:end]
        if "\n" in written and not (isinstance(node, yaml.ScalarNode) and node.style in ("'", '"')):
            end = start + len(written.rstrip())  # what follows a block, up to the next value, is taken for part of it
        anchors = _PROPERTIES.match(written)
        return self.text[:start] + (anchors[0] if anchors else "") + text + self.text[end:]


_PROPERTIES = re.compile(r"(?:[&!]\S*[ \t]+)+")
"""The anchor and the tag of a value."""


def children(node: Node, step: str | int, *, any_case: bool = False) -> Iterator[tuple[Node, Node]]:
    """What a step leads to: keys or items, each with its value. An index leads to every item of a list.

    Args:
        node: where from.
        step: key or index.
        any_case: whether a key may be written with other cases, where it is not written as it is.
    """
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        yield from ((item, item) for item in node.value)
    elif isinstance(node, yaml.MappingNode):
        entries = [(key, value) for key, value in node.value if str(step) in _names(key)]
        if not entries and any_case:
            entries = [(key, value) for key, value in node.value if str(key.value).casefold() == str(step).casefold()]
        yield from entries
        for key, value in [] if entries else node.value:
            if key.value == "<<":
                for merged in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    yield from children(merged, step, any_case=any_case)


def find(node: Node, path: Path, *, any_case: bool = False) -> tuple[Node, ...] | None:
    """The way to a value: for each step the key or item, and the value at last; None if there is none."""
    way: list[Node] = [node]
    for step in path:
        found = list(children(node, step, any_case=any_case))
        at = step if isinstance(node, yaml.SequenceNode) and isinstance(step, int) else 0
        if at >= len(found):
            return None
        way[-1:] = found[at]
        node = way[-1]
    return tuple(way)


def find_all(node: Node, path: Path) -> Iterator[tuple[Node, ...]]:
    """As `find`, for every item of the lists on the way; the one that the path names itself comes first."""
    exact = find(node, path)
    if exact:
        yield exact
    ways: list[tuple[Node, ...]] = [(node,)]
    for step in path:
        ways = [(*way[:-1], *found) for way in ways for found in children(way[-1], step)]
    yield from (way for way in islice(ways, MAX_LEAVES) if not exact or way[-1] is not exact[-1])


def _names(key: Node) -> tuple[str, ...]:
    """A key as kustomize and as Kubernetes reads it, who differ about `n` and `1.0`."""
    try:
        return (key.value, dialect.key(value_of(key))) if isinstance(key, yaml.ScalarNode) else ()
    except InputError:
        return (key.value,)


def value_of(node: Node) -> Any:
    """What a scalar means; of an empty collection, that. Of others, nothing that any value equals."""
    if not isinstance(node, yaml.ScalarNode):
        empty: Any = {} if isinstance(node, yaml.MappingNode) else []
        return empty if not node.value else _NO_VALUE
    try:
        if node.tag != _TEXT:
            return dialect.tagged(node.tag, node.value)
        value = node.value if node.style else dialect.plain(node.value)
        return dialect.finite(value) if isinstance(value, float) else value
    except InputError:
        return _NO_VALUE


_TEXT = "tag:yaml.org,2002:str"
_NO_VALUE = object()


def means(node: Node, value: Any) -> bool:
    """True if a scalar, or an empty collection, may come out as a value, also where text is made of it."""
    own = value_of(node)
    if type(own) is type(value) and own == value:
        return True
    if not isinstance(node, yaml.ScalarNode) or isinstance(value, dict | list):
        return False
    if isinstance(value, str) and node.value.rstrip("\n") == value.rstrip("\n"):
        return True  # kustomize takes the line breaks off the end of a patch that is written in it
    return own is not _NO_VALUE and dialect.coerced(own) == dialect.coerced(value)


def other(node: Node) -> str:
    """A value of the same type that is another one, in the flow style."""
    value = value_of(node)
    if not isinstance(node, yaml.ScalarNode):
        return "{x: x}" if isinstance(node, yaml.MappingNode) else "[x]"
    if isinstance(value, bool):
        return "false" if value else "true"
    if isinstance(value, int | float):
        return str(int(value) + 1)
    return json.dumps(other_text(node.value), ensure_ascii=False)


def other_text(text: str) -> str:
    """Another text of the same length, or of one character."""
    return text[:-1] + ("y" if text.endswith("x") else "x")
