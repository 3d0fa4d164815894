"""Unified diffs of objects as YAML."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from slipway.fleet.manifests import dump

CONTEXT_LINES = 3
MAX_EFFORT = 100_000_000
"""What comparing all objects of two renderings may take, in pairs of lines; some ten seconds at the worst."""


class LineDiffer:
    """Compares texts line by line, each pair once."""

    def __init__(self) -> None:
        self._effort = 0
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}

    def lines(self, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> tuple[str, ...]:
        """The differences of two objects, either of which may be missing."""
        before, after = ("" if value is None else dump(_shown(value)) for value in (old, new))
        if (before, after) not in self._known:
            self._known[before, after] = tuple(self._compare(_split(before), _split(after)))
        return self._known[before, after]

    def _compare(self, before: list[str], after: list[str]) -> Iterator[str]:
        effort = _effort(before, after)
        self._effort += effort
        if self._effort > MAX_EFFORT:
            self._effort -= effort
            yield f"@@ -1,{len(before)} +1,{len(after)} @@ too different to be compared line by line (MAX_EFFORT)"
            yield from (f"-{line}" for line in before)
            yield from (f"+{line}" for line in after)
        else:
            # The first two lines are the names of the files.
            yield from islice(difflib.unified_diff(before, after, n=CONTEXT_LINES, lineterm=""), 2, None)


def _effort(before: list[str], after: list[str]) -> int:
    """How long a comparison may take: the product of what is left between equal beginnings and ends."""
    shorter = min(len(before), len(after))
    start = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    end = next((at for at in range(shorter - start) if before[-1 - at] != after[-1 - at]), shorter - start)
    return (len(before) - start - end) * (len(after) - start - end)


def _split(text: str) -> list[str]:
    """Lines by line feeds only; other characters that end lines somewhere are part of them here."""
    return text.removesuffix("\n").split("\n") if text else []


def _shown(value: Any) -> Any:
    """The value with the carriage returns of Windows made visible, so that its text still has lines."""
    if isinstance(value, str):
        return value.replace("\r\n", "\u240d\n") if "\r\n" in value else value
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return {key: _shown(item) for key, item in value.items()} if isinstance(value, Mapping) else value
