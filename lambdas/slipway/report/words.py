"""Counting and listing in English."""

from __future__ import annotations

from collections.abc import Sequence

MAX_LISTED = 5
"""Names in a list before the rest is counted."""


def count(number: int, noun: str) -> str:
    """`1 cluster`, `3 clusters`, `1,204 objects`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`, `a, b, c, d, e and 12 more`."""
    shown = list(names)
    if len(shown) > MAX_LISTED:
        shown = [*shown[:MAX_LISTED], f"{len(names) - MAX_LISTED} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""
