"""Transforms of a patch: a value goes in, another one comes out.

Source: crossplane-contrib/function-patch-and-transform v0.9, `transforms.go`; the transforms of Crossplane 1.x itself
(`internal/controller/apiextensions/composite/composition_transforms.go`) are the same, less `Replace`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from slipway.fleet.crossplane import regexps
from slipway.fleet.crossplane.conversions import converted
from slipway.fleet.crossplane.errors import NotComposed, PatchError
from slipway.fleet.crossplane.go_values import called, go_json, plain, sprintf
from slipway.fleet.crossplane.numbers import as_floats, truncated, wrapped
from slipway.fleet.objects import mapping, sequence, text

MAX_TEXT = 1024 * 1024
"""Characters that a transform may make; an object may be larger by nothing."""


def transformed(transforms: list[Any], value: Any) -> Any:
    """What comes of a value.

    Args:
        transforms: those of a patch, valid as `slipway.fleet.crossplane.validation` says.
        value: what a field has.

    Raises:
        PatchError: Crossplane refuses it, e.g. text that is to be multiplied.
        NotComposed: it is not done here as Go does.
    """
    for transform in map(mapping, transforms):
        kind = text(transform.get("type"))
        value = _BY_TYPE[kind](mapping(transform.get(kind)), value)
        if isinstance(value, str) and len(value) > MAX_TEXT:
            raise NotComposed(f"a transform makes a text of over {MAX_TEXT:,} characters (MAX_TEXT)")
    return value


def _math(transform: Mapping[str, Any], value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PatchError(f"math takes numbers, no {called(value)}")
    kind = transform.get("type") or "Multiply"
    if kind == "Multiply":
        product = value * transform["multiply"]
        return wrapped(product) if isinstance(product, int) else float(product)
    whole = truncated(value)
    if kind == "ClampMin":
        return transform["clampMin"] if whole < transform["clampMin"] else value
    return transform["clampMax"] if whole > transform["clampMax"] else value


def _map(transform: Mapping[str, Any], value: Any) -> Any:
    if not isinstance(value, str):
        raise PatchError(f"map takes text, no {called(value)}")
    if value not in transform:
        raise PatchError(f"map has no entry for {value!r}")
    found = transform[value]
    if found is None:
        raise PatchError(f"the entry of map for {value!r} is null")
    return as_floats(found)


def _match(transform: Mapping[str, Any], value: Any) -> Any:
    for pattern in map(mapping, sequence(transform.get("patterns"))):
        if _is_match(pattern, value):
            return as_floats(pattern.get("result"))
    fallback = transform.get("fallbackValue")
    if transform.get("fallbackTo") == "Input":
        if fallback is not None:
            raise PatchError("match has both a fallbackValue and fallbackTo: Input")
        return value
    return as_floats(fallback)


def _is_match(pattern: Mapping[str, Any], value: Any) -> bool:
    kind = pattern.get("type")
    if kind not in ("literal", "regexp"):
        raise PatchError(f"match knows no patterns of type {kind!r}")
    wanted = pattern.get(kind)
    if not isinstance(wanted, str):
        raise PatchError(f"a pattern of match has no {kind}")
    if not isinstance(value, str):
        raise PatchError(f"match takes text, no {called(value)}")
    return value == wanted if kind == "literal" else regexps.matches(wanted, value)


def _string(transform: Mapping[str, Any], value: Any) -> str:
    kind = transform.get("type")
    if kind == "Format":
        return sprintf(transform["fmt"], [value])
    if kind == "Convert":
        return _converted_text(transform["convert"], value)
    if kind == "TrimPrefix":
        return plain(value).removeprefix(transform["trim"])
    if kind == "TrimSuffix":
        return plain(value).removesuffix(transform["trim"])
    if kind == "Regexp":
        options = transform["regexp"]
        found = regexps.group(options["match"], plain(value), options.get("group") or 0)
        if found is None:
            raise PatchError(f"{options['match']!r} matches nothing of {plain(value)!r}")
        return found
    if kind == "Join":
        return _joined(text(transform["join"].get("separator")), value)
    options = transform["replace"]
    return plain(value).replace(options["search"], text(options.get("replace")))


def _joined(separator: str, value: Any) -> str:
    if not isinstance(value, list):
        raise PatchError(f"join takes a list, no {called(value)}")
    if separator and not separator[-1].isascii():
        raise NotComposed("join has a separator whose last letter is cut into pieces")
    joined = "".join(f"{plain(entry)}{separator}" for entry in value)
    # One byte is cut off, whatever the length of the separator.
    return joined[:-1] if separator and value else joined


def _converted_text(kind: str, value: Any) -> str:
    if kind not in _TEXT_CONVERSIONS:
        raise PatchError(f"string has no conversion {kind!r}")
    return _TEXT_CONVERSIONS[kind](value)


def _from_base64(value: Any) -> str:
    data = plain(value).replace("\r", "").replace("\n", "")
    if re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", data) is None:
        raise PatchError(f"{plain(value)!r} is no base64")
    try:
        return base64.b64decode(data, validate=True).decode()
    except UnicodeDecodeError:
        raise NotComposed("a transform decodes base64 that is no text") from None
    except binascii.Error:
        raise PatchError(f"{plain(value)!r} is no base64") from None


def _hashed(value: Any) -> bytes:
    return (value if isinstance(value, str) else go_json(value)).encode()


def _changed(text_: str, change: Callable[[str], str]) -> str:
    """Each letter for itself, as Go does: none becomes two."""
    return "".join(new if len(new := change(letter)) == 1 else _ALONE.get(letter, letter) for letter in text_)


_ALONE = {"\u0130": "i"}

_TEXT_CONVERSIONS: Mapping[str, Callable[[Any], str]] = {
    "ToUpper": lambda value: _changed(plain(value), str.upper),
    "ToLower": lambda value: _changed(plain(value), str.lower),
    "ToJson": go_json,
    "ToBase64": lambda value: base64.b64encode(plain(value).encode()).decode(),
    "FromBase64": _from_base64,
    "ToSha1": lambda value: hashlib.sha1(_hashed(value), usedforsecurity=False).hexdigest(),
    "ToSha256": lambda value: hashlib.sha256(_hashed(value)).hexdigest(),
    "ToSha512": lambda value: hashlib.sha512(_hashed(value)).hexdigest(),
    "ToAdler32": lambda value: str(zlib.adler32(_hashed(value))),
}


_BY_TYPE: Mapping[str, Callable[[Mapping[str, Any], Any], Any]] = {
    "math": _math,
    "map": _map,
    "match": _match,
    "string": _string,
    "convert": converted,
}
