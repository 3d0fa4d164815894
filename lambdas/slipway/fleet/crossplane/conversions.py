"""The transform `convert`.

Source: crossplane-contrib/function-patch-and-transform v0.9, `transforms.go` (`ResolveConvert`, `getConversion`).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from slipway.fleet.crossplane.errors import NotComposed, PatchError
from slipway.fleet.crossplane.go_values import called, fixed, type_name
from slipway.fleet.crossplane.numbers import INT64, as_floats, truncated
from slipway.fleet.crossplane.quantities import quantity


def converted(transform: Mapping[str, Any], value: Any) -> Any:
    """A value as another type.

    Raises:
        PatchError: it cannot be.
    """
    source, target = type_name(value), transform["toType"]
    form = transform.get("format") or "none"
    target = "int64" if target == "int" else target
    if source not in ("string", "bool", "int64", "float64"):
        raise PatchError(f"convert takes text, numbers and booleans, no {called(value)}")
    if source == target:
        return value
    conversion = _CONVERSIONS.get((source, target, form))
    if conversion is None:
        raise PatchError(f"convert makes no {target} of {called(value)} with format {form}")
    return conversion(value)


def _to_integer(value: str) -> int:
    if re.fullmatch(r"[+-]?[0-9]+", value) is None or len(value) > 30 or int(value) not in INT64:
        raise PatchError(f"{value[:60]!r} is no whole number")
    return int(value)


def _to_boolean(value: str) -> bool:
    if value in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    if value in ("0", "f", "F", "FALSE", "false", "False"):
        return False
    raise PatchError(f"{value[:60]!r} is no boolean")


def _to_number(value: str) -> float:
    if re.fullmatch(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", value) is None:
        if re.fullmatch(r"[+-]?(?:0[xX]|inf|nan)[\w.+-]*", value, re.IGNORECASE):
            raise NotComposed(f"convert reads {value[:60]!r} as a number")
        raise PatchError(f"{value[:60]!r} is no number")
    number = float(value)
    if math.isinf(number):
        raise PatchError(f"{value[:60]!r} is too large")
    return number


def _parsed(wanted: type) -> Callable[[str], Any]:
    def parse(value: str) -> Any:
        try:
            found = json.loads(value, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise PatchError(f"{value[:60]!r} is no JSON") from None
        if found is None:
            return {} if wanted is dict else None
        if not isinstance(found, wanted):
            raise PatchError(f"{value[:60]!r} is no {'map' if wanted is dict else 'list'} in JSON")
        return as_floats(found)

    return parse


def _no_constant(name: str) -> Any:
    raise ValueError(name)


_CONVERSIONS: Mapping[tuple[str, str, str], Callable[[Any], Any]] = {
    ("string", "int64", "none"): _to_integer,
    ("string", "bool", "none"): _to_boolean,
    ("string", "float64", "none"): _to_number,
    ("string", "float64", "quantity"): quantity,
    ("string", "object", "json"): _parsed(dict),
    ("string", "array", "json"): _parsed(list),
    ("int64", "string", "none"): str,
    ("int64", "bool", "none"): lambda value: value == 1,
    ("int64", "float64", "none"): float,
    ("bool", "string", "none"): lambda value: "true" if value else "false",
    ("bool", "int64", "none"): int,
    ("bool", "float64", "none"): float,
    ("float64", "string", "none"): fixed,
    ("float64", "int64", "none"): truncated,
    ("float64", "bool", "none"): lambda value: value == 1,
}
