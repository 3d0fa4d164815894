"""Scalars as Kubernetes reads them.

The rules are those of sigs.k8s.io/yaml, through which every object passes before the API server sees it (goyaml.v2,
`resolve.go`, then JSON): YAML 1.1 booleans (`yes`, `on`, `y` …), octal `0777`, no sexagesimal numbers, timestamps stay
text, unknown tags are ignored, keys become text, and a number without a fraction is a whole number.
"""

from __future__ import annotations

import base64
import math
import re
import struct

from slipway.errors import InputError

Scalar = str | int | float | bool | None

_STANDARD = "tag:yaml.org,2002:"
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_INTEGER = re.compile(r"[-+]?(?:0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_POINT = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
_DIGITS = 70
"""A longer number is no whole number of 64 bits, whatever its base."""


def plain(text: str) -> Scalar:
    """The value of a scalar without quotes and tag."""
    first = text[:1]
    if first not in "+-0123456789.yYnNtTfFoO~":
        return text
    if text in _WORDS:
        return _WORDS[text]
    if first == ".":
        return _float(text.replace("_", ""), text) if _POINT.fullmatch(text) else text
    return _number(text.replace("_", ""), text) if first in "+-0123456789" else text


def tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar with a tag, whether it has quotes or not.

    Raises:
        InputError: it is not what the tag says.
    """
    kind = tag.removeprefix(_STANDARD)
    if kind == "binary":
        return _binary(text)
    if not tag.startswith(_STANDARD) or kind not in ("bool", "int", "float", "null", "timestamp"):
        return text
    value = plain(text)
    if kind == "float" and type(value) is int:
        value = float(value)
    fits = {
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, float),
        "null": value is None,
        "timestamp": isinstance(value, str) and _DATE.match(value) is not None,
    }
    if not fits[kind]:
        raise InputError(f"cannot read {text[:40]!r} as !!{kind}")
    return value


def finite(value: float) -> int | float:
    """The number that JSON makes of a number: a whole one if it has no fraction.

    Raises:
        InputError: it is infinite or no number.
    """
    if not math.isfinite(value):
        raise InputError(f"{_float_text(value)} is no value of JSON")
    return int(value) if value.is_integer() and abs(value) < 2**63 else value


def key(value: Scalar) -> str:
    """The value of a key, as text.

    Raises:
        InputError: it is null or beyond 64 bits with a sign, which make no key.
    """
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, int) and value >= 2**63):
        raise InputError(f"{'null' if value is None else value} cannot be a key; put it in quotes")
    return coerced(value)


def coerced(value: Scalar) -> str:
    """The text that a value becomes where text is expected, as sigs.k8s.io/yaml makes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _float_text(value) if isinstance(value, float) else "" if value is None else str(value)


def _number(digits: str, text: str) -> Scalar:
    if len(digits) <= _DIGITS and _INTEGER.fullmatch(digits):
        sign, magnitude = (-1, digits[1:]) if digits[0] == "-" else (1, digits.lstrip("+"))
        value = sign * int(magnitude, _base(magnitude)) if magnitude != "0" else 0
        if -(2**63) <= value < (2**63 if digits[0] == "+" else 2**64):
            return value
    return _float(digits, text) if _FLOAT.fullmatch(digits) else text


def _base(magnitude: str) -> int:
    return {"0b": 2, "0x": 16}.get(magnitude[:2].lower()) or (8 if magnitude[0] == "0" else 10)


def _float(digits: str, text: str) -> Scalar:
    value = float(digits)
    return text if math.isinf(value) else value


def _binary(text: str) -> str:
    try:
        data = base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except ValueError:
        raise InputError("!!binary is not base64") from None
    return _HALF.sub("\ufffd", data.decode(errors="surrogateescape"))


_HALF = re.compile(r"[\ud800-\udfff]")


def _float_text(value: float) -> str:
    """As Go's `strconv.FormatFloat(value, 'g', -1, 32)`, but for the names of what is no number."""
    if math.isnan(value):
        return ".nan"
    if math.isinf(value) or abs(value) > 3.4028235677973366e38:
        return ".inf" if value > 0 else "-.inf"
    single = struct.pack("f", value)
    shortest = next(text for n in range(9) if struct.pack("f", float(text := f"{value:.{n}e}")) == single)
    mantissa, _, exponent = shortest.partition("e")
    if -4 <= int(exponent) < 6:
        places = max(len(mantissa.replace("-", "").replace(".", "")) - 1 - int(exponent), 0)
        return f"{float(shortest):.{places}f}"
    return f"{mantissa}e{int(exponent):+03d}"
