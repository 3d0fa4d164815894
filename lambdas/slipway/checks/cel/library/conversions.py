"""From one type to another. Source: cel-go common/types, ConvertToType; Go's strconv."""

from __future__ import annotations

import math
import re
from typing import Any

from slipway.checks.cel.errors import CelError
from slipway.checks.cel.library.times import SECOND, write_timestamp
from slipway.checks.cel.overloads import Function, functions, methods
from slipway.checks.cel.values import MAX_INT, MAX_UINT, MIN_INT, Duration, TypeValue, Uint, not_a_struct, type_name

_AT, _SPAN = "google.protobuf.Timestamp", "google.protobuf.Duration"
_INT, _UINT = re.compile(r"[+-]?\d{1,40}", re.ASCII), re.compile(r"\d{1,40}", re.ASCII)
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?", re.ASCII)
_INFINITE = re.compile(r"[+-]?inf(?:inity)?|nan", re.IGNORECASE)
_BOOLEANS = {**dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True)}
_BOOLEANS.update(dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False))


def to_text(value: float) -> str:
    """A double as short as it can be, in Go's form `g`."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    sign, digits, exponent = _digits(value)
    point = exponent + len(digits)
    if not -4 <= point - 1 < 6:
        head = digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "")
        return f"{sign}{head}e{'-' if point < 1 else '+'}{abs(point - 1):02}"
    return sign + _plain(digits, exponent)


def to_plain_text(value: float) -> str:
    """A double as short as it can be, without exponent: Go's form `f`."""
    if not math.isfinite(value):
        return to_text(value)
    sign, digits, exponent = _digits(value)
    return sign + _plain(digits, exponent)


def _digits(value: float) -> tuple[str, str, int]:
    mantissa, _, power = f"{abs(value)!r}".partition("e")
    whole, _, part = mantissa.partition(".")
    part = "" if part == "0" else part
    digits, exponent = (whole + part).lstrip("0"), int(power or 0) - len(part)
    stripped = digits.rstrip("0")
    exponent += len(digits) - len(stripped)
    sign = "-" if math.copysign(1, value) < 0 else ""
    return (sign, stripped, exponent) if stripped else (sign, "0", 0)


def _plain(digits: str, exponent: int) -> str:
    if exponent >= 0:
        return digits + "0" * exponent
    padded = digits.rjust(-exponent + 1, "0")
    return f"{padded[:exponent]}.{padded[exponent:]}"


def _failed(type_: str) -> CelError:
    return CelError(f"type conversion error from 'string' to '{type_}'")


def _parsed(text: str, pattern: re.Pattern[str], least: int, most: int, type_: str) -> int:
    if not pattern.fullmatch(text) or not least <= int(text) <= most:
        raise _failed(type_)
    return int(text)


def _int_of_double(value: float) -> int:
    if not math.isfinite(value) or not MIN_INT < value < MAX_INT:
        raise CelError("integer overflow")
    return int(value)


def _uint_of_double(value: float) -> Uint:
    if not math.isfinite(value) or not 0 <= value < MAX_UINT:
        raise CelError("unsigned integer overflow")
    return Uint(int(value))


def _uint_of_int(value: int) -> Uint:
    if value < 0:
        raise CelError("unsigned integer overflow")
    return Uint(value)


def _int_of_uint(value: Uint) -> int:
    if value > MAX_INT:
        raise CelError("integer overflow")
    return int(value)


def _double(text: str) -> float:
    if not _FLOAT.fullmatch(text) and not _INFINITE.fullmatch(text):
        raise _failed("double")
    value = float(text)
    if math.isinf(value) and _FLOAT.fullmatch(text):
        raise _failed("double")
    return value


def _bool(text: str) -> bool:
    if text not in _BOOLEANS:
        raise _failed("bool")
    return _BOOLEANS[text]


def _string_of_bytes(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise CelError("invalid UTF-8 in bytes, cannot convert to string") from None


def seconds_text(span: Duration) -> str:
    """`1.5s`."""
    return f"{to_plain_text(span.nanoseconds / SECOND)}s"


def _same(value: Any) -> Any:
    return value


def _size_of_map(value: dict[Any, Any]) -> int:
    not_a_struct(value)
    return len(value)


CONVERSIONS: dict[tuple[str, bool], Function] = {
    **functions(
        {
            "int": (
                (("int",), _same),
                (("uint",), _int_of_uint),
                (("double",), _int_of_double),
                (("string",), lambda text: _parsed(text, _INT, MIN_INT, MAX_INT, "int")),
                ((_AT,), lambda at: at.nanoseconds // SECOND),
                ((_SPAN,), lambda span: span.nanoseconds),
            ),
            "uint": (
                (("uint",), _same),
                (("int",), _uint_of_int),
                (("double",), _uint_of_double),
                (("string",), lambda text: Uint(_parsed(text, _UINT, 0, MAX_UINT, "uint"))),
            ),
            "double": (
                (("double",), _same),
                (("int",), float),
                (("uint",), float),
                (("string",), _double),
            ),
            "string": (
                (("string",), _same),
                (("int",), str),
                (("uint",), lambda value: str(int(value))),
                (("double",), to_text),
                (("bool",), lambda value: str(value).lower()),
                (("bytes",), _string_of_bytes),
                ((_AT,), write_timestamp),
                ((_SPAN,), seconds_text),
                (("net.IP",), str),
                (("net.CIDR",), str),
            ),
            "bytes": ((("bytes",), _same), (("string",), str.encode)),
            "bool": ((("bool",), _same), (("string",), _bool)),
            "dyn": ((("",), _same),),
            "type": ((("",), lambda value: TypeValue(type_name(value))),),
            "size": (
                (("string",), len),
                (("bytes",), len),
                (("list",), len),
                (("map",), _size_of_map),
            ),
        }
    ),
    **methods({"size": ((("string",), len), (("bytes",), len), (("list",), len), (("map",), _size_of_map))}),
}

TYPES = {
    **{name: TypeValue(name) for name in ("int", "uint", "double", "bool", "string", "bytes", "list", "map", "type")},
    **{name: TypeValue(name) for name in ("null_type", "optional_type", _AT, _SPAN, "net.IP", "net.CIDR")},
    **{name: TypeValue(name) for name in ("kubernetes.Quantity", "kubernetes.URL", "kubernetes.Semver")},
}
"""Types by the names that expressions have for them."""
