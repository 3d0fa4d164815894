"""`'%d of %s'.format([…])`. Source: cel-go ext/formatting.go, which formats numbers as American English does."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from slipway.checks.cel.errors import CelError, CelUnsupported, OverBudget
from slipway.checks.cel.library.conversions import seconds_text, to_text
from slipway.checks.cel.library.times import write_timestamp
from slipway.checks.cel.values import Duration, Timestamp, TypeValue, read, type_name

MAX_PRECISION = 100
MAX_LENGTH = 1_000_000
"""Characters of a text that is made."""
_TIMES = "\N{MULTIPLICATION SIGN}"
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_CLAUSE = re.compile(r"%(?:(%)|(?:\.(\d{1,9}))?(.)?)", re.DOTALL | re.ASCII)


def formatted(pattern: str, values: list[Any]) -> str:
    """The pattern with its clauses filled in."""
    made: list[str] = []
    at, used, length = 0, 0, 0
    for match in _CLAUSE.finditer(pattern):
        made.append(pattern[at : match.start()])
        at = match.end()
        if match[1]:
            made.append("%")
            continue
        if used >= len(values):
            raise CelError(f"index {used} out of range")
        if match[3] is None:
            raise CelError("unexpected end of string")
        made.append(_clause(match[3], match[2], read(values[used])))
        used += 1
        length += len(made[-1])
        if length > MAX_LENGTH:
            raise OverBudget
    return "".join(made) + pattern[at:]


def _clause(letter: str, precision: str | None, value: Any) -> str:
    if precision is not None and int(precision) > MAX_PRECISION:
        raise CelUnsupported(f"a format has a precision beyond {MAX_PRECISION} (MAX_PRECISION)")
    if letter not in _CLAUSES:
        raise CelError(f'could not parse formatting clause: unrecognized formatting clause "{letter}"')
    if letter in "fe":
        return (_fixed if letter == "f" else _scientific)(value, 6 if precision is None else int(precision))
    return str(_CLAUSES[letter](value))


def _wrong(clause: str, value: Any) -> CelError:
    return CelError(f"error during formatting: {clause}, was given {type_name(value)}")


def _string(value: Any) -> str:
    """`%s`."""
    read(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_inner, value))}]"
    if isinstance(value, dict):
        entries = sorted((_inner(key), _inner(item)) for key, item in value.items())
        return "{" + ", ".join(f"{key}:{item}" for key, item in entries) + "}"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return to_text(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, Duration):
        return seconds_text(value)
    if isinstance(value, Timestamp):
        return write_timestamp(value)
    if isinstance(value, TypeValue):
        return value.name
    raise _wrong(
        "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and "
        "timestamps",
        value,
    )


def _inner(value: Any) -> str:
    """`%s` inside a list or map."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bytes):
        return f"b{json.dumps(value.decode(errors='replace'), ensure_ascii=False)}"
    if isinstance(value, float):
        return f"{value:,.6f}" if math.isfinite(value) else f'"{to_text(value)}"'
    return _string(value)


def _decimal(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))
    raise _wrong("decimal clause can only be used on integers", value)


def _fixed(value: Any, precision: int) -> str:
    if not isinstance(value, float):
        raise _wrong("fixed-point clause can only be used on doubles", value)
    return f"{value:,.{precision}f}"


def _scientific(value: Any, _precision: int) -> str:
    """As the server writes it, whatever the precision."""
    if not isinstance(value, float):
        raise _wrong("scientific clause can only be used on doubles", value)
    mantissa, _, exponent = f"{value:.6e}".partition("e")
    return f"{mantissa}{_TIMES}10{exponent.removeprefix('+').translate(_SUPERSCRIPTS)}"


def _based(name: str, base: str) -> Any:
    def made(value: Any) -> str:
        if base == "b" and isinstance(value, bool):
            return str(int(value))
        if isinstance(value, int) and not isinstance(value, bool):
            return format(int(value), base)
        if base in "xX" and isinstance(value, str | bytes):
            text = (value.encode() if isinstance(value, str) else value).hex()
            return text.upper() if base == "X" else text
        raise _wrong(name, value)

    return made


_CLAUSES: dict[str, Any] = {
    "s": _string,
    "d": _decimal,
    "f": None,
    "e": None,
    "b": _based("only integers and bools can be formatted as binary", "b"),
    "o": _based("octal clause can only be used on integers", "o"),
    "x": _based("only integers, byte buffers, and strings can be formatted as hex", "x"),
    "X": _based("only integers, byte buffers, and strings can be formatted as hex", "X"),
}
