"""Custom kinds: the OpenAPI v3 schema in a CRD, compiled.

It is a "structural" schema, which says more than JSON Schema does (`nullable`, `x-kubernetes-…`) and is applied after
the API server has dropped what is null and filled in defaults. Its rules (`x-kubernetes-validations`) are in
`slipway.checks.schema.rules`. Sources: kubernetes.io/docs "Extend the Kubernetes API with CustomResourceDefinitions";
kube-openapi pkg/schemaconv/openapi.go, which decides what server-side apply takes; apiextensions-apiserver
pkg/apiserver.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import jsonschema_rs

from slipway.checks.schema.errors import Reason, SchemaError
from slipway.checks.schema.json_values import find_foreign
from slipway.checks.schema.keywords import LIST_KEYS, ListKeys
from slipway.checks.schema.published import FORMATS
from slipway.checks.schema.rules import Rules
from slipway.checks.schema.run import run
from slipway.errors import InputError
from slipway.fleet.defaulting import defaulted

_AS_IS = ("pattern", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "multipleOf")
_FORMATTED = {"int32": "integer", "int64": "integer", "byte": "string", "date-time": "string"}
"""The type that a format is about; the API server ignores it on others. Source: apiextensions-apiserver
pkg/apiserver/validation/formats.go."""
_BRANCHES = ("allOf", "anyOf", "oneOf")
_OBJECT_FIELDS: Mapping[str, Any] = {
    "apiVersion": {"type": "string"},
    "kind": {"type": "string"},
    "metadata": {"type": "object"},
}
"""What every object has, mentioned in its schema or not."""


class CustomSchema:
    """The compiled schema of one version of a CRD."""

    def __init__(self, open_api: Mapping[str, Any]) -> None:
        """Compile the `openAPIV3Schema` of a version.

        Raises:
            InputError: it is no schema that an API server would take.
        """
        foreign = find_foreign(open_api) if isinstance(open_api, dict) else "it is not a map"
        if foreign:
            raise InputError(f"openAPIV3Schema: {foreign}")
        self._open_api = open_api
        try:
            self._schema = _translated(open_api, preserving=False, resource=True)
            self._validator = jsonschema_rs.Draft202012Validator(
                self._schema,
                keywords={LIST_KEYS: ListKeys},
                validate_formats=True,
                pattern_options=jsonschema_rs.RegexOptions(),
                offline=True,
            )
        except (AttributeError, LookupError, TypeError, ValueError) as err:
            raise InputError(f"openAPIV3Schema is not a valid schema: {str(err).partition(chr(10))[0]}") from err

    def errors(self, obj: Mapping[str, Any]) -> Iterator[SchemaError]:
        """Yield what a server-side apply of an object of this kind would refuse; its metadata is left to `validate`."""
        for error in run(self._validator, self._schema, self._schema, self.with_defaults(obj)):
            # The status of an applied object is thrown away before its values are looked at.
            if error.path[:1] != ("status",) or error.reason is not Reason.FORMAT:
                yield error

    def with_defaults(self, obj: Mapping[str, Any]) -> Any:
        """A copy of an object as the API server goes on with it: defaults filled in, and nothing that is null."""
        return defaulted(obj, self._open_api)

    @cached_property
    def rules(self) -> Rules:
        """The rules of the schema, compiled."""
        return Rules(self._open_api)


def _translated(schema: Mapping[str, Any], *, preserving: bool, resource: bool = False) -> dict[str, Any]:
    """A structural schema as JSON Schema 2020-12.

    Args:
        schema: the structural schema, or a part of it.
        preserving: an outer schema takes unknown fields, which goes for inner ones too.
        resource: it is the schema of a whole object.
    """
    preserving = preserving or schema.get("x-kubernetes-preserve-unknown-fields") is True
    resource = resource or schema.get("x-kubernetes-embedded-resource") is True
    made = _values(schema)
    if schema.get("x-kubernetes-int-or-string"):
        made["type"] = ["integer", "string"]
    elif "type" in schema:
        made["type"] = schema["type"]
    if schema.get("nullable") and "type" in made:
        made["type"] = [*(made["type"] if isinstance(made["type"], list) else [made["type"]]), "null"]
    fields: Mapping[str, Any] = schema.get("properties") or {}
    if fields or resource:
        made["properties"] = {
            name: _translated(field, preserving=preserving or (resource and name == "metadata"))
            for name, field in fields.items()
        }
        if resource:
            made["properties"] = {**_OBJECT_FIELDS, **made["properties"]}
        if fields and not preserving:
            made["additionalProperties"] = False
    others = schema.get("additionalProperties")
    if others is not None:
        made["additionalProperties"] = (
            others if isinstance(others, bool) else _translated(others, preserving=preserving)
        )
    if "items" in schema:
        made["items"] = _translated(schema["items"], preserving=preserving)
    made.update(_list_rules(schema))
    # Defaults come before the check, and null fields are gone by then.
    filled = {name for name, field in fields.items() if "default" in field or field.get("nullable")}
    made["required"] = [name for name in schema.get("required") or () if name not in filled]
    for key in _BRANCHES:
        if key in schema:
            made[key] = [_branch(branch, filled) for branch in schema[key]]
    if "not" in schema:
        made["not"] = _branch(schema["not"], set())
    return made


def _branch(schema: Mapping[str, Any], filled: set[str]) -> dict[str, Any]:
    """A schema inside `allOf` and the like, which names no types and forbids no fields by itself."""
    made = _translated(schema, preserving=True)
    made["required"] = [name for name in made["required"] if name not in filled]
    return made


def _values(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The rules about single values."""
    made = {key: schema[key] for key in _AS_IS if key in schema}
    if schema.get("type", "string") == _FORMATTED.get(schema.get("format", "")):
        made.update(FORMATS[schema["format"]])
    if "enum" in schema:
        made["enum"] = [*schema["enum"], *([None] if schema.get("nullable") else [])]
    if schema.get("uniqueItems"):
        made["uniqueItems"] = True
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if limit in schema:
            made[exclusive if schema.get(exclusive) else limit] = schema[limit]
    return made


def _list_rules(schema: Mapping[str, Any]) -> dict[str, Any]:
    kind = schema.get("x-kubernetes-list-type")
    if kind == "map":
        fields = schema["items"].get("properties") or {}
        keys = schema.get("x-kubernetes-list-map-keys") or ()
        return {LIST_KEYS: {key: fields.get(key, {}).get("default") for key in keys}}
    return {"uniqueItems": True} if kind == "set" else {}
