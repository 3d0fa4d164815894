"""From a JSON Schema error to a sentence that a Kubernetes person understands."""

from __future__ import annotations

import difflib
import json
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from slipway.checks.schema.errors import SHOWN_CHARACTERS, Path, Reason, SchemaError, quoted
from slipway.checks.schema.published import BASE64, QUANTITY

_SIMILAR = 0.75
"""How alike two field names must be (difflib's ratio) to suggest one for the other."""

_ENTRY = "[]"
"""Any entry of a list, in a path."""

_Kind = jsonschema_rs.ValidationErrorKind


def explain(
    error: jsonschema_rs.ValidationError, document: Mapping[str, Any], root: Mapping[str, Any], *, secret: bool
) -> Iterator[SchemaError]:
    """Say what is wrong.

    Args:
        error: what the validator found.
        document: the schema document, in which the error's schema path and references are found.
        root: the schema of the whole object.
        secret: the object holds secrets: quote no value.
    """
    path: Path = tuple(error.instance_path)
    kind = error.kind
    got = "" if secret else _got(error.instance)
    if isinstance(kind, _Kind.Required):
        yield SchemaError((*path, kind.property), "required field is missing", Reason.REQUIRED)
    elif isinstance(kind, _Kind.AdditionalProperties):
        siblings = _at(document, error.schema_path[:-1]).get("properties", {})
        for field in kind.unexpected:
            hint = _suggestion(field, path, siblings, document, root)
            yield SchemaError((*path, field), "unknown field" + hint, Reason.UNKNOWN_FIELD)
    elif isinstance(kind, _Kind.Type):
        yield SchemaError(path, _wrong_type(kind.types, error.instance, got, path), Reason.TYPE)
    elif isinstance(kind, _Kind.Custom):
        index, _, message = kind.message.partition(":")
        yield SchemaError((*path, int(index)), message, Reason.DUPLICATE)
    elif isinstance(kind, _Kind.UniqueItems):
        yield SchemaError(path, "the list holds an entry twice", Reason.DUPLICATE)
    else:
        yield SchemaError(path, _wrong_value(kind, got, path), Reason.FORMAT)


TO_QUOTE = " (put it in quotes)"
"""How the message ends about a value that YAML takes for a number or a boolean, and should be text."""


def _wrong_type(types: list[str], value: Any, got: str, path: Path) -> str:
    expected = [name for name in ("integer", "number", "string", "boolean", "array", "object") if name in types]
    found = _type_of(value)
    hint = ""
    if value is None:
        found, got = "nothing", ""
        hint = "" if isinstance(path[-1], int) else "; the field is required"
    elif expected == ["string"] and found in ("integer", "number", "boolean"):
        hint = TO_QUOTE
    elif found == "string" and _type_of(_unquoted(value)) in expected:
        hint = " (remove the quotes)"
    return f"expected {' or '.join(map(_name, expected))}, got {_name(found)}{got}{hint}"


