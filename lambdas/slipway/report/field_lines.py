"""Fields that differ, as lines that people read."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from slipway.fleet.diff import ObjectChange
from slipway.fleet.fields import MISSING, FieldChange
from slipway.fleet.manifests import dump

MAX_INLINE = 80
"""Characters of a value that stands on one line with its field."""
MAX_LINE = 300
"""Characters of a line before what is the same on both sides is cut."""
MAX_TEXT_LINES = 2_000
"""Lines of a text that are compared line by line."""
CONTEXT_LINES = 2
AROUND = 40
"""Characters that are shown before and after what differs in a long line."""


def change_lines(change: ObjectChange, *, colours: bool = False) -> list[str]:
    """What differs in an object: by field, or as a unified diff where that is less to read.

    Args:
        change: one with fields or lines.
        colours: True if lines that begin with `-` and `+` are shown in colours, so that each value has its own.
    """
    lines = [line for field in change.fields for line in _field(field, colours=colours)]
    whole = list(map(_context_cut, change.lines))
    return lines if lines and _length(lines) <= _length(whole) else whole


def _length(lines: Sequence[str]) -> int:
    return sum(len(line) + 20 for line in lines)


def _field(change: FieldChange, *, colours: bool) -> Iterator[str]:
    path = change.path or "the object"
    if change.reordered:
        yield from _pair(f"{path}, in order", ", ".join(change.old), ", ".join(change.new), colours=colours)
    elif change.old is MISSING:
        yield from _one("+", path, change.new)
    elif change.new is MISSING:
        yield from _one("-", path, change.old)
    elif _is_text(change.old) and _is_text(change.new):
        yield f"@@ {path} @@" if colours else f"~ {path}:"
        yield from ((line if colours else f"    {line}") for line in _text_lines(change.old, change.new))
    else:
        old, new = _inline(change.old), _inline(change.new)
        if old is None or new is None:
            yield from (*_one("-", path, change.old), *_one("+", path, change.new))
        elif max(len(old), len(new)) > MAX_LINE:
            yield from _pair(path, *_differing(old, new), colours=colours)
        else:
            yield from _pair(path, old, new, colours=colours)


def _pair(path: str, old: str, new: str, *, colours: bool) -> Iterator[str]:
    if colours:
        yield from (f"- {path}: {old}", f"+ {path}: {new}")
    elif len(old) + len(new) > MAX_INLINE:
        yield from (f"~ {path}:", f"    - {old}", f"    + {new}")
    else:
        yield f"~ {path}: {old} → {new}"


def _one(mark: str, path: str, value: Any) -> Iterator[str]:
    """A field that comes or goes."""
    inline = _inline(value)
    if inline is not None and (len(inline) <= MAX_INLINE or not isinstance(value, (Mapping, list))):
        yield f"{mark} {path}: {inline}"
        return
    yield f"{mark} {path}:"
    lines = value.split("\n") if isinstance(value, str) else dump(value).removesuffix("\n").split("\n")
    yield from (f"{mark}   {line}".rstrip() for line in lines)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value.strip("\n")


def _text_lines(old: str, new: str) -> Iterator[str]:
    before, after = (text.replace("\r\n", "\u240d\n").split("\n") for text in (old, new))
    if max(len(before), len(after)) > MAX_TEXT_LINES:
        # The unified diff of the whole object has fewer lines, and is shown instead.
        yield from (f"-{line}" for line in before)
        yield from (f"+{line}" for line in after)
    else:
        hunks = islice(difflib.unified_diff(before, after, n=CONTEXT_LINES, lineterm=""), 2, None)
        yield from map(_context_cut, hunks)


def _inline(value: Any) -> str | None:
    """A value on one line; None if it needs more."""
    if isinstance(value, Mapping):
        items = [(name, _inline(item)) for name, item in value.items()]
        if any(item is None for _, item in items):
            return None
        return "{" + ", ".join(f"{name}: {item}" for name, item in items) + "}"
    if isinstance(value, list):
        entries = [_inline(item) for item in value]
        return None if None in entries else f"[{', '.join(filter(None, entries))}]"
    if isinstance(value, str) and "\n" in value:
        return None
    return dump([value]).removeprefix("- ").removesuffix("\n")


def _differing(old: str, new: str) -> tuple[str, str]:
    """Of two long values, all that differs and a little around it."""
    start = _common(old, new)
    end = min(_common(old[::-1], new[::-1]), min(len(old), len(new)) - start)
    left, right = max(start - AROUND, 0), max(end - AROUND, 0)
    first, second = (
        f"{'…' if left else ''}{text[left : len(text) - right]}{'…' if right else ''}" for text in (old, new)
    )
    return first, second


def _common(one: str, other: str) -> int:
    """How many characters two texts begin alike."""
    alike = enumerate(zip(one, other, strict=False))
    return next((at for at, (mine, theirs) in alike if mine != theirs), min(len(one), len(other)))


def _context_cut(line: str) -> str:
    """A line of a diff; one that does not differ is cut where it is long."""
    return line if line[:1] != " " or len(line) <= MAX_LINE else f"{line[:MAX_LINE]}… ({len(line) - 1:,} characters)"
