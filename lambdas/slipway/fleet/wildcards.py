"""The wildcards of `${name#pattern}`, as Flux's own matcher (fluxcd/pkg, `envsubst/path`) reads them, on bytes.

`*` matches any bytes, `/` included; `?` one character; `[a-z]` and `[^a-z]` one character of a class; a backslash takes
the next byte as it is. A byte that is no UTF-8 counts as one character, U+FFFD. After a `*` the first place that fits
is taken, but at the end of the pattern: Flux does not look back, which shows only where a character is cut in two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

WILDCARD = re.compile(rb"[*?\[\\]")
"""What makes a pattern more than literal text."""

_NO_CHARACTER = 0xFFFD


def without_prefix(value: bytes, pattern: bytes, *, longest: bool) -> bytes:
    """The value without its shortest or longest prefix of one byte or more that the pattern matches, or unchanged."""
    if not WILDCARD.search(pattern):
        return value.removeprefix(pattern)
    try:
        chunks = _chunks(pattern)
    except _Malformed:
        return value
    sizes = range(len(value), 0, -1) if longest else range(1, len(value) + 1)
    for size in sizes:
        if _matches(chunks, value[:size]):
            return value[size:]
    return value


@dataclass(frozen=True, slots=True)
class _Class:
    """One character: in one of the ranges, or in none of them."""

    negated: bool
    ranges: tuple[tuple[int, int], ...]

    def holds(self, character: int) -> bool:
        return any(low <= character <= high for low, high in self.ranges) != self.negated


_ANY = _Class(negated=True, ranges=())


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A part of a pattern without `*`."""

    floating: bool
    """True if a `*` stands before it."""
    elements: tuple[bytes | _Class, ...]


class _Malformed(Exception):
    """A pattern that Flux's matcher gives up on, and so matches nothing."""


def _matches(chunks: list[_Chunk], name: bytes) -> bool:
    position = 0
    for chunk in chunks:
        is_last = chunk is chunks[-1]
        if chunk.floating and not chunk.elements:
            return True
        starts = range(position, len(name) + 1) if chunk.floating else (position,)
        for start in starts:
            end = _end(chunk, name, start)
            if end is not None and (end == len(name) or not is_last):
                position = end
                break
        else:
            return False
    return position == len(name)


def _end(chunk: _Chunk, name: bytes, position: int) -> int | None:
    """Where the chunk ends if it matches at a position."""
    for element in chunk.elements:
        if isinstance(element, bytes):
            if not name.startswith(element, position):
                return None
            position += len(element)
        else:
            if position >= len(name):
                return None
            character, width = _character(name, position)
            if not element.holds(character):
                return None
            position += width
    return position


def _chunks(pattern: bytes) -> list[_Chunk]:
    """The pattern's parts.

    Raises:
        _Malformed: a class is open, empty or out of order, or a backslash ends the pattern.
    """
    chunks: list[_Chunk] = []
    position = 0
    while position < len(pattern):
        first = position
        while pattern.startswith(b"*", position):
            position += 1
        floating = position > first
        elements: list[bytes | _Class] = []
        while position < len(pattern) and not pattern.startswith(b"*", position):
            element, position = _element(pattern, position)
            elements.append(element)
        chunks.append(_Chunk(floating, tuple(elements)))
    return chunks


def _element(pattern: bytes, position: int) -> tuple[bytes | _Class, int]:
    match pattern[position : position + 1]:
        case b"?":
            return _ANY, position + 1
        case b"[":
            return _class(pattern, position + 1)
        case b"\\":
            if position + 1 == len(pattern):
                raise _Malformed
            return pattern[position + 1 : position + 2], position + 2
        case literal:
            return literal, position + 1


def _class(pattern: bytes, position: int) -> tuple[_Class, int]:
    negated = pattern.startswith(b"^", position)
    position += negated
    ranges: list[tuple[int, int]] = []
    while not ranges or not pattern.startswith(b"]", position):
        low, position = _bound(pattern, position)
        high = low
        if pattern.startswith(b"-", position):
            high, position = _bound(pattern, position + 1)
        ranges.append((low, high))
    return _Class(negated, tuple(ranges)), position + 1


def _bound(pattern: bytes, position: int) -> tuple[int, int]:
    if pattern[position : position + 1] in (b"", b"-", b"]"):
        raise _Malformed
    if pattern.startswith(b"\\", position):
        position += 1
        if position == len(pattern):
            raise _Malformed
    character, width = _character(pattern, position)
    if (character == _NO_CHARACTER and width == 1) or position + width == len(pattern):
        raise _Malformed
    return character, position + width


def _character(data: bytes, position: int) -> tuple[int, int]:
    """The code point at a position and its width in bytes."""
    lead = data[position]
    if lead < 0x80:
        return lead, 1
    width = 4 if lead >= 0xF0 else 3 if lead >= 0xE0 else 2
    try:
        return ord(data[position : position + width].decode()), width
    except UnicodeDecodeError:
        return _NO_CHARACTER, 1
