"""An object as expressions see it: by its schema, since a rule sees only what that says.

Source: k8s.io/apiserver pkg/cel/common, valuesunstructured.go and schemas.go; pkg/cel/escaping.go.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from slipway.checks.cel.errors import CelError
from slipway.checks.cel.library.times import HOUR, MINUTE, SECOND, parse_duration, parse_timestamp
from slipway.checks.cel.values import Duration, KeyedList, Opaque, SetList, Struct, Timestamp

Schema = Mapping[str, Any]

_TEXT: Schema = {"type": "string"}
_RESERVED = frozenset(
    {"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import"}
    | {"let", "loop", "package", "namespace", "return", "var", "void", "while"}
)
_ESCAPED = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}
_NAME = re.compile(r"[A-Za-z_./-][A-Za-z0-9_./-]*", re.ASCII)
_SPAN = re.compile(r"(\d{1,15})\s*([A-Za-z]+|µs)", re.ASCII)
_SPANS: tuple[tuple[tuple[str, ...], int], ...] = (
    (("ns", "nano"), 1),
    (("us", "µs", "micro"), 10**3),
    (("ms", "milli"), 10**6),
    (("s", "sec"), SECOND),
    (("m", "min"), MINUTE),
    (("h", "hr", "hour"), HOUR),
    (("d", "day"), 24 * HOUR),
    (("w", "wk", "week"), 7 * 24 * HOUR),
)
"""Of the last name of each, any word that begins with it counts. Source: kube-openapi pkg/validation/strfmt."""


def escaped(name: str) -> str | None:
    """A field's name as expressions write it; None if they cannot."""
    if name in _RESERVED:
        return f"__{name}__"
    if not _NAME.fullmatch(name):
        return None
    return re.sub(r"__|[-./]", lambda match: _ESCAPED[match[0]], name)


def with_object_fields(schema: Schema) -> Schema:
    """The schema of a whole object, with what rules see of each: its kind, name and generateName."""
    fields = schema.get("properties") or {}
    metadata = fields.get("metadata") or {}
    known = metadata.get("properties") or {}
    if all(_is_text(part) for part in (fields.get("kind"), fields.get("apiVersion"))) and all(
        _is_text(known.get(name)) for name in ("name", "generateName")
    ):
        return schema
    metadata = {"type": "object", "properties": {"name": _TEXT, "generateName": _TEXT}}
    return {**schema, "properties": {**fields, "kind": _TEXT, "apiVersion": _TEXT, "metadata": metadata}}


def _is_text(schema: Schema | None) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "string"


def is_exposed(schema: Schema) -> bool:
    """True if rules see values of this schema at all."""
    if schema.get("x-kubernetes-int-or-string"):
        return True
    if schema.get("type") == "array":
        return isinstance(schema.get("items"), Mapping) and is_exposed(schema["items"])
    if schema.get("type") == "object":
        others = schema.get("additionalProperties")
        return is_exposed(others) if isinstance(others, Mapping) else True
    return schema.get("type") in ("string", "boolean", "number", "integer")


def rule_value(value: Any, schema: Schema) -> Any:
    """A value as rules see it; an error if it does not fit the schema."""
    if value is None:
        return None if schema.get("nullable") else CelError("invalid data, got null for schema with nullable=false")
    if schema.get("x-kubernetes-int-or-string"):
        wrong = "invalid data, expected XIntOrString value to be either a string or integer"
        return value if isinstance(value, str | int) and not isinstance(value, bool) else CelError(wrong)
    match schema.get("type"):
        case "object":
            return _object(value, schema)
        case "array":
            return _array(value, schema)
        case "string":
            return _text(value, schema)
        case "number":
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return float(value) if number else CelError("invalid data, expected float")
        case "integer":
            whole = isinstance(value, int) and not isinstance(value, bool)
            return value if whole else CelError("invalid data, expected int")
        case "boolean":
            return value if isinstance(value, bool) else CelError("invalid data, expected bool")
        case _:
            return Opaque(value)


def _object(value: Any, schema: Schema) -> Any:
    if not isinstance(value, dict):
        return CelError("invalid data, expected a map for the provided schema with type=object")
    if schema.get("x-kubernetes-embedded-resource"):
        schema = with_object_fields(schema)
    others = schema.get("additionalProperties")
    if schema.get("properties") is None and isinstance(others, Mapping):
        return {key: rule_value(item, others) for key, item in value.items()}
    fields: dict[str, Any] = {}
    declared = set()
    properties: Mapping[str, Schema] = schema.get("properties") or {}
    for name, field in properties.items():
        name_in_rules = escaped(name)
        if name_in_rules is None:
            continue
        if is_exposed(field):
            declared.add(name_in_rules)
        if value.get(name) is not None:
            fields[name_in_rules] = rule_value(value[name], field)
    unseen = {name: item for name, item in value.items() if name not in properties or escaped(name) not in fields}
    return Struct(fields, frozenset(declared), unseen)


def _array(value: Any, schema: Schema) -> Any:
    if not isinstance(value, list):
        return CelError("invalid data, expected an array for the provided schema with type=array")
    items = schema.get("items")
    if not isinstance(items, Mapping):
        return CelError("invalid array type, expected Items with a non-empty Schema")
    made = [rule_value(item, items) for item in value]
    match schema.get("x-kubernetes-list-type"):
        case "set":
            return SetList(made)
        case "map":
            return KeyedList(made, tuple(escaped(key) or key for key in schema.get("x-kubernetes-list-map-keys") or ()))
        case _:
            return made


def _text(value: Any, schema: Schema) -> Any:
    if not isinstance(value, str):
        return CelError("invalid data, expected string")
    match schema.get("format"):
        case "duration":
            found: Any = parse_duration(value) or _long_duration(value)
        case "date-time":
            found = Timestamp(0) if not value else parse_timestamp(value) or parse_timestamp(f"{value}Z")
        case "date":
            found = _date(value)
        case "byte":
            found = _bytes(value)
        case _:
            return value
    return CelError(f"Invalid {schema['format']} formatted string {value}") if found is None else found


def _long_duration(value: str) -> Duration | None:
    """`3 days`, which the format takes besides what Go takes."""
    total, found = 0, False
    for count, unit in _SPAN.findall(value):
        for names, span in _SPANS:
            if unit.lower() in names or unit.lower().startswith(names[-1]):
                total, found = total + int(count) * span, True
    return Duration(total) if found else None


def _date(value: str) -> Timestamp | None:
    try:
        day = date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII) else None
    except ValueError:
        return None
    return None if day is None else Timestamp((day - date(1970, 1, 1)).days * 24 * HOUR)


def _bytes(value: str) -> bytes | None:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
