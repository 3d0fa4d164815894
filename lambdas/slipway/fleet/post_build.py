"""From a build's output to the objects that are applied: variable substitution and common metadata.

Order and conditions are those of kustomize-controller: substitution works on each object's YAML text, so that a number
without quotes becomes a number, and only if `spec.postBuild` is set; common metadata is added at apply.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.errors import LimitError
from slipway.fleet.flux import Kustomization
from slipway.fleet.manifests import load_documents
from slipway.fleet.objects import KubeObject, mapping, text
from slipway.fleet.origins import Built
from slipway.fleet.substitute import KEEP, Keep, SubstitutionError, substitute, valid_name

_OPT_OUT = "kustomize.toolkit.fluxcd.io/substitute"


@dataclass(frozen=True)
class Variables:
    """What a Kustomization substitutes with."""

    values: Mapping[str, str]
    missing: tuple[str, ...] = ()
    """ConfigMaps and Secrets that Git does not hold: their variables are known on the cluster only."""


def post_build(
    kustomization: Kustomization, built: Iterable[Built], variables: Variables
) -> tuple[list[KubeObject], set[str]]:
    """The objects as applied, and the variables that were left as written because their values are not known here.

    Raises:
        SubstitutionError: Flux would refuse it.
    """
    strategy = text(mapping(kustomization.spec.get("postBuild")).get("substituteStrategy"))
    wanted = kustomization.substitutes and bool(variables.values or variables.missing or strategy == "Always")
    unknown: set[str] = set()

    def lookup(name: str) -> str | Keep | None:
        if name in variables.values:
            return variables.values[name]
        if not variables.missing:
            return None
        unknown.add(name)
        return KEEP

    if wanted and (wrong := next((name for name in variables.values if not valid_name(name)), None)) is not None:
        raise SubstitutionError(f"{wrong!r} is no name for a variable: letters, digits and underscores only")
    objects = []
    for item in built:
        content = item.text
        if wanted and "$" in content and not _opted_out(content):
            content = _substituted(item, lookup)
        for document in load_documents(content.encode()):
            objects.append(KubeObject(_with_common_metadata(document.value, kustomization), item.origin))
    return objects, unknown


def variables_in(obj: KubeObject) -> Iterator[tuple[str, str]]:
    """The variables in a ConfigMap or Secret, line breaks removed as Flux removes them."""
    for name, value in mapping(obj.value.get("data")).items():
        content = text(value)
        if obj.kind == "Secret":
            try:
                content = base64.b64decode(content, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                continue
        yield name, content.replace("\n", "")
    if obj.kind == "Secret":
        for name, value in mapping(obj.value.get("stringData")).items():
            yield name, text(value).replace("\n", "")


def _substituted(item: Built, lookup: Any) -> str:
    try:
        return substitute(item.text, lookup, strict=True)
    except (SubstitutionError, LimitError) as err:
        message = f"the substitution of variables fails: {err.message}"
        raise type(err)(message, file=item.origin.path, line=item.origin.line) from None


def _opted_out(content: str) -> bool:
    """True if the object's label or annotation turns substitution off."""
    if _OPT_OUT not in content:
        return False
    metadata = mapping(mapping(load_documents(content.encode())[0].value).get("metadata"))
    return any(mapping(metadata.get(kind)).get(_OPT_OUT) == "disabled" for kind in ("labels", "annotations"))


def _with_common_metadata(value: Any, kustomization: Kustomization) -> Mapping[str, Any]:
    labels, annotations = kustomization.common_metadata
    if not labels and not annotations:
        return mapping(value)
    metadata = dict(mapping(mapping(value).get("metadata")))
    for name, added in (("labels", labels), ("annotations", annotations)):
        if added:
            metadata[name] = {**mapping(metadata.get(name)), **added}
    return {**mapping(value), "metadata": metadata}
