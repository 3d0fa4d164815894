"""One object against one version of Kubernetes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from slipway.checks.schema.beyond import check_beyond
from slipway.checks.schema.catalog import Schemas
from slipway.checks.schema.catalogue import CataloguedKind
from slipway.checks.schema.defined import DefinedKind
from slipway.checks.schema.errors import Reason, SchemaError
from slipway.checks.schema.json_values import find_foreign
from slipway.checks.schema.metadata import check_metadata
from slipway.checks.schema.published import ANY_KIND
from slipway.checks.schema.run import run
from slipway.checks.schema.serving import BUILT_IN_GROUPS, not_served

ERRORS_PER_OBJECT = 20
"""Of more, only the fact is told: explaining them takes longer than finding them."""

CustomKind = DefinedKind | CataloguedKind
"""What is known of a kind that is none of Kubernetes' own."""

ENCRYPTED = "it is encrypted with SOPS"
"""Why an object is not validated whose values SOPS has encrypted."""


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


_NO_OBJECT = SchemaResult(errors=(SchemaError((), "not a Kubernetes object, which is a map", Reason.TYPE),))


def validate(obj: Any, kubernetes_version: str, schemas: Schemas, custom: CustomKind | None = None) -> SchemaResult:
    """Validate an object as the API server of a version would, under a strict server-side apply.

    Args:
        obj: the object, of `dict`, `list` and scalars as a YAML loader makes it; a `v1 List` stands for its items.
        kubernetes_version: as people and clusters write it: `1.33`, `v1.33.4`, `v1.33.4-eks-1a2b3c4`.
        schemas: from `slipway.tools.schemas.load_schemas`.
        custom: the object's kind, if it is not one of Kubernetes' own and a definition of it is at hand.
    """
    if not isinstance(obj, dict):
        return _NO_OBJECT
    if foreign := find_foreign(obj):
        return SchemaResult(errors=(foreign,))
    version = schemas.version(kubernetes_version)
    if version is None:
        known = f"{schemas.versions[0]} to {schemas.versions[-1]}"
        return SchemaResult(not_validated=f'there are schemas for Kubernetes {known}, none for "{kubernetes_version}"')
    return _validate(obj, version, schemas, custom)


def _validate(obj: Any, version: str, schemas: Schemas, custom: CustomKind | None = None) -> SchemaResult:
    if not isinstance(obj, dict):
        return _NO_OBJECT
    missing = [field for field in ("apiVersion", "kind") if not isinstance(obj.get(field), str) or not obj[field]]
    if missing:
        return SchemaResult(
            errors=tuple(SchemaError((field,), "required; must be a string", Reason.REQUIRED) for field in missing)
        )
    if _is_encrypted_whole(obj):
        return SchemaResult(not_validated=ENCRYPTED)
    kind = f"{obj['apiVersion']} {obj['kind']}"
    if kind == "v1 List":
        return _validate_list(obj, version, schemas)
    found = schemas.of(version)
    definition = found.kinds.get(kind)
    group = obj["apiVersion"].rpartition("/")[0]
    if definition is None and group in BUILT_IN_GROUPS:
        wrong = SchemaError(("apiVersion",), not_served(kind, version, schemas), Reason.NOT_SERVED)
        return SchemaResult(errors=(wrong,))
    built_in = definition is not None
    not_validated = "" if built_in else f"there is no schema for {kind}"
    if _is_encrypted(obj):
        # Flux decrypts it, which takes a key that we must not have: no value is what the cluster will get.
        definition, not_validated = None, ENCRYPTED
    errors: Iterator[SchemaError] = _schema_errors(obj, version, schemas, definition or ANY_KIND)
    if definition:
        errors = _and_beyond(obj, errors)
    if custom and not built_in and not_validated is not ENCRYPTED:
        custom_errors, not_validated = custom.check(obj)
        errors = chain(errors, custom_errors)
    if not obj["kind"].endswith("List"):
        errors = chain(errors, check_metadata(obj, version, built_in=built_in))
    return SchemaResult(_limited(errors), not_validated)


def _and_beyond(obj: Mapping[str, Any], errors: Iterator[SchemaError]) -> Iterator[SchemaError]:
    """What the schema refuses; of what fits it, what the API server's own code does."""
    first = next(errors, None)
    if first is None:
        yield from check_beyond(obj)
    else:
        yield from chain((first,), errors)


def _is_encrypted_whole(obj: Mapping[str, Any]) -> bool:
    """True if SOPS was not told which values to encrypt: what kind of object it is, and its name, is secret too."""
    metadata = obj.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    return _is_encrypted(obj) and any(str(value).startswith("ENC[") for value in (obj["apiVersion"], obj["kind"], name))


def _is_encrypted(obj: Mapping[str, Any]) -> bool:
    return isinstance(obj.get("sops"), Mapping) and "mac" in obj["sops"]


def _validate_list(obj: Mapping[str, Any], version: str, schemas: Schemas) -> SchemaResult:
    items = obj.get("items") or []
    if not isinstance(items, list):
        return SchemaResult(errors=(SchemaError(("items",), "expected list", Reason.TYPE),))
    results = [_validate(item, version, schemas) for item in items]
    errors = (
        replace(error, path=("items", index, *error.path))
        for index, result in enumerate(results)
        for error in result.errors
    )
    why = sorted({result.not_validated for result in results} - {""})
    return SchemaResult(errors=_limited(errors), not_validated="; ".join(why))


def _schema_errors(obj: Mapping[str, Any], version: str, schemas: Schemas, definition: str) -> Iterator[SchemaError]:
    document = {"$defs": schemas.of(version).definitions}
    return run(schemas.validator(version, definition), document, document["$defs"][definition], obj)


def _limited(errors: Iterable[SchemaError]) -> tuple[SchemaError, ...]:
    told = tuple(islice(errors, ERRORS_PER_OBJECT + 1))
    if len(told) <= ERRORS_PER_OBJECT:
        return told
    return (*told[:-1], SchemaError((), f"more than {ERRORS_PER_OBJECT} errors", told[-1].reason))
