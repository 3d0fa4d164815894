"""Objects in the words of a finding: a few by name, all of them by number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from slipway.fleet.objects import ObjectKey

MAX_NAMED = 5
"""Objects, or kinds of them, that are named in a finding; the others are counted."""


def named(keys: Sequence[ObjectKey]) -> str:
    """`Table orders and Queue events`, or the first ones and how many more."""
    return _listed([str(key) for key in keys])


def by_kind(kinds: Iterable[str]) -> str:
    """`Table (2), Deployment (12)`, in the order in which they come first."""
    return _listed([f"{kind} ({number})" for kind, number in Counter(kinds).items()])


def _listed(names: list[str]) -> str:
    shown = names if len(names) <= MAX_NAMED + 1 else [*names[:MAX_NAMED], f"{len(names) - MAX_NAMED} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""
