"""Custom kinds as the definitions in a cluster's own render serve them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.checks.schema.crd import CustomSchema
from slipway.checks.schema.crossplane import claim_schema, composite_schema
from slipway.checks.schema.errors import Reason, SchemaError
from slipway.errors import InputError

GroupKind = tuple[str, str]
"""API group and kind."""

_CRD = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
_XRD = {
    ("apiextensions.crossplane.io/v1", "CompositeResourceDefinition"): "LegacyCluster",
    ("apiextensions.crossplane.io/v2", "CompositeResourceDefinition"): "Namespaced",
}
"""The scope of a CompositeResourceDefinition that names none. Source: github.com/crossplane/crossplane,
apis/apiextensions/{v1,v2}/xrd_types.go."""


def defined_kinds(value: Mapping[str, Any]) -> tuple[GroupKind, ...]:
    """The kinds that an object defines; none if it is neither CRD nor XRD."""
    what = value.get("apiVersion"), value.get("kind")
    if what != _CRD and what not in _XRD:
        return ()
    spec = _map(value.get("spec"))
    names = [_map(spec.get("names")), *([_map(spec.get("claimNames"))] if what != _CRD else [])]
    return tuple((str(spec.get("group")), kind) for kind in (name.get("kind") for name in names) if kind)


class DefinedKind:
    """A kind as one definition has it. Each of its versions is compiled when it is first needed.

    Attributes:
        served: the versions that are served, as the definition lists them.
    """

    def __init__(self, definition: Mapping[str, Any], kind: GroupKind) -> None:
        """Take the CRD or XRD, and which of the kinds that it defines."""
        self._definition = definition
        self._group, self._kind = kind
        versions = _map(definition.get("spec")).get("versions")
        self._versions: dict[str, Mapping[str, Any]] = {
            str(version.get("name")): version
            for version in map(_map, versions if isinstance(versions, list) else ())
            if version.get("served") is True
        }
        self.served = tuple(self._versions)
        self._compiled: dict[str, CustomSchema | str] = {}

    def check(self, obj: Mapping[str, Any]) -> tuple[Iterator[SchemaError], str]:
        """What is wrong with an object of this kind, and why it was not validated, `""` if it was."""
        version = str(obj["apiVersion"]).rpartition("/")[2]
        schema = self._schema(version)
        if schema is None:
            return iter((SchemaError(("apiVersion",), self._not_served(version), Reason.NOT_SERVED),)), ""
        return (iter(()), schema) if isinstance(schema, str) else (schema.errors(obj), "")

    def schema_of(self, obj: Mapping[str, Any]) -> CustomSchema | None:
        """The compiled schema of an object of this kind; None if its version is not served, or cannot be used."""
        schema = self._schema(str(obj["apiVersion"]).rpartition("/")[2])
        return schema if isinstance(schema, CustomSchema) else None

    def _schema(self, version: str) -> CustomSchema | str | None:
        if version not in self._versions:
            return None
        if version not in self._compiled:
            self._compiled[version] = self._compile(version)
        return self._compiled[version]

    def open_api(self, version: str) -> Mapping[str, Any]:
        """The `openAPIV3Schema` of a served version, with the fields that Crossplane adds; empty if there is none."""
        schema: Any = _map(self._versions.get(version)).get("schema")
        given = _map(_map(schema).get("openAPIV3Schema"))
        try:
            return self._completed(given) if given else {}
        except InputError:
            return {}

    def same(self, definition: Mapping[str, Any]) -> bool:
        """True if another definition says the same of the kind."""
        return all(self._definition.get(field) == definition.get(field) for field in ("apiVersion", "kind", "spec"))

    def _not_served(self, version: str) -> str:
        by = f"{self._definition.get('kind')} {_map(self._definition.get('metadata')).get('name')}"
        said = f"{self._group}/{version} {self._kind} is not served by {by}"
        use = " or ".join(f"{self._group}/{served}" for served in self.served)
        return f"{said}; use {use}" if use else f"{said}, which serves no version"

    def _compile(self, version: str) -> CustomSchema | str:
        try:
            schema: Any = _map(self._versions[version].get("schema")).get("openAPIV3Schema")
            return CustomSchema(self._completed(schema) if isinstance(schema, dict) else schema)
        except InputError as err:
            return f"the schema in its {self._definition.get('kind')} cannot be used: {err}"

    def _completed(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        scope = _XRD.get((str(self._definition.get("apiVersion")), str(self._definition.get("kind"))))
        if scope is None:
            return schema
        spec = _map(self._definition.get("spec"))
        if self._kind == _map(spec.get("claimNames")).get("kind"):
            return claim_schema(schema)
        return composite_schema(schema, str(spec.get("scope") or scope))


@dataclass(frozen=True)
class _Definition:
    """A definition that was looked at."""

    value: Mapping[str, Any]
    """Kept so that its identity is not another's later."""
    kind: DefinedKind


class DefinedKinds:
    """Make one per check: definitions that are equal are compiled once, whatever the number of clusters."""

    def __init__(self) -> None:
        self._by_identity: dict[tuple[int, GroupKind], _Definition] = {}
        self._by_kind: dict[GroupKind, list[DefinedKind]] = {}

    def of(self, definition: Mapping[str, Any], kind: GroupKind) -> DefinedKind:
        """A kind as a CRD or XRD defines it."""
        key = id(definition), kind
        if key not in self._by_identity:
            self._by_identity[key] = _Definition(definition, self._equal(definition, kind))
        return self._by_identity[key].kind

    def _equal(self, definition: Mapping[str, Any], kind: GroupKind) -> DefinedKind:
        known = self._by_kind.setdefault(kind, [])
        found = next((other for other in known if other.same(definition)), None)
        if found is None:
            found = DefinedKind(definition, kind)
            known.append(found)
        return found


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
