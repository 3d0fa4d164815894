"""JSON values as Go writes them: `fmt.Sprintf`, `encoding/json`.

Numbers are Go's `int64` and `float64`, texts `string`, lists `[]interface {}`, maps `map[string]interface {}`. Source:
Go 1.26, `fmt/print.go`, `fmt/format.go`, `encoding/json/encode.go`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from slipway.fleet.crossplane.errors import NotComposed

MAX_WIDTH = 1_000
"""Characters that a verb may pad to; Go knows a limit of a million."""

_VERB = re.compile(r"%([-+# 0]*)(\[[^\]]*\])?(\*|\d+)?(?:\.(\[[^\]]*\])?(\*|\d+)?)?(\[[^\]]*\])?(.)?", re.DOTALL)


def type_name(value: Any) -> str:
    """A value's type as `%T` writes it."""
    if value is None:
        return "<nil>"
    return _TYPES[type(value)]


_TYPES = {
    bool: "bool",
    int: "int64",
    float: "float64",
    str: "string",
    list: "[]interface {}",
    dict: "map[string]interface {}",
}


def called(value: Any) -> str:
    """A value's type in words."""
    names = {"<nil>": "null", "bool": "boolean", "int64": "integer", "float64": "number", "string": "text"}
    return names.get(type_name(value), "list" if isinstance(value, list) else "map")


def sprintf(template: str, values: Sequence[Any]) -> str:
    """A text with values in the places of its verbs.

    Raises:
        NotComposed: it has a verb that is not written here as Go does.
    """
    parts: list[str] = []
    at = used = 0
    reordered = False
    for found in _VERB.finditer(template):
        parts.append(template[at : found.start()])
        at = found.end()
        flags, index, width, precision_index, precision, late_index, verb = found.groups()
        if width == "*" or precision == "*" or precision_index or "#" in flags:
            raise NotComposed(f"the format {template!r} has more than verbs, widths and precisions")
        if index and late_index:
            raise NotComposed(f"the format {template!r} has two indexes in one verb")
        if chosen := index or late_index:
            if (late_index is None and width) or not chosen[1:-1].isdigit():
                raise NotComposed(f"the format {template!r} has an index that Go does not take")
            reordered = True
            used = int(chosen[1:-1]) - 1
            if not 0 <= used < len(values):
                raise NotComposed(f"the format {template!r} has an index that Go does not take")
        if verb is None:
            parts.append("%!(NOVERB)")
        elif verb == "%":
            parts.append("%")
        elif used >= len(values):
            parts.append(f"%!{verb}(MISSING)")
        else:
            parts.append(_printed(values[used], _Verb(verb, flags, _number(width), _precision(found))))
            used += 1
    parts.append(template[at:])
    if not reordered and used < len(values):
        extra = ", ".join("<nil>" if value is None else f"{type_name(value)}={plain(value)}" for value in values[used:])
        parts.append(f"%!(EXTRA {extra})")
    return "".join(parts)


def plain(value: Any) -> str:
    """A value as `%v` writes it."""
    return _printed(value, _Verb("v", "", None, None))