def _wrong_value(kind: jsonschema_rs.ValidationErrorKind, got: str, path: Path) -> str:
    value = got.strip() or "the value"
    if isinstance(kind, _Kind.Pattern) and kind.pattern == QUANTITY:
        return f"{value} is not a quantity (like 500m, 2, 1.5Gi)"
    if isinstance(kind, _Kind.Pattern) and kind.pattern == BASE64:
        hint = "; plain text belongs in stringData of a Secret, in data of a ConfigMap"
        return "not base64" + (hint if path[:1] in (("data",), ("binaryData",)) else "")
    if isinstance(kind, _Kind.Format) and kind.format == "date-time":
        return f"{value} is not a date and time (like 2026-01-31T12:00:00Z)"
    if isinstance(kind, _Kind.Minimum):
        return f"{value} is less than {kind.limit}"
    if isinstance(kind, _Kind.Maximum):
        return f"{value} is more than {kind.limit}"
    if isinstance(kind, _Kind.ExclusiveMinimum):
        return f"{value} is not more than {kind.limit}"
    if isinstance(kind, _Kind.ExclusiveMaximum):
        return f"{value} is not less than {kind.limit}"
    if isinstance(kind, _Kind.Enum):
        return f"{value} is not one of {', '.join(json.dumps(option) for option in kind.options if option is not None)}"
    if isinstance(kind, _Kind.Pattern):
        return f"{value} does not match {kind.pattern}"
    if isinstance(kind, _Kind.MinProperties | _Kind.MaxProperties):
        return f"{'fewer' if isinstance(kind, _Kind.MinProperties) else 'more'} than {kind.limit} of its fields are set"
    if isinstance(kind, _Kind.MinLength | _Kind.MinItems):
        return f"shorter than {kind.limit}"
    if isinstance(kind, _Kind.MaxLength | _Kind.MaxItems):
        return f"longer than {kind.limit}"
    if isinstance(kind, _Kind.AnyOf | _Kind.OneOfNotValid):
        return f"fits none of the alternatives: {'; '.join(_alternative(branch) for branch in kind.context)}"
    if isinstance(kind, _Kind.OneOfMultipleValid):
        return "fits several alternatives that exclude each other"
    return f"{value} breaks the schema's rule {kind.name}"


def _alternative(branch: list[jsonschema_rs.ValidationError]) -> str:
    """What an alternative misses most."""
    kind = branch[0].kind
    return f"{kind.property} is not set" if isinstance(kind, _Kind.Required) else f"its {kind.name} does not fit"


def _suggestion(
    field: str, path: Path, siblings: Mapping[str, Any], document: Mapping[str, Any], root: Mapping[str, Any]
) -> str:
    by_lower_case = {name.lower(): name for name in siblings}
    close = difflib.get_close_matches(field.lower(), by_lower_case, n=1, cutoff=_SIMILAR)
    if close:
        return f" (did you mean {quoted(by_lower_case[close[0]])}?)"
    elsewhere = _find(field, path, document, root)
    return f" (there is {elsewhere})" if elsewhere else ""


def _find(field: str, parent: Path, document: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    """Where a field of this name is above or below `parent`, as with wrong indentation; "" if nowhere."""
    above = [_ENTRY if isinstance(step, int) else step for step in parent]
    queue: deque[tuple[Mapping[str, Any], list[str]]] = deque([(root, [])])
    seen = set()
    while queue:
        schema, path = queue.popleft()
        shared = min(len(path), len(above))
        if path[:shared] != above[:shared]:
            continue
        reference = schema.get("$ref", "")
        if reference:
            if reference in seen:
                continue
            seen.add(reference)
            schema = _at(document, reference.partition("#/")[2].split("/"))
        if "items" in schema:
            queue.append((schema["items"], [*path, _ENTRY]))
        fields = schema.get("properties", {})
        if field in fields:
            return ".".join([*path, field]).replace(f".{_ENTRY}", _ENTRY)
        queue.extend((sub, [*path, name]) for name, sub in fields.items() if [*path, name] != ["status"])
    return ""


def _at(document: Mapping[str, Any], path: list[Any]) -> Mapping[str, Any]:
    found: Any = document
    for step in path:
        found = found[step]
    schema: Mapping[str, Any] = found
    return schema


def _got(value: Any) -> str:
    """` <value>` as YAML would write it; "" for what is no scalar."""
    if isinstance(value, str):
        return f" {quoted(value)}"
    return "" if isinstance(value, dict | list) else f" {json.dumps(value)}"


def _unquoted(text: str) -> Any:
    if len(text) > SHOWN_CHARACTERS:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _type_of(value: Any) -> str:
    names = {type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")


def _name(json_type: str) -> str:
    """A JSON type in the words of YAML."""
    return {"array": "list", "object": "map"}.get(json_type, json_type)
