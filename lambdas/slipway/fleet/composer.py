"""Values out of events: one pass that neither recurses nor expands an alias.

So every limit holds before memory or time is spent on what is beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from slipway.errors import InputError, LimitError
from slipway.fleet import dialect
from slipway.fleet.events import Events, Path, line_at, line_of

MAX_NODES = 1_000_000
"""Values in one YAML file once aliases are expanded: an alias bomb has billions."""
MAX_TEXT = 64 * 1024 * 1024
"""Characters in one YAML file once aliases are expanded."""
MAX_DEPTH = 200
"""Nesting of mappings and lists, aliases included; what reads them later recurses."""


@dataclass(slots=True)
class _Weight:
    """How much a value is with its aliases expanded."""

    nodes: int
    text: int
    depth: int
    """How deep it nests mappings and lists, itself included."""


@dataclass(slots=True)
class _Anchor:
    """A value that aliases may repeat."""

    value: Any = None
    weight: _Weight | None = None
    """None while the value is being read."""


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is being read."""

    value: dict[str, Any] | list[Any]
    anchor: _Anchor | None
    start: _Weight
    """What the file weighed when it began, and its own depth so far."""
    key: Any
    """Of a mapping, the key whose value comes next; `_NO_KEY` if a key comes next."""
    merges: list[Any] = field(default_factory=list)
    """Of a mapping, what its merge keys name."""


_NO_KEY: Final = object()
_MERGE: Final = object()


class Composer:
    """Puts the values of a file's documents together.

    Raises:
        InputError: it is not YAML, or has duplicate keys; names the line.
        LimitError: it is beyond a limit.
    """

    def __init__(self, data: bytes, file: str) -> None:
        self.events = Events(data, file)
        self._data = data
        self._file = file
        self._nodes = 0
        self._text = 0
        self._anchors: dict[str, _Anchor] = {}
        self._stack: list[_Frame] = []
        self._index = 0

    def compose(self, event: Any, index: int) -> Any:
        """The value of document `index`, which an event starts."""
        self._anchors = {}
        self._index = index
        while True:
            kind = type(event)
            if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._open({} if kind is yaml.MappingStartEvent else [], event)
            else:
                if kind is yaml.ScalarEvent:
                    value = self._scalar(event)
                elif kind is yaml.AliasEvent:
                    value = self._alias(event)
                else:
                    value = self._close(event)
                if not self._stack:
                    return value
                self._attach(value, event)
            event = self.events.next()

    def _open(self, value: dict[str, Any] | list[Any], event: Any) -> None:
        if self._awaits_key():
            raise self._error("a key is a mapping or a list", event)
        start = _Weight(self._nodes, self._text, 1)
        self._weigh(1, 0, event)
        self._nest(1, event)
        self._stack.append(_Frame(value, self._anchor(event), start, _NO_KEY))

    def _close(self, event: Any) -> Any:
        frame = self._stack.pop()
        for merged in frame.merges:
            frame.value = {**self._merged(merged, event), **dict(frame.value)}
        depth = frame.start.depth
        if frame.anchor is not None:
            frame.anchor.value = frame.value
            frame.anchor.weight = _Weight(self._nodes - frame.start.nodes, self._text - frame.start.text, depth)
        if self._stack:
            self._stack[-1].start.depth = max(self._stack[-1].start.depth, depth + 1)
        return frame.value

    def _attach(self, value: Any, event: Any) -> None:
        frame = self._stack[-1]
        if type(frame.value) is list:
            frame.value.append(value)
        elif frame.key is _NO_KEY:
            frame.key = value if value is _MERGE else self._key(value, event)
        else:
            if frame.key is _MERGE:
                frame.merges.append(value)
            else:
                frame.value[frame.key] = value
            frame.key = _NO_KEY

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        self._weigh(1, len(text), event)
        try:
            value = self._read(event, text)
        except InputError as err:
            raise self._error(err.message, event) from None
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchor(value, _Weight(1, len(text), 0))
        return value

    def _read(self, event: Any, text: str) -> Any:
        if event.tag is not None:
            value = dialect.tagged(event.tag, text)
        elif event.style or not event.implicit[0]:
            return text
        elif text == "<<" and self._awaits_key():
            return _MERGE
        else:
            value = dialect.plain(text)
        return value if type(value) is not float or self._awaits_key() else dialect.finite(value)

    def _alias(self, event: Any) -> Any:
        anchor = self._anchors.get(event.anchor)
        if anchor is None:
            raise self._error(f"no anchor {event.anchor!r} before this alias", event)
        if anchor.weight is None:
            raise self._error("an anchor that contains its own alias", event)
        self._weigh(anchor.weight.nodes, anchor.weight.text, event)
        self._nest(anchor.weight.depth, event)
        if self._stack:
            self._stack[-1].start.depth = max(self._stack[-1].start.depth, anchor.weight.depth + 1)
        return anchor.value

    def _anchor(self, event: Any) -> _Anchor | None:
        if event.anchor is None:
            return None
        anchor = self._anchors[event.anchor] = _Anchor()
        return anchor

    def _awaits_key(self) -> bool:
        if not self._stack:
            return False
        frame = self._stack[-1]
        return frame.key is _NO_KEY and type(frame.value) is dict

    def _key(self, value: Any, event: Any) -> str:
        if isinstance(value, dict | list):
            raise self._error("a key is a mapping or a list", event)
        try:
            name = dialect.key(value)
        except InputError as err:
            raise self._error(err.message, event) from None
        if name in self._stack[-1].value:
            first = line_of(self._data, self._index, (*self._path(), name))
            raise self._error(f"duplicate key {name!r}, first given on line {first}", event)
        return name

    def _merged(self, value: Any, event: Any) -> dict[str, Any]:
        """What a merge key names: a mapping, or mappings of which the first ones win."""
        merged: dict[str, Any] = {}
        for mapping in reversed(value) if isinstance(value, list) else [value]:
            if not isinstance(mapping, dict):
                raise self._error("a merge key (<<) names something that is no mapping", event)
            merged.update(mapping)
        return merged

    def _weigh(self, nodes: int, text: int, event: Any) -> None:
        self._nodes += nodes
        self._text += text
        if self._nodes > MAX_NODES:
            raise self._limit(f"over {MAX_NODES:,} values once its aliases are expanded (MAX_NODES)", event)
        if self._text > MAX_TEXT:
            raise self._limit(f"over {MAX_TEXT:,} characters once its aliases are expanded (MAX_TEXT)", event)

    def _nest(self, depth: int, event: Any) -> None:
        if len(self._stack) + depth > MAX_DEPTH:
            raise self._limit(f"nested deeper than {MAX_DEPTH} levels (MAX_DEPTH)", event)

    def _path(self) -> Path:
        """Where the innermost collection stands."""
        return tuple(
            len(frame.value) if isinstance(frame.value, list) else str(frame.key) for frame in self._stack[:-1]
        )

    def _error(self, problem: str, event: Any) -> InputError:
        return InputError(problem, file=self._file, line=line_at(event))

    def _limit(self, problem: str, event: Any) -> LimitError:
        return LimitError(problem, file=self._file, line=line_at(event))
