"""One object against one version of Kubernetes."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import jsonschema_rs

from slipway.checks.schema.catalog import Schemas
from slipway.checks.schema.errors import Reason, SchemaError
from slipway.checks.schema.json_values import find_foreign
from slipway.checks.schema.messages import explain
from slipway.checks.schema.metadata import check_metadata

ERRORS_PER_OBJECT = 20
"""More are counted, not told."""

BUILT_IN_GROUPS = frozenset(
    {"", "apps", "autoscaling", "batch", "extensions", "policy"}
    | {"admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "authentication.k8s.io"}
    | {"authorization.k8s.io", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io"}
    | {"flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io"}
    | {"rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io"}
    | {"storagemigration.k8s.io"}
)
"""API groups of Kubernetes itself: nobody else can add a kind to them. Others under `k8s.io` belong to add-ons."""

_OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

_MERGE = "kustomize.toolkit.fluxcd.io/ssa"
"""With the value `merge`, an object is a part of one that exists already. Source: fluxcd.io/flux/faq, "How to patch
CoreDNS and other pre-installed addons?"."""


@dataclass(frozen=True)
class SchemaResult:
    """What is known about an object after validation."""

    errors: tuple[SchemaError, ...] = ()
    """What the API server would refuse."""
    not_validated: str = ""
    """Why the object was not validated in full; empty if it was. Its metadata may have been, all the same."""

    @property
    def valid(self) -> bool:
        """True if the whole object was validated and is sound."""
        return not self.errors and not self.not_validated


def validate(obj: Mapping[str, Any], kubernetes_version: str, schemas: Schemas) -> SchemaResult:
    """Validate an object as the API server of a version would, under a strict server-side apply.

    Args:
        obj: the object; a `v1 List` stands for its items.
        kubernetes_version: as people and clusters write it: `1.33`, `v1.33.4`, `v1.33.4-eks-1a2b3c4`.
        schemas: from `slipway.tools.schemas.load_schemas`.
    """
    if foreign := find_foreign(obj):
        return SchemaResult(errors=(foreign,))
    version = schemas.version(kubernetes_version)
    if version is None:
        known = f"{schemas.versions[0]} to {schemas.versions[-1]}"
        return SchemaResult(not_validated=f'there are schemas for Kubernetes {known}, none for "{kubernetes_version}"')
    return _validate(obj, version, schemas)


def _validate(obj: Any, version: str, schemas: Schemas) -> SchemaResult:
    if not isinstance(obj, Mapping):
        return SchemaResult(errors=(SchemaError((), "not a Kubernetes object, which is a map", Reason.TYPE),))
    missing = [field for field in ("apiVersion", "kind") if not isinstance(obj.get(field), str) or not obj[field]]
    if missing:
        wrong = [SchemaError((field,), "required; must be a string", Reason.REQUIRED) for field in missing]
        return SchemaResult(errors=tuple(wrong))
    kind = f"{obj['apiVersion']} {obj['kind']}"
    if kind == "v1 List":
        return _validate_list(obj, version, schemas)
    found = schemas.of(version)
    definition = found.kinds.get(kind)
    group = obj["apiVersion"].rpartition("/")[0]
    if definition is None and group in BUILT_IN_GROUPS:
        path = ("apiVersion",)
        return SchemaResult(errors=(SchemaError(path, _not_served(kind, version, schemas), Reason.NOT_SERVED),))
    errors = [
        *_schema_errors(obj, version, schemas, definition),
        *(() if obj["kind"].endswith("List") else check_metadata(obj, version, built_in=definition is not None)),
    ]
    return SchemaResult(
        errors=_limited(errors),
        not_validated="" if definition else f"there is no schema for {kind}",
    )


def _validate_list(obj: Mapping[str, Any], version: str, schemas: Schemas) -> SchemaResult:
    items = obj.get("items") or []
    if not isinstance(items, list):
        return SchemaResult(errors=(SchemaError(("items",), "expected list", Reason.TYPE),))
    results = [_validate(item, version, schemas) for item in items]
    errors = [
        replace(error, path=("items", index, *error.path))
        for index, result in enumerate(results)
        for error in result.errors
    ]
    why = sorted({result.not_validated for result in results} - {""})
    return SchemaResult(errors=_limited(errors), not_validated="; ".join(why))


def _schema_errors(
    obj: Mapping[str, Any], version: str, schemas: Schemas, definition: str | None
) -> Iterator[SchemaError]:
    """Errors against the kind's schema, or of the metadata only where there is none."""
    root = definition or _OBJECT_META
    part = obj if definition else obj.get("metadata")
    prefix = () if definition else ("metadata",)
    document = {"$defs": schemas.of(version).definitions}
    secret = obj["apiVersion"] == "v1" and obj["kind"] in ("Secret", "SecretList")
    partial = _is_partial(obj)
    for found in schemas.validator(version, root).iter_errors(part):
        if not _is_ignored(found, partial=partial):
            for error in explain(found, document, document["$defs"][root], secret=secret):
                yield replace(error, path=prefix + error.path)


def _is_ignored(error: jsonschema_rs.ValidationError, *, partial: bool) -> bool:
    """True for what the API server does not look at."""
    required = isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required) or error.instance is None
    # The status of an applied object is thrown away, after its fields were compared with the schema.
    in_status = error.instance_path[:1] == ["status"]
    return required and (partial or in_status)


def _is_partial(obj: Mapping[str, Any]) -> bool:
    metadata = obj.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    how = annotations.get(_MERGE) if isinstance(annotations, Mapping) else None
    return isinstance(how, str) and how.lower() == "merge"


def _not_served(kind: str, version: str, schemas: Schemas) -> str:
    """Why a version does not know a kind in a group of Kubernetes' own, and what to write instead."""
    api_version, name = kind.split(" ", 1)
    kinds = schemas.of(version).kinds
    said = f"{kind} is not served by Kubernetes {version}"
    serving = schemas.serving(kind)
    if not serving:
        said += f", nor by any version from {schemas.versions[0]} to {schemas.versions[-1]}"
    elif schemas.versions.index(serving[-1]) < schemas.versions.index(version):
        said += f" (removed in {schemas.versions[schemas.versions.index(serving[-1]) + 1]})"
    else:
        said += f" (served since {serving[0]})"
    elsewhere = [known.split(" ")[0] for known in kinds if known.endswith(f" {name}")]
    if elsewhere:
        group = api_version.rpartition("/")[0]
        return f"{said}; use {max(elsewhere, key=lambda other: (other.rpartition('/')[0] == group, *_maturity(other)))}"
    names = [known.split(" ")[1] for known in kinds if known.startswith(f"{api_version} ")]
    close = difflib.get_close_matches(name, names, n=1)
    return f'{said}; did you mean "{close[0]}"?' if close else said


def _maturity(api_version: str) -> tuple[bool, str]:
    """Sorts stable versions last, and the newest of them (`v2` after `v1`) behind the others."""
    version = api_version.rpartition("/")[2]
    return "alpha" not in version and "beta" not in version, version


def _limited(errors: list[SchemaError]) -> tuple[SchemaError, ...]:
    told = tuple(islice(errors, ERRORS_PER_OBJECT))
    if len(errors) > ERRORS_PER_OBJECT:
        more = SchemaError((), f"{len(errors) - ERRORS_PER_OBJECT} more errors", errors[ERRORS_PER_OBJECT].reason)
        return (*told, more)
    return told
