"""Which entries of two lists belong together where nothing but their looks says so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MAX_PAIRS = 40_000
"""Pairs of entries that are weighed for two lists, without what is alike at both ends: some 50 ms."""

Pair = tuple[int | None, int | None]
"""Positions in the old and in the new list; None on one side if an entry goes or comes."""


def align(old: Sequence[Any], new: Sequence[Any]) -> list[Pair] | None:
    """The entries of both lists in order: alike, changed, gone, come. None if the lists differ too much to say."""
    before, after = ([_looks(value) for value in values] for values in (old, new))
    shorter = min(len(before), len(after))
    start = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    end = next((at for at in range(shorter - start) if before[-1 - at] != after[-1 - at]), shorter - start)
    before_end, after_end = len(before) - end, len(after) - end
    if (before_end - start) * (after_end - start) > MAX_PAIRS:
        return None
    pairs: list[Pair] = [(at, at) for at in range(start)]
    found = _best(before[start:before_end], after[start:after_end])
    pairs.extend((_moved(one, start), _moved(other, start)) for one, other in found)
    pairs.extend((before_end + at, after_end + at) for at in range(end))
    return pairs


_Looks = tuple[str, frozenset[str]]
"""An entry's JSON, and the parts that an entry may share with another one."""


def _looks(value: Any) -> _Looks:
    if isinstance(value, Mapping):
        return _json(value), frozenset(f"{name}={_json(item)}" for name, item in value.items())
    if isinstance(value, str):
        # `--level=debug` and `--level=info` are one option.
        name, equals, _ = value.partition("=")
        return _json(value), frozenset({name} if equals else ())
    return _json(value), frozenset()


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _best(old: Sequence[_Looks], new: Sequence[_Looks]) -> Iterator[Pair]:
    """The pairs, in order, that have most in common."""
    weights = [[_weight(one, other) for other in new] for one in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        row, below, weight = best[i], best[i + 1], weights[i]
        for j in range(len(new) - 1, -1, -1):
            skipped = max(below[j], row[j + 1])
            row[j] = max(skipped, below[j + 1] + weight[j]) if weight[j] else skipped
    i = j = 0
    gone: list[int] = []
    come: list[int] = []
    while i < len(old) and j < len(new):
        if weights[i][j] and best[i][j] == best[i + 1][j + 1] + weights[i][j]:
            yield from _left(gone, come)
            yield i, j
            gone, come = [], []
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            gone.append(i)
            i += 1
        else:
            come.append(j)
            j += 1
    yield from _left([*gone, *range(i, len(old))], [*come, *range(j, len(new))])


def _weight(one: _Looks, other: _Looks) -> float:
    """How much two entries have in common, 0 to 1."""
    if one[0] == other[0]:
        return 1.0
    shared = len(one[1] & other[1])
    return 0.9 * shared / max(len(one[1]), len(other[1])) if shared else 0.0


def _left(gone: list[int], come: list[int]) -> Iterator[Pair]:
    """Between entries that belong together: as many that go as come are taken for changed."""
    if len(gone) == len(come):
        yield from zip(gone, come, strict=True)
    else:
        yield from ((at, None) for at in gone)
        yield from ((None, at) for at in come)


def _moved(at: int | None, by: int) -> int | None:
    return None if at is None else at + by
