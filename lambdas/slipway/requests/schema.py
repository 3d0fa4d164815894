"""The JSON Schema of requests, made of their fields; docs/requests.schema.json is kept the same by a test."""

from __future__ import annotations

from typing import Any

from slipway import SCHEMA
from slipway.requests.event import ID, LOGIN
from slipway.requests.kinds import KINDS, Kind


def request_schema(kind: Kind) -> dict[str, Any]:
    """Of what a request of a kind says."""
    properties = {
        field.name: {"title": field.label, "description": field.help, **field.shape.schema()} for field in kind.fields
    }
    return {
        "title": kind.title,
        "description": kind.help,
        "type": "object",
        "properties": properties,
        "required": [field.name for field in kind.fields if field.required],
        "additionalProperties": False,
    }


def event_schema(kind: Kind) -> dict[str, Any]:
    """Of the detail of an event that asks for it."""
    return {
        "title": kind.event,
        "type": "object",
        "properties": {
            "schema": {"const": SCHEMA},
            "id": {"type": "string", "pattern": f"^{ID}$", "description": "The same id is the same request again."},
            "requester": {"type": "string", "pattern": f"^{LOGIN}$", "description": "A login of GitHub."},
            "request": {"$ref": f"#/$defs/{kind.name}"},
        },
        "required": ["schema", "id", "requester", "request"],
        "additionalProperties": False,
    }


def requests_schema() -> dict[str, Any]:
    """Of all kinds and their events, by name below `$defs`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Requests to Slipway",
        "$defs": {
            **{kind.name: request_schema(kind) for kind in KINDS.values()},
            **{kind.event: event_schema(kind) for kind in KINDS.values()},
        },
    }
