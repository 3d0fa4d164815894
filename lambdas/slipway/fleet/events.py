"""The events of a YAML file: what the parser meets, in order, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from slipway.errors import InputError, LimitError

MAX_FILE_BYTES = 8 * 1024 * 1024
"""Size of one YAML file. The largest known in the wild, bundles of CRDs, have 2 to 5 MiB."""
MAX_DOCUMENTS = 5_000
"""Documents in one file."""
MAX_DIRECTIVES = 100
"""Lines that start with `%TAG`: the parser compares each with all others."""

Path = tuple[str | int, ...]
"""Where a value stands in a document: keys and indices from the root."""


class Events:
    """Reads a file event by event; the parser's errors become ours.

    Raises:
        InputError: it is not UTF-8 or not YAML; names the line.
        LimitError: it is beyond one of this module's limits.
    """

    def __init__(self, data: bytes, file: str) -> None:
        self._data = data
        self._file = file
        self._parser = yaml.CBaseLoader(_checked(data, file))

    def next(self) -> Any:
        """The next event."""
        try:
            return self._parser.get_event()
        except yaml.MarkedYAMLError as err:
            mark = err.problem_mark or err.context_mark
            problem = err.problem or err.context or "malformed"
            line = mark.line + 1 if mark else 0
            raise InputError(f"not valid YAML: {problem}", file=self._file, line=line) from None
        except yaml.YAMLError as err:
            position = getattr(err, "position", None)
            line = self._data.count(b"\n", 0, position) + 1 if isinstance(position, int) else 0
            reason = str(getattr(err, "reason", None) or err).splitlines()[0]
            raise InputError(f"not valid YAML: {reason}", file=self._file, line=line) from None

    def roots(self) -> Iterator[Any]:
        """For each document the event that starts its value; the rest of the value is to be read in between."""
        count = 0
        while not isinstance(event := self.next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                count += 1
                if count > MAX_DOCUMENTS:
                    limit = f"more than {MAX_DOCUMENTS:,} documents (MAX_DOCUMENTS)"
                    raise LimitError(limit, file=self._file, line=line_at(event))
                yield self.next()

    def root(self, index: int) -> Any:
        """The event that starts the value of document `index`, None if there are fewer."""
        for position, event in enumerate(self.roots()):
            if position == index:
                return event
            self.skip(event)
        return None

    def step_into(self, event: Any, step: str | int) -> tuple[int, Any] | None:
        """The line of a key or item of the collection that an event starts, and the event that starts its value."""
        if isinstance(event, yaml.MappingStartEvent):
            while not isinstance(key := self.next(), yaml.MappingEndEvent):
                self.skip(key)
                value = self.next()
                if isinstance(key, yaml.ScalarEvent) and key.value == str(step):
                    return line_at(key), value
                self.skip(value)
        elif isinstance(event, yaml.SequenceStartEvent) and isinstance(step, int):
            for position, item in enumerate(self.items()):
                if position == step:
                    return line_at(item), item
                self.skip(item)
        return None

    def items(self) -> Iterator[Any]:
        """The events that start the items of a list; each item is to be skipped in between."""
        while not isinstance(item := self.next(), yaml.SequenceEndEvent):
            yield item

    def skip(self, event: Any) -> None:
        """Go to the end of the value that an event starts."""
        depth = _DEPTH.get(type(event), 0)
        while depth:
            depth += _DEPTH.get(type(self.next()), 0)


def line_of(data: bytes, index: int, path: Path) -> int:
    """1-based line of a value in document `index` of a file; of the deepest ancestor that exists if it does not.

    Raises:
        InputError: the file is not YAML.
    """
    events = Events(data, "")
    event = events.root(index)
    if event is None:
        return 1
    line = line_at(event)
    for step in path:
        found = events.step_into(event, step)
        if found is None:
            break
        line, event = found
    return line


def lines_of_items(data: bytes, index: int, path: Path) -> list[int]:
    """1-based lines of the items of a list in document `index` of a file, in one pass; none if it is no list.

    Raises:
        InputError: the file is not YAML.
    """
    events = Events(data, "")
    event = events.root(index)
    for step in path:
        found = events.step_into(event, step)
        if found is None:
            return []
        _, event = found
    if not isinstance(event, yaml.SequenceStartEvent):
        return []
    lines = []
    for item in events.items():
        lines.append(line_at(item))
        events.skip(item)
    return lines


def line_at(event: Any) -> int:
    """1-based line on which an event starts."""
    return int(event.start_mark.line) + 1


_DEPTH = {
    yaml.MappingStartEvent: 1,
    yaml.SequenceStartEvent: 1,
    yaml.MappingEndEvent: -1,
    yaml.SequenceEndEvent: -1,
}


def _checked(data: bytes, file: str) -> bytes:
    if len(data) > MAX_FILE_BYTES:
        raise LimitError(
            f"{len(data):,} bytes of YAML, over the limit of {MAX_FILE_BYTES:,} (MAX_FILE_BYTES); split it", file=file
        )
    try:
        data.decode()
    except UnicodeDecodeError as err:
        line = data.count(b"\n", 0, err.start) + 1
        raise InputError(
            f"byte 0x{data[err.start]:02x} is not UTF-8; save the file as UTF-8", file=file, line=line
        ) from None
    if data.count(b"%TAG") > MAX_DIRECTIVES and len(_DIRECTIVE.findall(data)) > MAX_DIRECTIVES:
        raise LimitError(f"more than {MAX_DIRECTIVES} %TAG directives (MAX_DIRECTIVES)", file=file)
    return data.removeprefix(b"\xef\xbb\xbf")


_DIRECTIVE = re.compile(rb"^%TAG", re.MULTILINE)
