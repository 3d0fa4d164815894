"""Lists and sets. Source: k8s.io/apiserver pkg/cel/library/lists.go; cel-go ext/{lists,sets}.go, cel/library.go."""

from __future__ import annotations

from functools import cmp_to_key, reduce
from itertools import pairwise
from typing import Any

from slipway.checks.cel.errors import CelError
from slipway.checks.cel.meter import Meter
from slipway.checks.cel.operators import OPERATORS
from slipway.checks.cel.overloads import Function, Overload, functions, methods
from slipway.checks.cel.values import NONE, Optional, compare, equal, read, some, type_name

_ZEROS = {"int": 0, "uint": 0, "double": 0.0}


def _is_sorted(items: list[Any]) -> bool:
    return all(compare(read(one), read(other)) <= 0 for one, other in pairwise(items))


def _sum(meter: Meter, items: list[Any]) -> Any:
    if not items:
        return 0
    return reduce(lambda total, item: OPERATORS["+"](meter, total, item), items)


def _extreme(name: str, sign: int) -> Any:
    def chosen(items: list[Any]) -> Any:
        if not items:
            raise CelError(f"{name} called on empty list")
        return reduce(lambda best, item: item if compare(read(item), best) == sign else best, items[1:], read(items[0]))

    return chosen


def _index_of(meter: Meter, items: list[Any], value: Any) -> int:
    return next((at for at, item in enumerate(items) if equal(item, value, meter)), -1)


def _last_index_of(meter: Meter, items: list[Any], value: Any) -> int:
    found = _index_of(meter, items[::-1], value)
    return found if found < 0 else len(items) - 1 - found


def _includes(meter: Meter, target: Any, value: Any) -> bool:
    if isinstance(target, list):
        return any(equal(item, value, meter) for item in target)
    return equal(target, value, meter)


def _slice(items: list[Any], start: int, end: int) -> list[Any]:
    why = ""
    if start < 0 or end < 0:
        why = "negative indexes not supported"
    elif start > end:
        why = "start index must be less than or equal to end index"
    elif len(items) < end:
        why = f"list is length {len(items)}"
    if why:
        raise CelError(f"cannot slice({start}, {end}), {why}")
    return list(items[start:end])


def _flatten(items: list[Any], depth: int = 1) -> list[Any]:
    if depth < 0:
        raise CelError("level must be non-negative")
    flat: list[Any] = []
    for item in items:
        flat.extend(_flatten(item, depth - 1) if isinstance(item, list) and depth > 0 else [item])
    return flat


def _sort(items: list[Any]) -> list[Any]:
    if items and any(type_name(read(item)) != type_name(items[0]) for item in items):
        raise CelError("list elements must have the same type")
    return sorted(items, key=cmp_to_key(compare))


def _range(meter: Meter, count: int) -> list[int]:
    if count < 0:
        raise CelError(f"lists.range: size must be non-negative, got {count}")
    meter.charge(count)
    return list(range(count))


def _distinct(meter: Meter, items: list[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        meter.charge(len(found))
        if not any(equal(item, other, meter) for other in found):
            found.append(item)
    return found


def _contains(meter: Meter, items: list[Any], wanted: list[Any]) -> bool:
    meter.charge(len(items) * len(wanted))
    return all(any(equal(item, value, meter) for item in items) for value in wanted)


def _intersects(meter: Meter, one: list[Any], other: list[Any]) -> bool:
    meter.charge(len(one) * len(other))
    return any(equal(item, value, meter) for item in one for value in other)


def _equivalent(meter: Meter, one: list[Any], other: list[Any]) -> bool:
    return _contains(meter, one, other) and _contains(meter, other, one)


def _unwrapped(items: list[Any]) -> list[Any]:
    for item in items:
        if not isinstance(item, Optional):
            raise CelError(f"value {item} is not optional")
    return [item.value for item in items if item.present]


def _end(position: int) -> Any:
    return lambda items: some(read(items[position])) if items else NONE


def _list(called: Any, *others: str) -> tuple[Overload, ...]:
    return ((("list", *others), called),)


LISTS: dict[tuple[str, bool], Function] = {
    **methods(
        {
            "isSorted": _list(_is_sorted),
            "max": _list(_extreme("max", 1)),
            "min": _list(_extreme("min", -1)),
            "slice": _list(_slice, "int", "int"),
            "flatten": (*_list(_flatten), *_list(_flatten, "int")),
            "sort": _list(_sort),
            "reverse": _list(lambda items: items[::-1]),
            "first": _list(_end(0)),
            "last": _list(_end(-1)),
            "unwrapOpt": _list(_unwrapped),
        }
    ),
    **methods(
        {
            "sum": _list(_sum),
            "includes": ((("", ""), _includes),),
            "distinct": _list(_distinct),
        },
        metered=True,
    ),
    **functions(
        {
            "lists.range": ((("int",), _range),),
            "sets.contains": _list(_contains, "list"),
            "sets.intersects": _list(_intersects, "list"),
            "sets.equivalent": _list(_equivalent, "list"),
        },
        metered=True,
    ),
    **functions({"optional.unwrap": _list(_unwrapped)}),
}

INDEX_OF: tuple[Overload, ...] = _list(_index_of, "")
LAST_INDEX_OF: tuple[Overload, ...] = _list(_last_index_of, "")
"""Of lists; texts have methods of the same names."""
