"""Is this a JSON value at all? YAML can say more than JSON, and hostile YAML can say it endlessly."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from slipway.checks.schema.errors import Path, Reason, SchemaError

MAX_DEPTH = 200
"""Levels of an object; the deepest CRDs have some 60. Compiled validators recurse, and must not run out of stack."""

MAX_CONTAINERS = 100_000
"""Maps and lists in one object, shared ones counted each time. The API server takes objects of up to 1.5 MB."""

MAX_INTEGER_BITS = 1024
"""Beyond it, a number does not even fit into a JSON float."""


def find_foreign(obj: dict[str, Any]) -> SchemaError | None:
    """The first value that JSON cannot hold, or None. Ends on endless objects too, which YAML anchors can make."""
    level: list[tuple[Path, Any]] = [((), obj)]
    containers = 1
    for _ in range(MAX_DEPTH):
        below: list[tuple[Path, Any]] = []
        for path, node in level:
            is_map = isinstance(node, dict)
            entries: Iterable[tuple[Any, Any]] = node.items() if is_map else enumerate(node)
            for key, value in entries:
                if is_map and (type(key) is not str or not _is_text(key)):
                    return _error(path, f"a key is a {type(key).__name__} with no form in JSON (put it in quotes)")
                if isinstance(value, dict | list):
                    below.append(((*path, key), value))
                elif not _is_scalar(value):
                    what = f"this {type(value).__name__} has no form in JSON (put the value in quotes)"
                    return _error((*path, key), what)
        containers += len(below)
        if containers > MAX_CONTAINERS:
            return _error((), f"more than {MAX_CONTAINERS} maps and lists, aliases included")
        if not below:
            return None
        level = below
    return _error((), f"more than {MAX_DEPTH} levels deep")


def _is_scalar(value: Any) -> bool:
    kind = type(value)
    if kind is str:
        return _is_text(value)
    if kind is int:
        return bool(value.bit_length() <= MAX_INTEGER_BITS)
    return value is None or kind is bool or (kind is float and math.isfinite(value))


def _is_text(value: str) -> bool:
    """False for half a UTF-16 pair, which YAML can write as an escape and UTF-8 cannot hold."""
    if value.isascii():
        return True
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _error(path: Path, message: str) -> SchemaError:
    return SchemaError(path, message, Reason.NOT_JSON)
