"""GitHub's own OpenAPI description (npm `@octokit/openapi`) as validators, stricter than it is written.

Beside what the description says, no object may have a field that its schema does not name: a stand-in that invents
fields would let code pass that fails on GitHub.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

_PACKAGE = Path(__file__).parents[2] / "node_modules" / "@octokit" / "openapi" / "generated" / "api.github.com.json"
_COMPOSED = ("allOf", "anyOf", "oneOf")


@cache
def description() -> dict[str, Any]:
    """The whole description."""
    found: dict[str, Any] = json.loads(_PACKAGE.read_bytes())
    return found


@cache
def response_validator(method: str, path: str, status: int) -> jsonschema_rs.Validator:
    """The validator for an operation's answer of a status.

    Raises:
        KeyError: GitHub does not document that the operation answers that status with JSON.
    """
    if (method, path, status) in _CORRECTED:
        return _validator(_CORRECTED[method, path, status])
    responses = description()["paths"][path][method.lower()]["responses"]
    response = _resolved(responses[str(status)])
    return _validator(response["content"]["application/json"]["schema"])


@cache
def documents(method: str, path: str, status: int) -> bool:
    """True if GitHub documents that the operation answers the status."""
    return str(status) in description()["paths"][path][method.lower()]["responses"]


@cache
def answers_json(method: str, path: str, status: int) -> bool:
    """True if GitHub says what an answer of the status looks like; without a word of it, it may be anything."""
    response = _resolved(description()["paths"][path][method.lower()]["responses"][str(status)])
    return "application/json" in response.get("content", {})


@cache
def webhook_validator(name: str) -> jsonschema_rs.Validator:
    """The validator for a webhook's payload, e.g. `pull-request-opened`."""
    content = description()["x-webhooks"][name]["post"]["requestBody"]["content"]
    return _validator(content["application/json"]["schema"])


@cache
def schema_validator(name: str) -> jsonschema_rs.Validator:
    """The validator for a named schema, e.g. `basic-error`."""
    return _validator({"$ref": f"#/components/schemas/{name}"})


def errors(validator: jsonschema_rs.Validator, value: Any) -> list[str]:
    """What is wrong with a value: where, and what."""
    return [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in validator.iter_errors(value)]


def _validator(schema: dict[str, Any]) -> jsonschema_rs.Validator:
    definitions: dict[str, Any] = {}
    converted = _converted(schema, definitions, closed=True)
    return jsonschema_rs.Draft202012Validator({**converted, "$defs": definitions}, validate_formats=True)


def _converted(schema: dict[str, Any], definitions: dict[str, Any], *, closed: bool) -> dict[str, Any]:
    """A schema of OpenAPI 3.0 as one of JSON Schema: `nullable` spelled out, objects closed."""
    if "$ref" in schema:
        return _reference(schema["$ref"], definitions, closed=closed)
    found = {name: value for name, value in schema.items() if name in _KEPT}
    if found.get("format") == "email":
        del found["format"]  # the addresses of bots, 1+slipway[bot]@users.noreply.github.com, are none
    if schema.get("title") in _UNDOCUMENTED:
        schema = {**schema, "properties": {**schema["properties"], **_UNDOCUMENTED[schema["title"]]}}
    if "properties" in schema:
        found["properties"] = {
            name: _converted(value, definitions, closed=True) for name, value in schema["properties"].items()
        }
    if isinstance(schema.get("items"), dict):
        found["items"] = _converted(schema["items"], definitions, closed=True)
    if isinstance(schema.get("additionalProperties"), dict):
        found["additionalProperties"] = _converted(schema["additionalProperties"], definitions, closed=True)
    for name in _COMPOSED:
        if name in schema:
            # The parts of an allOf each know only some of the fields: only the whole can be closed.
            part_closed = name != "allOf" and "properties" not in schema
            found[name] = [_converted(part, definitions, closed=part_closed) for part in schema[name]]
    knows_fields = bool(schema.get("properties")) or "allOf" in schema
    if closed and knows_fields and "additionalProperties" not in schema:
        found["unevaluatedProperties"] = False
    return {"anyOf": [{"type": "null"}, found]} if schema.get("nullable") else found


def _reference(reference: str, definitions: dict[str, Any], *, closed: bool) -> dict[str, Any]:
    name = reference.removeprefix("#/components/schemas/") + ("" if closed else ".open")
    if name not in definitions:
        definitions[name] = {}  # entered first: schemas refer to themselves
        definitions[name] = _converted(_resolved({"$ref": reference}), definitions, closed=closed)
    return {"$ref": f"#/$defs/{name}"}


def _resolved(found: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in found:
        target: Any = description()
        for step in found["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        found = target
    return found


_CORRECTED: dict[tuple[str, str, int], dict[str, Any]] = {
    # Here the description asks for accounts that are a user and an enterprise at once; elsewhere it is right.
    ("GET", "/app/installations", 200): {"type": "array", "items": {"$ref": "#/components/schemas/installation"}},
    # One of two, and whatever is the first is the second, too.
    ("POST", "/repos/{owner}/{repo}/git/blobs", 422): {"$ref": "#/components/schemas/validation-error"},
    # Here it lacks the `status` that all errors have, which it knows elsewhere.
    **{
        ("PUT", "/repos/{owner}/{repo}/pulls/{pull_number}/merge", status): {"$ref": "#/components/schemas/basic-error"}
        for status in (405, 409)
    },
}
_UNDOCUMENTED = {"Validation Error": {"status": {"type": "string"}}}
"""Fields that the description lacks, yet GitHub.com sends: github/docs#35252 quotes such an answer."""
_KEPT = ("type", "enum", "format", "required", "additionalProperties", "minimum", "maximum", "pattern", "maxLength")
