"""From the schemas that Kubernetes publishes to the schemas that we validate with.

Kubernetes publishes one OpenAPI document per version; the package `kubernetes-validate` ships it as JSON Schema. It
says less than the API server checks (a quantity is any string) and sometimes more (a field is "required" that the
server defaults). `tighten` makes up for both, once, so that validating is nothing but running the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.checks.schema.keywords import LIST_KEYS

QUANTITY = r"^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?\s*$"
"""A resource quantity. Source: k8s.io/apimachinery/pkg/api/resource/quantity.go, the grammar at `Quantity`; blanks
around it are cut off by its `UnmarshalJSON`."""

BASE64 = (
    r"^[\r\n]*(([A-Za-z0-9+/][\r\n]*){4})*(([A-Za-z0-9+/][\r\n]*){2}(=[\r\n]*){2}|([A-Za-z0-9+/][\r\n]*){3}=[\r\n]*)?$"
)
"""Base64 as Go's `encoding/base64` decodes it: padded, line breaks ignored."""

_INT32 = {"minimum": -(2**31), "maximum": 2**31 - 1}
FORMATS: Mapping[str, Mapping[str, Any]] = {
    "int32": _INT32,
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
    "byte": {"pattern": BASE64},
    "date-time": {"format": "date-time"},
}

_REPLACED: Mapping[str, Mapping[str, Any]] = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": ["string", "number", "null"], "pattern": QUANTITY},
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"type": ["integer", "string", "null"], **_INT32},
}
"""Types with a JSON form of their own, which the published schema can only hint at."""

ANY_KIND = "slipway.AnyKind"
"""A definition of ours: what every object has, whatever its kind."""
_ANY_KIND = {"properties": {"metadata": {"$ref": "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}}}

_KEY_DEFAULTS: Mapping[str, Any] = {"protocol": "TCP", "name": ""}
"""What the key field of a list entry counts as where it is left out, which is not published. Source: `+default` at
ContainerPort and ServicePort `protocol` and LocalObjectReference `name`, k8s.io/api/core/v1/types.go."""

NOT_REQUIRED = frozenset(
    {
        ("io.k8s.api.apps.v1.StatefulSetSpec", "serviceName"),
        ("io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern", "status"),
        ("io.k8s.api.batch.v1.PodFailurePolicyRule", "onPodConditions"),
        ("io.k8s.api.discovery.v1.EndpointSlice", "endpoints"),
        ("io.k8s.api.networking.v1.NetworkPolicySpec", "podSelector"),
        ("io.k8s.api.rbac.v1.RoleRef", "apiGroup"),
        ("io.k8s.api.scheduling.v1.PriorityClass", "value"),
    }
)
"""Fields that older versions publish as required although their server never insisted: it defaults them or takes the
zero value. Each is published as optional by a later version, which a test verifies."""


@dataclass(frozen=True)
class VersionSchemas:
    """The schemas of one Kubernetes version."""

    kinds: Mapping[str, str]
    """`"apps/v1 Deployment"` → the name of its definition."""
    definitions: Mapping[str, Any]
    """Name → JSON Schema (2020-12), which refers to others as `#/$defs/<name>`."""


def tighten(published: Mapping[str, Any]) -> VersionSchemas:
    """Make our schemas from published ones.

    Args:
        published: name → definition, in the strict form (objects with properties take no others).
    """
    kinds: dict[str, str] = {}
    definitions: dict[str, Any] = {ANY_KIND: _ANY_KIND}
    for name, schema in published.items():
        if name in _REPLACED:
            definitions[name] = dict(_REPLACED[name])
            continue
        definition = definitions[name] = _tightened(schema)
        definition["required"] = [
            field for field in definition.get("required", ()) if (name, field) not in NOT_REQUIRED
        ]
        if {"apiVersion", "kind", "metadata"} <= definition.get("properties", {}).keys():
            for served in schema.get("x-kubernetes-group-version-kind", ()):
                api_version = f"{served['group']}/{served['version']}".removeprefix("/")
                kinds[f"{api_version} {served['kind']}"] = name
            for field in ("apiVersion", "kind"):
                # It was looked up by them; in an embedded object the server takes any.
                definition["properties"][field].pop("enum", None)
    return VersionSchemas(kinds, definitions)


def _tightened(schema: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    tight: dict[str, Any] = {key: schema[key] for key in ("type", "enum", "required") if key in schema}
    if "properties" in schema:
        tight["properties"] = {name: _tightened(field) for name, field in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in schema:
            tight[key] = _tightened(schema[key]) if isinstance(schema[key], Mapping) else schema[key]
    tight.update(FORMATS.get(schema.get("format", ""), {}))
    tight.update(_list_rules(schema))
    return tight


def _list_rules(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Which entries of a list exclude each other.

    Source: kube-openapi pkg/schemaconv/smd.go, getListElementRelationship.
    """
    kind = schema.get("x-kubernetes-list-type")
    if kind is None and schema.get("x-kubernetes-patch-strategy") in ("merge", "merge,retainKeys"):
        kind = "map" if "x-kubernetes-patch-merge-key" in schema else "set"
    if kind == "map":
        keys = schema.get("x-kubernetes-list-map-keys") or [schema["x-kubernetes-patch-merge-key"]]
        return {LIST_KEYS: {key: _KEY_DEFAULTS.get(key) for key in keys}}
    if kind == "set":
        return {"uniqueItems": True}
    return {}
