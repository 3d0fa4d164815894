"""What the operators of Flux's substitution do to a value.

The rules are those of fluxcd/pkg, `envsubst/funcs.go` and `envsubst/path`. They work on bytes where Go does: lengths,
offsets and the wildcards of `#` and `%` count bytes of UTF-8 and may cut a character in two. Such halves travel through
strings as Python's `surrogateescape` writes them, and may meet again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from slipway.errors import LimitError
from slipway.fleet.expressions import SubstitutionError
from slipway.fleet.wildcards import WILDCARD, without_prefix

DEFAULTS = frozenset({"=", ":=", ":-", ":?", ":+"})
"""The operators that a variable need not be set for. All five do the same: the default replaces an empty value."""

MAX_SIZE = 16 * 1024 * 1024
"""Characters that a text, and any value on the way to it, may grow to."""

MAX_EFFORT = 10_000_000
"""Steps that the wildcards of one text may take, as `effort` counts them: a second or so."""

_NUMBER = re.compile(r"([+-]?)0*([0-9]{1,19})", re.ASCII)
_MAX_INT = 2**63 - 1


def apply(operator: str, value: str, arguments: Sequence[str]) -> str:
    """The value of `${name<operator><arguments>}` for a variable's value (empty if it is not set).

    Raises:
        SubstitutionError: an offset at which Flux's controller panics.
        LimitError: the result would be larger than `MAX_SIZE`.
    """
    if operator == "#" and not arguments:
        return str(len(_encode(value)))
    return _OPERATORS[operator](value, arguments) if operator in _OPERATORS else (value or "".join(arguments))


def effort(operator: str, value: str, arguments: Sequence[str]) -> int:
    """An upper bound of the steps that `apply` takes where they are not in proportion to the sizes, else 0."""
    if operator[0] not in "#%" or not arguments or not WILDCARD.search(_encode(arguments[0])):
        return 0
    return len(value) ** 2 * len(arguments[0])


def _replace_first(value: str, arguments: Sequence[str]) -> str:
    return _replace(value, arguments[0], "".join(arguments[1:]), 1)


def _replace_all(value: str, arguments: Sequence[str]) -> str:
    return _replace(value, arguments[0], "".join(arguments[1:]), -1)


def _replace_prefix(value: str, arguments: Sequence[str]) -> str:
    if len(arguments) == 2 and _encode(value).startswith(_encode(arguments[0])):
        return _replace(value, arguments[0], arguments[1], 1)
    return value


def _replace_suffix(value: str, arguments: Sequence[str]) -> str:
    if len(arguments) == 2 and _encode(value).endswith(_encode(arguments[0])):
        return _decode(_encode(value).removesuffix(_encode(arguments[0])) + _encode(arguments[1]))
    return value


def _replace(value: str, old: str, new: str, count: int) -> str:
    times = value.count(old) if count < 0 else count
    if len(value) + times * len(new) > MAX_SIZE:
        raise LimitError(f"replacing in a value makes it larger than {MAX_SIZE} characters")
    if not old:
        return value.replace(old, new, count)
    return _decode(_encode(value).replace(_encode(old), _encode(new), count))


def _substring(value: str, arguments: Sequence[str]) -> str:
    data = _encode(value)
    offset = _number(arguments[0])
    length = _number(arguments[1]) if len(arguments) > 1 else len(data)
    if offset is None or length is None:
        return value
    start = max(len(data) + offset, 0) if offset < 0 else offset
    if len(arguments) > 1 and start + length > _MAX_INT:
        raise SubstitutionError("the offset and length of a variable are so large that Flux's controller fails")
    end = len(data) + length if length < 0 else start + length
    return _decode(data[start : max(start, end)])


def _number(text: str) -> int | None:
    found = _NUMBER.fullmatch(text)
    if not found:
        return None
    number = int(found[1] + found[2])
    return number if -_MAX_INT - 1 <= number <= _MAX_INT else None


def _without_prefix(*, longest: bool) -> Callable[[str, Sequence[str]], str]:
    return lambda value, arguments: _decode(
        without_prefix(_encode(value), _encode(arguments[0]), longest=longest),
    )


def _without_suffix(*, longest: bool) -> Callable[[str, Sequence[str]], str]:
    r"""Flux trims the start of the reversed value by the reversed pattern, in which `[a-z]` and `\*` match nothing."""
    return lambda value, arguments: _reversed(
        _decode(without_prefix(_encode(_reversed(value)), _encode(_reversed(arguments[0])), longest=longest)),
    )


def _reversed(text: str) -> str:
    """The characters backwards; bytes that are no character become U+FFFD, as in Go's runes."""
    return _encode(text).decode(errors="surrogateescape")[::-1].translate(_HALVES)


def _upper(char: str) -> str:
    """Unicode's simple mapping, one character to one, which Go uses; Python's own may give several (`ß` to `SS`)."""
    return next((mapped for mapped in (char.upper(), char.title()) if len(mapped) == 1), char)


def _lower(char: str) -> str:
    return char.lower()[0]


def _encode(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def _decode(data: bytes) -> str:
    return data.decode(errors="surrogateescape")


_HALVES = dict.fromkeys(range(0xDC80, 0xDD00), "\N{REPLACEMENT CHARACTER}")

_OPERATORS: dict[str, Callable[[str, Sequence[str]], str]] = {
    ",": lambda value, _: _lower(value[0]) + value[1:] if value else value,
    ",,": lambda value, _: "".join(map(_lower, value)),
    "^": lambda value, _: _upper(value[0]) + value[1:] if value else value,
    "^^": lambda value, _: "".join(map(_upper, value)),
    "#": _without_prefix(longest=False),
    "##": _without_prefix(longest=True),
    "%": _without_suffix(longest=False),
    "%%": _without_suffix(longest=True),
    ":": _substring,
    "/": _replace_first,
    "//": _replace_all,
    "/#": _replace_prefix,
    "/%": _replace_suffix,
}
