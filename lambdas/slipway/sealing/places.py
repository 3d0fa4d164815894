"""Where the values of a YAML or JSON file stand in its text, and other values in their places.

Nothing else of the text changes: comments, order, quotes and line ends stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from slipway.errors import InputError
from slipway.fleet import dialect
from slipway.fleet.events import Events, Path, line_at

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Place:
    """A value in a text."""

    line: int
    """1-based."""
    start: int
    """Of its first character."""
    end: int
    """Behind its last character; of a mapping in block style, behind that of its last value."""
    style: str
    """Of text: none, a quote, `|` or `>`. Of a mapping: none, or `{`."""
    indent: int = 0
    """Of a mapping: the column of its first key."""
    is_shared: bool = False
    """True if it has an anchor or a tag, or is an alias: other text is not to stand there."""


Places = Mapping[Path, Place]
"""By where a value is in its document."""


def places(data: bytes, file: str, wanted: Callable[[Path], bool]) -> Iterator[Places]:
    """The places of wanted mappings and scalars, document by document.

    Args:
        data: what `slipway.fleet.manifests.load_documents` has read, which refuses what is not sound.
        file: its path, for errors.
        wanted: whether a path is.
    """
    events = Events(data, file)
    for event in events.roots():
        yield dict(_walked(events, event, wanted))


def text_of(data: bytes) -> str:
    """The text that places are in."""
    return data.removeprefix(BOM).decode()


def bytes_of(text: str, before: bytes) -> bytes:
    """The file of a text; it begins as it did before."""
    return (BOM if before.startswith(BOM) else b"") + text.encode()


def replaced(text: str, changes: Iterable[tuple[Place, str]]) -> str:
    """The text with other scalars in some places: base64, which is the same in every style."""
    for place, value in sorted(changes, key=lambda change: -change[0].start):
        text = text[: place.start] + _styled(text[place.start : place.end], place, value) + text[place.end :]
    return text


def extended(text: str, place: Place, entries: Mapping[str, str]) -> str:
    """The text with further entries at the end of a mapping that has some, or is `{}`."""
    if not entries:
        return text
    if place.style == "{":
        body = text[place.start + 1 : place.end - 1]
        end = place.start + 1 + len(body.rstrip())
        first = body[: len(body) - len(body.lstrip())]
        separator = f",{first}" if "\n" in first else ", "
        added = separator.join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in entries.items())
        lead = "" if not body.strip() else separator.removeprefix(",") if body.rstrip().endswith(",") else separator
        return text[:end] + lead + added + text[end:]
    line_end = "\r\n" if "\r\n" in text else "\n"
    last = len(text[: place.end].rstrip())
    found = re.compile(r"[\r\n]|$").search(text, last)
    end = found.start() if found else len(text)
    margin = line_end + " " * place.indent
    added = "".join(f"{margin}{_key(key)}: {_value(value)}" for key, value in entries.items())
    return text[:end] + added + text[end:]


@dataclass
class _Frame:
    """A collection that is being read."""

    path: Path
    start: Any
    step: str | int | None
    """The key or index of the value that comes next; None if a key comes next."""
    indent: int = 0
    end: int = 0


def _walked(events: Events, event: Any, wanted: Callable[[Path], bool]) -> Iterator[tuple[Path, Place]]:
    stack: list[_Frame] = []
    while True:
        kind = type(event)
        if kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
            frame = stack.pop()
            is_flow = bool(frame.start.flow_style)
            end = event.end_mark.index if is_flow else frame.end
            if kind is yaml.MappingEndEvent and wanted(frame.path):
                place = _place(frame.start, "{" if is_flow else "")
                yield frame.path, replace(place, end=end, indent=frame.indent)
            _attached(stack, end)
        elif stack and stack[-1].step is None:
            if not stack[-1].indent:
                stack[-1].indent = event.start_mark.column
            stack[-1].step = _name(event)
        else:
            path = _next_path(stack)
            if kind in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
                stack.append(_Frame(path, event, None if kind is yaml.MappingStartEvent else 0))
            else:
                if wanted(path):
                    yield path, _place(event, getattr(event, "style", None) or "")
                _attached(stack, event.end_mark.index)
        if not stack:
            return
        event = events.next()


def _next_path(stack: list[_Frame]) -> Path:
    if not stack:
        return ()
    frame = stack[-1]
    return (*frame.path, frame.step) if frame.step is not None else frame.path


def _attached(stack: list[_Frame], end: int) -> None:
    """A value of the innermost collection has ended."""
    if stack:
        frame = stack[-1]
        frame.end = end
        frame.step = frame.step + 1 if isinstance(frame.step, int) else None


def _name(event: Any) -> str:
    """A key, as `slipway.fleet.composer` reads it."""
    if not isinstance(event, yaml.ScalarEvent):
        return "*"
    plain = event.tag is None and not event.style and event.implicit[0]
    try:
        return dialect.key(dialect.plain(event.value)) if plain else event.value
    except InputError:
        return str(event.value)


def _place(event: Any, style: str) -> Place:
    shared = isinstance(event, yaml.AliasEvent) or event.anchor is not None or event.tag is not None
    return Place(line_at(event), event.start_mark.index, event.end_mark.index, style, is_shared=shared)


_BLOCK = re.compile(r"([|>][^\r\n]*(?:\r\n|\r|\n)(?:[ \t]*(?:\r\n|\r|\n))*[ ]*).*?(\s*)", re.DOTALL)
"""A text in block style: what comes before its first character, and what after its last one."""


def _styled(old: str, place: Place, value: str) -> str:
    if place.style in ("'", '"'):
        return f"{place.style}{value}{place.style}"
    block = _BLOCK.fullmatch(old) if place.style else None
    return f"{block[1]}{value}{block[2]}" if block else value


def _key(key: str) -> str:
    return key if key[0].isalnum() and isinstance(dialect.plain(key), str) else json.dumps(key)


def _value(value: str) -> str:
    return value if re.fullmatch(r"[A-Za-z0-9+/=]{100,}", value) else json.dumps(value)
