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

_PLAIN = frozenset({str, int, bool, type(None)})


def find_foreign(obj: Any) -> SchemaError | None:
    """The first value that JSON cannot hold, or None. Ends on endless objects too, which YAML anchors can make."""
    level: list[tuple[Path, Any]] = [((), obj)]
    containers = 1
    for _ in range(MAX_DEPTH):
        below: list[tuple[Path, Any]] = []
        for path, node in level:
            entries: Iterable[tuple[Any, Any]] = node.items() if isinstance(node, dict) else enumerate(node)
            for key, value in entries:
                kind = type(value)
                if type(key) is not str and isinstance(node, dict):
                    return _error(path, f"the key {key!r} is not a string (put it in quotes)")
                if kind in _PLAIN:
                    continue
                if isinstance(value, dict | list):
                    below.append(((*path, key), value))
                elif kind is not float or not math.isfinite(value):
                    return _error((*path, key), f"{kind.__name__} is not a JSON type (put the value in quotes)")
        containers += len(below)
        if containers > MAX_CONTAINERS:
            return _error((), f"more than {MAX_CONTAINERS} maps and lists, aliases included")
        if not below:
            return None
        level = below
    return _error((), f"more than {MAX_DEPTH} levels deep")


def _error(path: Path, message: str) -> SchemaError:
    return SchemaError(path, message, Reason.NOT_JSON)
