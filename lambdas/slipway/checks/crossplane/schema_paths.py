"""Field paths of patches in the schemas of CRDs and XRDs."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from slipway.fleet.crossplane.field_paths import WILDCARD, Segments, shown
from slipway.fleet.objects import mapping

State = Literal["there", "missing", "unknown"]

_SIMILAR = 0.7
"""How much alike a field must be for a hint, from 0 to 1."""
MAX_FIELDS = 2_000
"""Fields that are compared for a hint."""
MAX_SEARCHED = 20_000
"""Fields of a schema that are gone through for one of the same name."""

_TEXT: Mapping[str, Any] = {"type": "string"}
_TEXTS: Mapping[str, Any] = {"type": "object", "additionalProperties": _TEXT}
_NUMBER: Mapping[str, Any] = {"type": "integer"}
_ANYTHING: Mapping[str, Any] = {"type": "array", "items": {"x-kubernetes-preserve-unknown-fields": True}}
_METADATA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("name", "namespace", "generateName", "uid", "resourceVersion", "selfLink"), _TEXT),
        **dict.fromkeys(("creationTimestamp", "deletionTimestamp"), _TEXT),
        **dict.fromkeys(("generation", "deletionGracePeriodSeconds"), _NUMBER),
        **dict.fromkeys(("labels", "annotations"), _TEXTS),
        **dict.fromkeys(("finalizers", "ownerReferences", "managedFields"), _ANYTHING),
    },
}


@dataclass(frozen=True)
class Found:
    """What a schema says of a field."""

    state: State
    schema: Mapping[str, Any]
    """Of a field that is there, its own."""
    at: Segments = ()
    """Of one that is missing, the first step that is not there, and all before it."""
    likely: str = ""
    """The field that may be meant, as a path; empty if none is like it."""

    @property
    def type(self) -> str:
        """The type of a field that is there; empty if several are possible."""
        if self.state != "there" or self.schema.get("x-kubernetes-int-or-string"):
            return ""
        found = self.schema.get("type")
        return found if isinstance(found, str) else ""


def look_up(schema: Mapping[str, Any], path: Segments) -> Found:
    """What the schema of a whole object says of a field.

    Args:
        schema: an `openAPIV3Schema`.
        path: of a field; a wildcard stands for all entries of a list or map.
    """
    found = _walk(schema, path)
    if found.state != "missing":
        return found
    return replace(found, likely=_likely(schema, found.schema, path, len(found.at) - 1), schema={})


def _walk(schema: Mapping[str, Any], path: Segments) -> Found:
    """The same without a hint; of what is missing, the schema is that of what lacks it."""
    found: Mapping[str, Any] = schema
    for at, step in enumerate(path):
        if at == 0 and step in ("metadata", "apiVersion", "kind"):
            found = _METADATA if step == "metadata" else _TEXT
            continue
        inner = _step(found, step)
        if inner is None:
            return Found("unknown", {})
        if inner is _MISSING:
            return Found("missing", found, path[: at + 1])
        found = inner
    return Found("there", found)


_MISSING: Mapping[str, Any] = {"missing": True}


def _step(schema: Mapping[str, Any], step: str | int) -> Mapping[str, Any] | None:
    """The schema of what is in another; None if nothing is said of it."""
    if schema.get("x-kubernetes-preserve-unknown-fields") or schema.get("x-kubernetes-embedded-resource"):
        known = mapping(mapping(schema.get("properties")).get(str(step)))
        return known or None
    kind = schema.get("type")
    if isinstance(step, int) or (step == WILDCARD and kind == "array"):
        if kind == "array":
            return mapping(schema.get("items")) or None
        return _MISSING if kind in ("object", "string", "integer", "number", "boolean") else None
    fields, others = mapping(schema.get("properties")), schema.get("additionalProperties")
    if step in fields:
        return mapping(fields[step])
    if isinstance(others, Mapping):
        return others
    if others is True or (step == WILDCARD and fields) or (kind == "object" and not fields):
        return None
    return _MISSING if kind in ("object", "array", "string", "integer", "number", "boolean") or fields else None


def _likely(root: Mapping[str, Any], schema: Mapping[str, Any], path: Segments, at: int) -> str:
    """The path with a field in place of the one that is missing."""
    step, before = path[at], path[:at]
    if isinstance(step, int):
        return ""
    names = [name for name in list(mapping(schema.get("properties")))[:MAX_FIELDS] if isinstance(name, str)]
    by_lower_case = {name.lower(): name for name in names}
    close = difflib.get_close_matches(step.lower(), by_lower_case, n=1, cutoff=_SIMILAR)
    if close:
        return shown((*before, by_lower_case[close[0]], *path[at + 1 :]))
    ways = (_elsewhere(root, name, path, start) for start, name in enumerate(path) if start >= at)
    return next(filter(None, ways), "")


def _elsewhere(root: Mapping[str, Any], name: str | int, path: Segments, at: int) -> str:
    """Where a field of the same name is, of one that is a level too high or too low; the nearest one."""
    queue: list[tuple[Mapping[str, Any], Segments]] = [(root, ())]
    searched = 0
    while queue and searched < MAX_SEARCHED:
        following: list[tuple[Mapping[str, Any], Segments]] = []
        for schema, way in queue:
            for field, inner in mapping(schema.get("properties")).items():
                searched += 1
                if field == name and way[:1] == path[:1] and _walk(root, (*way, *path[at:])).state == "there":
                    return shown((*way, *path[at:]))
                following.append((mapping(inner), (*way, field)))
        queue = following
    return ""
