"""Run a compiled schema over an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from slipway.checks.schema.errors import SchemaError
from slipway.checks.schema.messages import explain

_MERGE = "kustomize.toolkit.fluxcd.io/ssa"
"""With the value `merge`, an object is a part of one that exists already. Source: fluxcd.io/flux/faq, "How to patch
CoreDNS and other pre-installed addons?"."""


def run(
    validator: jsonschema_rs.Draft202012Validator,
    document: Mapping[str, Any],
    root: Mapping[str, Any],
    obj: Mapping[str, Any],
) -> Iterator[SchemaError]:
    """Yield what a server-side apply would refuse.

    Args:
        validator: the compiled schema.
        document: the schema document that it was compiled from.
        root: the schema of the object, within the document.
        obj: the object, with `apiVersion` and `kind`.
    """
    secret = obj["apiVersion"] == "v1" and obj["kind"] in ("Secret", "SecretList")
    partial = is_partial(obj)
    for error in validator.iter_errors(obj):
        if not _is_ignored(error, partial=partial):
            yield from explain(error, document, root, secret=secret)


def _is_ignored(error: jsonschema_rs.ValidationError, *, partial: bool) -> bool:
    """True for what the API server does not look at."""
    kinds = jsonschema_rs.ValidationErrorKind
    if partial and isinstance(error.kind, kinds.AnyOf | kinds.OneOfNotValid | kinds.MinProperties | kinds.MinItems):
        return True  # what is merged in may make up for it
    required = isinstance(error.kind, kinds.Required) or error.instance is None
    # The status of an applied object is thrown away, after its fields were compared with the schema.
    in_status = error.instance_path[:1] == ["status"]
    return required and (partial or in_status)


def is_partial(obj: Mapping[str, Any]) -> bool:
    """True if Flux merges the object into one that exists already."""
    metadata = obj.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    how = annotations.get(_MERGE) if isinstance(annotations, Mapping) else None
    return isinstance(how, str) and how.lower() == "merge"
