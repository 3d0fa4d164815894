"""What the API server makes of an object of a custom kind before it looks at it.

Source: apiextensions-apiserver pkg/apiserver/schema/defaulting, algorithm.go and prune.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any


def defaulted(value: Any, schema: Any) -> Any:
    """A copy without the fields that are null, which count as not set, and with defaults for those that are not set."""
    schema = schema if isinstance(schema, Mapping) else {}
    if isinstance(value, list):
        return [defaulted(entry, schema.get("items")) for entry in value]
    if not isinstance(value, dict):
        return value
    fields, others = schema.get("properties") or {}, schema.get("additionalProperties")
    made = {name: defaulted(field, fields.get(name, others)) for name, field in value.items() if field is not None}
    for name, field in fields.items():
        if "default" in field and name not in made and not (name in value and field.get("nullable")):
            made[name] = defaulted(deepcopy(field["default"]), field)
    return made
