"""Numbers as Go has them: in what functions get, and in what they give back."""

from __future__ import annotations

import math
from typing import Any

from slipway.fleet.crossplane.errors import NotComposed

INT64 = range(-(2**63), 2**63)


def truncated(value: float) -> int:
    """The whole part of a number.

    Raises:
        NotComposed: 64 bits do not hold it.
    """
    if isinstance(value, float) and (not math.isfinite(value) or int(value) not in INT64):
        raise NotComposed("a number is too large for 64 bits")
    return int(value)


def wrapped(number: int) -> int:
    """What 64 bits hold of a number."""
    return (number + 2**63) % 2**64 - 2**63


def as_floats(value: Any) -> Any:
    """A copy with numbers as Go reads them where nothing says what they are: of the composite, in `map`, in JSON."""
    if isinstance(value, dict):
        return {name: as_floats(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_floats(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def settled(value: Any) -> Any:
    """A copy with numbers as they are once written to JSON and read again: 2.0 is 2.

    Go writes a float without a point where it is whole.
    """
    if isinstance(value, dict):
        return {name: settled(item) for name, item in value.items()}
    if isinstance(value, list):
        return [settled(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    number = float(value)
    return int(number) if number.is_integer() and -(2.0**63) <= number < 2.0**63 else number