def go_json(value: Any) -> str:
    """A value as `json.Marshal` writes it."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_text(key)}:{go_json(value[key])}" for key in sorted(value, key=_bytes)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(go_json, value)) + "]"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        exponent = _exponent(value)
        if value and (exponent < -6 or exponent >= 21):
            return re.sub(r"e-0(\d)$", r"e-\1", _scientific(value))
        return fixed(value)
    return json.dumps(value)


def fixed(value: float) -> str:
    """A number as `strconv.FormatFloat(value, 'f', -1, 64)` writes it."""
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _text(text: str) -> str:
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


_ESCAPED = re.compile("[<>&\u2028\u2029]")
"""What Go escapes beside what every JSON writer does."""


@dataclass(frozen=True)
class _Verb:
    letter: str
    flags: str
    width: int | None
    precision: int | None


def _number(digits: str | None) -> int | None:
    if digits is None:
        return None
    if len(digits) > 4 or int(digits) > MAX_WIDTH:
        raise NotComposed(f"a format pads to more than {MAX_WIDTH:,} characters (MAX_WIDTH)")
    return int(digits)


def _precision(found: re.Match[str]) -> int | None:
    if found[5] is not None:
        return _number(found[5])
    text = found[0][1:].split("]")[-1] if found[2] else found[0]
    return 0 if "." in text else None


def _printed(value: Any, verb: _Verb) -> str:
    if verb.letter == "T":
        return _padded(type_name(value), verb)
    if value is None:
        return _padded("<nil>", verb) if verb.letter == "v" else f"%!{verb.letter}(<nil>)"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{_inner(key, verb)}:{_inner(value[key], verb)}' for key in _sorted(value))}]"
    if isinstance(value, list):
        return f"[{' '.join(_inner(entry, verb) for entry in value)}]"
    written = _scalar(value, verb)
    if written is not None:
        return written
    if "+" in verb.flags:
        raise NotComposed("a format has a sign and a verb that does not fit")
    return f"%!{verb.letter}({type_name(value)}={_printed(value, replace(verb, letter='v'))})"


def _inner(value: Any, verb: _Verb) -> str:
    """A value in a list or map; Go writes what is nil there in its own way."""
    return "<nil>" if value is None else _printed(value, verb)


def _sorted(value: dict[str, Any]) -> list[str]:
    return sorted(value, key=_bytes)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _scalar(value: Any, verb: _Verb) -> str | None:
    """None if the verb does not fit the value."""
    if isinstance(value, bool):
        return _padded("true" if value else "false", verb) if verb.letter in "tv" else None
    if isinstance(value, int):
        return _integer(value, verb)
    if isinstance(value, float):
        return _float(value, verb)
    return _string(value, verb)


def _string(value: str, verb: _Verb) -> str | None:
    cut = value if verb.precision is None else value[: verb.precision]
    if verb.letter in "sv":
        return _padded(cut, verb)
    if verb.letter in "xX":
        data = _bytes(value)[: verb.precision] if verb.precision is not None else _bytes(value)
        if " " in verb.flags:
            raise NotComposed("a format writes text in hexadecimal digits with spaces")
        return _padded(data.hex() if verb.letter == "x" else data.hex().upper(), verb)
    if verb.letter == "q":
        if not cut.isascii() or not cut.isprintable() or "+" in verb.flags:
            raise NotComposed("a format quotes text that is not plain")
        return _padded('"' + cut.replace("\\", "\\\\").replace('"', '\\"') + '"', verb)
    return None


def _integer(value: int, verb: _Verb) -> str | None:
    bases = {"d": "d", "v": "d", "b": "b", "o": "o", "x": "x", "X": "X", "O": "o"}
    if verb.letter in "cqU":
        raise NotComposed("a format writes a number as a character")
    if verb.letter not in bases:
        return None
    digits = format(abs(value), bases[verb.letter])
    if verb.precision is not None:
        digits = "" if verb.precision == 0 and value == 0 else digits.rjust(verb.precision, "0")
    elif "0" in verb.flags and "-" not in verb.flags and verb.width is not None:
        signed = value < 0 or "+" in verb.flags or " " in verb.flags
        digits = digits.rjust(verb.width - signed, "0")
    if verb.letter == "O":
        digits = f"0o{digits}"
    sign = "-" if value < 0 else "+" if "+" in verb.flags and verb.letter != "v" else ""
    sign = sign or (" " if " " in verb.flags else "")
    if not digits and not sign:
        return _spaces(verb)
    return _padded(sign + digits, verb, zeros=False)


def _spaces(verb: _Verb) -> str:
    return " " * (verb.width or 0)


def _float(value: float, verb: _Verb) -> str | None:
    letter = verb.letter
    if letter not in "vgGfFeE":
        if letter in "bxX":
            raise NotComposed("a format writes a fraction in an odd base")
        return None
    if verb.precision is not None and letter in "vgG":
        raise NotComposed("a format rounds a number to significant digits")
    if letter in "vgG":
        exponent = _exponent(value)
        text = _scientific(value) if value and (exponent < -4 or exponent >= 6) else fixed(value)
        text = text.upper() if letter == "G" else text
    else:
        text = format(value, f".{6 if verb.precision is None else verb.precision}{letter}")
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    sign = sign or ("+" if "+" in verb.flags and letter != "v" else " " if " " in verb.flags else "")
    if "0" in verb.flags and "-" not in verb.flags and verb.width is not None:
        digits = digits.rjust(verb.width - len(sign), "0")
    return _padded(sign + digits, verb, zeros=False)


def _padded(text: str, verb: _Verb, *, zeros: bool = True) -> str:
    if verb.width is None:
        return text
    if "-" in verb.flags:
        return text.ljust(verb.width)
    return text.rjust(verb.width, "0" if zeros and "0" in verb.flags else " ")


def _exponent(value: float) -> int:
    return Decimal(repr(value)).adjusted() if value else 0


def _scientific(value: float) -> str:
    sign, digits, _ = Decimal(repr(value)).normalize().as_tuple()
    exponent = _exponent(value)
    first, rest = str(digits[0]), "".join(map(str, digits[1:]))
    return f"{'-' if sign else ''}{first}{'.' + rest if rest else ''}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
