"""The CRDs that Crossplane makes of a CompositeResourceDefinition: one for composites, one for claims.

Crossplane takes `spec` and `status` from the XRD's schema and adds fields of its own, which win over the XRD's. Git
does not say which release of Crossplane a cluster runs, so that the fields of 1.x and 2.x are both taken. Source:
github.com/crossplane/crossplane, internal/xcrd/crd.go and schemas.go, at v1.20.0 and v2.0.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.checks.schema.rules import KEYWORD
from slipway.errors import InputError

Schema = Mapping[str, Any]

MAX_NAME = 63
"""Letters in the name of a composite or claim: it becomes the value of a label."""

_TEXT: Schema = {"type": "string"}
_TIME: Schema = {"type": "string", "format": "date-time"}


def _fields(*required: str, **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required)}


def _list(items: Schema, **rules: Any) -> Schema:
    return {"type": "array", "items": items, **rules}


_NAMED = _fields("name", name=_TEXT)
_TEXTS: Schema = {"type": "object", "additionalProperties": _TEXT}
_SELECTOR = _fields("matchLabels", matchLabels=_TEXTS)
_REFERENCE = _fields("apiVersion", "kind", apiVersion=_TEXT, kind=_TEXT, name=_TEXT)
_ANY_REFERENCE = _fields("apiVersion", "kind", apiVersion=_TEXT, kind=_TEXT, name=_TEXT, namespace=_TEXT)
_CHOICE: Mapping[str, Schema] = {
    "compositionRef": _NAMED,
    "compositionSelector": _SELECTOR,
    "compositionRevisionRef": _NAMED,
    "compositionRevisionSelector": _SELECTOR,
    "compositionUpdatePolicy": {**_TEXT, "enum": ["Automatic", "Manual"]},
}
"""Which Composition is taken."""
_PUBLISHED: Mapping[str, Schema] = {
    "publishConnectionDetailsTo": _fields(
        "name",
        name=_TEXT,
        configRef=_fields(name=_TEXT),
        metadata=_fields(labels=_TEXTS, annotations=_TEXTS, type=_TEXT),
    )
}
"""Only of 1.x."""
_LEGACY: Mapping[str, Schema] = {
    **_CHOICE,
    **_PUBLISHED,
    "resourceRefs": _list(_ANY_REFERENCE),
    "claimRef": _fields(
        "apiVersion", "kind", "namespace", "name", apiVersion=_TEXT, kind=_TEXT, namespace=_TEXT, name=_TEXT
    ),
    "writeConnectionSecretToRef": _fields("name", "namespace", name=_TEXT, namespace=_TEXT),
}
_MODERN: Mapping[str, Mapping[str, Schema]] = {
    scope: {"crossplane": _fields(**_CHOICE, resourceRefs=_list(reference))}
    for scope, reference in (("Namespaced", _REFERENCE), ("Cluster", _ANY_REFERENCE))
}
"""Composites of 2.x, by the XRD's scope."""
_CLAIM: Mapping[str, Schema] = {
    **_CHOICE,
    **_PUBLISHED,
    "compositeDeletePolicy": {**_TEXT, "enum": ["Background", "Foreground"]},
    "resourceRef": _fields("apiVersion", "kind", "name", apiVersion=_TEXT, kind=_TEXT, name=_TEXT),
    "writeConnectionSecretToRef": _NAMED,
}
_CONDITION = _fields(
    "lastTransitionTime",
    "reason",
    "status",
    "type",
    lastTransitionTime=_TIME,
    message=_TEXT,
    reason=_TEXT,
    status=_TEXT,
    type=_TEXT,
    observedGeneration={"type": "integer", "format": "int64"},
)
_STATUS: Mapping[str, Schema] = {
    "conditions": _list(_CONDITION, **{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]})
}
_LEGACY_STATUS: Mapping[str, Schema] = {
    **_STATUS,
    "connectionDetails": _fields(lastPublishedTime=_TIME),
    "claimConditionTypes": _list(_TEXT, **{"x-kubernetes-list-type": "set"}),
}


def composite_schema(schema: Schema, scope: str) -> Schema:
    """The schema of a composite.

    Args:
        schema: the `openAPIV3Schema` of a version of the XRD.
        scope: the XRD's: `Namespaced`, `Cluster`; all else is what 1.x had, `LegacyCluster`.
    """
    return _made(schema, _MODERN.get(scope, _LEGACY), _STATUS if scope in _MODERN else _LEGACY_STATUS)


def claim_schema(schema: Schema) -> Schema:
    """The schema of a claim, from the `openAPIV3Schema` of a version of the XRD."""
    return _made(schema, _CLAIM, _LEGACY_STATUS)


def _made(schema: Schema, spec: Mapping[str, Schema], status: Mapping[str, Schema]) -> Schema:
    try:
        given, metadata = schema.get("properties") or {}, {**_TEXT, "maxLength": MAX_NAME}
        name = (((given.get("metadata") or {}).get("properties") or {}).get("name") or {}).get("maxLength", MAX_NAME)
        metadata["maxLength"] = min(MAX_NAME, name)
        return _fields(
            "spec",
            metadata=_fields(name=metadata),
            spec=_with(
                given.get("spec") or {}, spec, ("x-kubernetes-preserve-unknown-fields", KEYWORD, "oneOf", "required")
            ),
            status=_with(given.get("status") or {}, status, (KEYWORD, "oneOf", "required")),
        )
    except (AttributeError, TypeError, ValueError) as err:
        raise InputError(f"openAPIV3Schema is not a valid schema: {err}") from err


def _with(given: Schema, added: Mapping[str, Schema], kept: tuple[str, ...]) -> Schema:
    """What Crossplane keeps of a field's schema, and its own fields."""
    return {
        "type": "object",
        **{key: given[key] for key in kept if key in given},
        "properties": {**(given.get("properties") or {}), **added},
    }
