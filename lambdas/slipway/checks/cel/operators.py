"""Operators. Source: cel-spec doc/langdef.md, "Standard Definitions"; cel-go common/types."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from slipway.checks.cel.access import contains
from slipway.checks.cel.errors import NO_OVERLOAD, CelError
from slipway.checks.cel.library.times import checked_duration, checked_timestamp
from slipway.checks.cel.meter import Meter
from slipway.checks.cel.values import (
    CHARACTERS_PER_STEP,
    MAX_INT,
    MAX_UINT,
    MIN_INT,
    Duration,
    KeyedList,
    SetList,
    Timestamp,
    Uint,
    compare,
    equal,
    read,
    scalar_key,
)

Operator = Callable[..., Any]


def integer(value: int) -> int:
    """An int, if it is one of 64 bits."""
    if not MIN_INT <= value <= MAX_INT:
        raise CelError("integer overflow")
    return value


def unsigned(value: int) -> Uint:
    """An uint, likewise."""
    if not 0 <= value <= MAX_UINT:
        raise CelError("unsigned integer overflow")
    return Uint(value)


def _numbers(name: str, on_numbers: Callable[[Any, Any], Any]) -> Operator:
    """An operator on two numbers of one type."""

    def run(_meter: Meter, one: Any, other: Any) -> Any:
        read(one), read(other)
        if type(one) is not type(other):
            raise CelError(NO_OVERLOAD)
        if type(one) is int:
            return integer(on_numbers(one, other))
        if type(one) is Uint:
            return unsigned(on_numbers(int(one), int(other)))
        if type(one) is float and name != "%":
            return on_numbers(one, other)
        raise CelError(NO_OVERLOAD)

    return run


def _divided(one: Any, other: Any) -> Any:
    if isinstance(one, float):
        if other == 0:
            return math.nan if one == 0 or math.isnan(one) else math.copysign(math.inf, one) * math.copysign(1, other)
        return one / other
    if other == 0:
        raise CelError("division by zero")
    quotient = abs(one) // abs(other)
    return quotient if (one < 0) == (other < 0) else -quotient


def _remainder(one: int, other: int) -> int:
    if other == 0:
        raise CelError("modulus by zero")
    return one - other * int(_divided(one, other))


_ADD_NUMBERS = _numbers("+", lambda one, other: one + other)
_SUBTRACT_NUMBERS = _numbers("-", lambda one, other: one - other)


def _add(meter: Meter, one: Any, other: Any) -> Any:
    read(one), read(other)
    if type(one) is type(other) and isinstance(one, str | bytes):
        meter.charge((len(one) + len(other)) // CHARACTERS_PER_STEP)
        added: Any = operator.add(one, other)
        return added
    if isinstance(one, list) and isinstance(other, list):
        meter.charge(len(one) + len(other))
        return _joined(one, other)
    if isinstance(one, Duration) and isinstance(other, Duration):
        return checked_duration(one.nanoseconds + other.nanoseconds)
    if {type(one), type(other)} == {Timestamp, Duration}:
        return checked_timestamp(one.nanoseconds + other.nanoseconds)
    return _ADD_NUMBERS(meter, one, other)


def _joined(one: list[Any], other: list[Any]) -> list[Any]:
    """Sets and keyed lists are merged as server-side apply merges them."""
    if isinstance(one, SetList):
        found = {scalar_key(item): item for item in one}
        for item in other:
            found.setdefault(scalar_key(item), item)
        return SetList(found.values())
    if isinstance(one, KeyedList):
        keyed = {one.key(item): item for item in one}
        keyed.update((one.key(item), item) for item in other)
        return KeyedList(list(keyed.values()), one.keys)
    return [*one, *other]


def _subtract(meter: Meter, one: Any, other: Any) -> Any:
    read(one), read(other)
    if isinstance(one, Timestamp) and isinstance(other, Timestamp):
        return checked_duration(one.nanoseconds - other.nanoseconds)
    if isinstance(one, Timestamp) and isinstance(other, Duration):
        return checked_timestamp(one.nanoseconds - other.nanoseconds)
    if isinstance(one, Duration) and isinstance(other, Duration):
        return checked_duration(one.nanoseconds - other.nanoseconds)
    return _SUBTRACT_NUMBERS(meter, one, other)


def _negate(_meter: Meter, *operands: Any) -> Any:
    [value] = operands
    if type(read(value)) is int:
        return integer(-value)
    if type(value) is float:
        return -value
    raise CelError(NO_OVERLOAD)


def _not(_meter: Meter, value: Any) -> bool:
    if not isinstance(read(value), bool):
        raise CelError(NO_OVERLOAD)
    return not value


def _in(meter: Meter, value: Any, container: Any) -> bool:
    read(value)
    if isinstance(container, list):
        meter.charge(len(container))
        return any(equal(item, value, meter) for item in container)
    if isinstance(container, dict):
        return contains(container, value)
    raise CelError(NO_OVERLOAD)


def _minus(meter: Meter, *operands: Any) -> Any:
    return _negate(meter, *operands) if len(operands) == 1 else _subtract(meter, *operands)


OPERATORS: Mapping[str, Operator] = {
    "==": lambda meter, one, other: equal(one, other, meter),
    "!=": lambda meter, one, other: not equal(one, other, meter),
    "<": lambda _, one, other: compare(read(one), read(other)) < 0,
    "<=": lambda _, one, other: compare(read(one), read(other)) <= 0,
    ">": lambda _, one, other: compare(read(one), read(other)) > 0,
    ">=": lambda _, one, other: compare(read(one), read(other)) >= 0,
    "in": _in,
    "+": _add,
    "-": _minus,
    "*": _numbers("*", lambda one, other: one * other),
    "/": _numbers("/", _divided),
    "%": _numbers("%", _remainder),
    "!": _not,
}
"""By their signs."""
