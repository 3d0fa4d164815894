"""CRDs of the kinds that the sound fleet uses, made of the short definitions in `crds.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from slipway.fleet.manifests import dump

SHORT = Path(__file__).with_name("crds.yaml")

_SCALARS: Mapping[str, Mapping[str, Any]] = {
    "any": {"x-kubernetes-preserve-unknown-fields": True},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "text": {"type": "string"},
    "texts": {"type": "object", "additionalProperties": {"type": "string"}},
}
_FIXED = [{"rule": "self == oldSelf", "message": "Value is immutable"}]
_POLICIES = "Observe|Create|Update|Delete|LateInitialize|*"


def crd_files() -> dict[str, str]:
    """YAML of CRDs by the name of their section in `crds.yaml`."""
    sections: Mapping[str, Mapping[str, Any]] = yaml.safe_load(SHORT.read_text(encoding="utf-8"))
    return {
        section: "---\n".join(dump(_crd(kind, fields, managed=section == "managed")) for kind, fields in kinds.items())
        for section, kinds in sections.items()
    }


def _crd(heading: str, fields: Mapping[str, Any], *, managed: bool) -> dict[str, Any]:
    api_version, kind, scope = heading.split()
    group, _, version = api_version.partition("/")
    plural = f"{kind[:-1]}ies".lower() if kind.endswith("y") else f"{kind}{'es' if kind.endswith('s') else 's'}".lower()
    spec = _managed(fields) if managed else _object(fields)
    # The API server looks at all of it, as for kinds whose schema says nothing of their status.
    status = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": spec, "status": status}, "required": ["spec"]}
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    served = {"name": version, "served": True, "storage": True, "subresources": {"status": {}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": names,
            "scope": scope,
            "versions": [{**served, "schema": {"openAPIV3Schema": schema}}],
        },
    }


def _managed(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The `spec` of a managed resource; its `forProvider` has the fields."""
    created = [name.removesuffix("!!") for name in fields if name.endswith("!!")]
    plain = {name.removesuffix("!!"): field for name, field in fields.items()}
    schema = _object(
        {
            "forProvider!": plain,
            "initProvider": {name.rstrip("!"): field for name, field in plain.items()},
            "managementPolicies": [_POLICIES],
            "providerConfigRef": {"kind!": "text", "name!": "text"},
            "writeConnectionSecretToRef": {"name!": "text"},
        }
    )
    schema["properties"]["managementPolicies"]["default"] = ["*"]
    schema["properties"]["providerConfigRef"]["default"] = {"kind": "ClusterProviderConfig", "name": "default"}
    creates = " || ".join(f"'{policy}' in self.managementPolicies" for policy in ("*", "Create", "Update"))
    schema["x-kubernetes-validations"] = [
        {
            "rule": f"!({creates}) || has(self.forProvider.{name}) || (has(self.initProvider) "
            f"&& has(self.initProvider.{name}))",
            "message": f"spec.forProvider.{name} is a required parameter",
        }
        for name in created
    ]
    return schema


def _object(fields: Mapping[str, Any]) -> dict[str, Any]:
    properties = {}
    for name, field in fields.items():
        schema = _schema(field)
        if name.endswith("="):
            schema["x-kubernetes-validations"] = _FIXED
        properties[name.rstrip("!=")] = schema
    made: dict[str, Any] = {"type": "object", "properties": properties}
    if required := [name.rstrip("!=") for name in fields if "!" in name]:
        made["required"] = required
    return made


def _schema(field: Any) -> dict[str, Any]:
    if isinstance(field, Mapping):
        return _object(field)
    if isinstance(field, list):
        return {"type": "array", "items": _schema(field[0])}
    if field in _SCALARS:
        return dict(_SCALARS[field])
    return {"type": "string", "enum": field.split("|")}
