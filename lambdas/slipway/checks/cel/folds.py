"""What the macros do with each element. Source: cel-spec doc/langdef.md, "Macros"; cel-go ext/comprehensions.go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cmp_to_key
from typing import Any

from slipway.checks.cel.errors import NO_OVERLOAD, CelError
from slipway.checks.cel.values import NONE, Optional, compare, some, truth

Pairs = Sequence[tuple[Any, Any]]
Bind = Callable[[tuple[Any, Any]], None]
Fold = Callable[[Pairs, Bind, Callable[[], bool], Callable[[], Any]], Any]
"""Elements, what sets the variables to one of them, the condition and the body with those variables."""


def _until(*, decisive: bool) -> Fold:
    """`exists` and `all`: an error does not count if another element decides."""

    def fold(pairs: Pairs, bind: Bind, _wanted: Callable[[], bool], body: Callable[[], Any]) -> bool:
        error: CelError | None = None
        for pair in pairs:
            bind(pair)
            try:
                if truth(body()) is decisive:
                    return decisive
            except CelError as err:
                error = error or err
        if error is not None:
            raise error
        return not decisive

    return fold


def _one(pairs: Pairs, bind: Bind, _wanted: Callable[[], bool], body: Callable[[], Any]) -> bool:
    return sum(1 for _ in _kept(pairs, bind, body)) == 1


def _kept(pairs: Pairs, bind: Bind, wanted: Callable[[], Any]) -> list[tuple[Any, Any]]:
    kept = []
    for pair in pairs:
        bind(pair)
        if truth(wanted()):
            kept.append(pair)
    return kept


def _filter(pairs: Pairs, bind: Bind, _wanted: Callable[[], bool], body: Callable[[], Any]) -> list[Any]:
    return [pair[0] for pair in _kept(pairs, bind, body)]


def _map(pairs: Pairs, bind: Bind, wanted: Callable[[], bool], body: Callable[[], Any]) -> list[Any]:
    made = []
    for pair in pairs:
        bind(pair)
        if wanted():
            made.append(body())
    return made


def _map_values(pairs: Pairs, bind: Bind, wanted: Callable[[], bool], body: Callable[[], Any]) -> dict[Any, Any]:
    made = {}
    for pair in pairs:
        bind(pair)
        if wanted():
            made[pair[0]] = body()
    return made


def _map_entries(pairs: Pairs, bind: Bind, wanted: Callable[[], bool], body: Callable[[], Any]) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for entry in _map(pairs, bind, wanted, body):
        if not isinstance(entry, dict):
            raise CelError(NO_OVERLOAD)
        for key, value in entry.items():
            if key in made:
                raise CelError(f"insert failed: key {key} already exists")
            made[key] = value
    return made


def _optional_map(pairs: Pairs, bind: Bind, wanted: Callable[[], bool], body: Callable[[], Any]) -> Optional:
    made = _map(pairs, bind, wanted, body)
    return some(made[0]) if made else NONE


def _optional_flat_map(pairs: Pairs, bind: Bind, wanted: Callable[[], bool], body: Callable[[], Any]) -> Any:
    made = _map(pairs, bind, wanted, body)
    return made[0] if made else NONE


def _sort_by(pairs: Pairs, bind: Bind, wanted: Callable[[], bool], body: Callable[[], Any]) -> list[Any]:
    keys = _map(pairs, bind, wanted, body)
    keyed: list[tuple[Any, Any]] = [(key, pair[0]) for key, pair in zip(keys, pairs, strict=True)]
    return [item for _, item in sorted(keyed, key=cmp_to_key(_by_key))]


def _by_key(one: tuple[Any, Any], other: tuple[Any, Any]) -> int:
    return compare(one[0], other[0])


FOLDS: Mapping[str, Fold] = {
    "all": _until(decisive=False),
    "exists": _until(decisive=True),
    "exists_one": _one,
    "filter": _filter,
    "map": _map,
    "transformList": _map,
    "transformMap": _map_values,
    "transformMapEntry": _map_entries,
    "optMap": _optional_map,
    "optFlatMap": _optional_flat_map,
    "sortBy": _sort_by,
}
