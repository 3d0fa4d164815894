"""Texts. Source: cel-go common/types/string.go and ext/strings.go, version 2, which Kubernetes has since 1.29."""

from __future__ import annotations

from slipway.checks.cel.errors import CelError, OverBudget
from slipway.checks.cel.library.formatting import formatted
from slipway.checks.cel.meter import Meter
from slipway.checks.cel.overloads import Function, Overload, functions, methods

MAX_REPLACED = 1_000_000
"""Characters of a text that `replace` or `join` makes: what it costs is known before it is made."""
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_UPPER = {code + 32: code for code in range(ord("A"), ord("Z") + 1)}
_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What Go calls white space."""
_QUOTED = str.maketrans(
    {
        "\a": "\\a",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\v": "\\v",
        "\\": "\\\\",
        '"': '\\"',
    }
)


def _char_at(text: str, position: int) -> str:
    if not 0 <= position <= len(text):
        raise CelError(f"index out of range: {position}")
    return text[position : position + 1]


def _index_of(_meter: Meter, text: str, part: str, start: int = 0) -> int:
    if start < 0:
        raise CelError(f"index out of range: {start}")
    return min(start, len(text)) if not part else text.find(part, start)


def _last_index_of(_meter: Meter, text: str, part: str) -> int:
    return text.rfind(part)


def _last_index_of_before(_meter: Meter, text: str, part: str, start: int) -> int:
    if start < 0:
        raise CelError(f"index out of range: {start}")
    if not part:
        return min(start, len(text))
    return -1 if start >= len(text) else text.rfind(part, 0, start + len(part))


def _replace(text: str, old: str, new: str, count: int = -1) -> str:
    found = text.count(old)
    if len(text) + (found if count < 0 else min(found, count)) * len(new) > MAX_REPLACED:
        raise OverBudget
    return text.replace(old, new, count)


def _split(text: str, separator: str, count: int = -1) -> list[str]:
    if count == 0:
        return []
    if separator:
        return text.split(separator, count - 1 if count > 0 else -1)
    if count < 0 or count >= len(text):
        return list(text)
    return [*text[: count - 1], text[count - 1 :]]


def _substring(text: str, start: int, end: int | None = None) -> str:
    if end is not None and start > end:
        raise CelError(f"invalid substring range. start: {start}, end: {end}")
    for position in (start, *([] if end is None else [end])):
        if not 0 <= position <= len(text):
            raise CelError(f"index out of range: {position}")
    return text[start:end]


def _join(items: list[object], separator: str = "") -> str:
    for item in items:
        if not isinstance(item, str):
            raise CelError(f"join: invalid input: {item}")
    texts = [item for item in items if isinstance(item, str)]
    if sum(map(len, texts)) + len(separator) * len(texts) > MAX_REPLACED:
        raise OverBudget
    return separator.join(texts)


STRINGS: dict[tuple[str, bool], Function] = {
    **methods(
        {
            "startsWith": ((("string", "string"), str.startswith),),
            "endsWith": ((("string", "string"), str.endswith),),
            "contains": ((("string", "string"), str.__contains__),),
            "charAt": ((("string", "int"), _char_at),),
            "lowerAscii": ((("string",), lambda text: text.translate(_LOWER)),),
            "upperAscii": ((("string",), lambda text: text.translate(_UPPER)),),
            "replace": (
                (("string", "string", "string"), _replace),
                (("string", "string", "string", "int"), _replace),
            ),
            "split": ((("string", "string"), _split), (("string", "string", "int"), _split)),
            "substring": ((("string", "int"), _substring), (("string", "int", "int"), _substring)),
            "trim": ((("string",), lambda text: text.strip(_SPACES)),),
            "join": ((("list",), _join), (("list", "string"), _join)),
            "format": ((("string", "list"), formatted),),
        }
    ),
    **functions(
        {
            "strings.quote": ((("string",), lambda text: f'"{text.translate(_QUOTED)}"'),),
        }
    ),
}

STRING_INDEX_OF: tuple[Overload, ...] = (
    (("string", "string"), _index_of),
    (("string", "string", "int"), _index_of),
)
STRING_LAST_INDEX_OF: tuple[Overload, ...] = (
    (("string", "string"), _last_index_of),
    (("string", "string", "int"), _last_index_of_before),
)
"""Lists have methods of the same names."""
