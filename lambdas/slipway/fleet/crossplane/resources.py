"""What Crossplane makes of a composite or claim before and after functions run.

Sources: crossplane/crossplane v1.20, `internal/controller/apiextensions/claim/{syncer_ssa,object}.go`; v2.0,
`composite/composition_render.go` (`RenderComposedResourceMetadata`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.fleet.crossplane.definitions import Xrd
from slipway.fleet.crossplane.patches import unknown
from slipway.fleet.defaulting import defaulted
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, mapping, text

RESOURCE_NAME = "crossplane.io/composition-resource-name"
"""Annotation with a composed resource's name in its Composition."""
COMPOSITE_LABEL = "crossplane.io/composite"
CLAIM_NAME = "crossplane.io/claim-name"
CLAIM_NAMESPACE = "crossplane.io/claim-namespace"

_NOT_PASSED_ON = frozenset(
    (
        "resourceRef",
        "compositeDeletePolicy",
        "writeConnectionSecretToRef",
        "publishConnectionDetailsTo",
        "compositionRevisionRef",
    )
)
"""Fields of a claim's spec that its composite does not get."""

ONLY_ON_CLUSTER: tuple[tuple[str, ...], ...] = (
    ("status",),
    ("metadata", "uid"),
    ("metadata", "creationTimestamp"),
    ("metadata", "generation"),
    ("metadata", "resourceVersion"),
    ("spec", "resourceRefs"),
    ("spec", "compositionRevisionRef"),
    ("spec", "crossplane", "resourceRefs"),
    ("spec", "crossplane", "compositionRevisionRef"),
)
"""Fields of a composite that the cluster fills in."""


def choice_path(xrd: Xrd | None, composite: Mapping[str, Any]) -> Path:
    """Where a composite says which Composition it takes."""
    is_legacy = xrd.is_legacy if xrd else "crossplane" not in mapping(composite.get("spec"))
    return ("spec",) if is_legacy else ("spec", "crossplane")


def composite_of(obj: KubeObject, value: Mapping[str, Any], xrd: Xrd | None) -> dict[str, Any]:
    """The composite as the cluster has it, with defaults and what Crossplane adds; of a claim, what is made of it.

    Args:
        obj: a composite or a claim.
        value: what it says.
        xrd: its definition; None if that is not at hand.
    """
    made = dict(value)
    if xrd:
        made = _with_defaults(made, xrd, text(value.get("apiVersion")).rpartition("/")[2])
        if xrd.referenceable:
            made["apiVersion"] = xrd.api_version
        if obj.kind == xrd.claim_kind:
            made = _from_claim(made, obj, xrd)
    metadata = dict(mapping(made.get("metadata")))
    labels = mapping(metadata.get("labels"))
    if not labels.get(COMPOSITE_LABEL):
        metadata["labels"] = {**labels, COMPOSITE_LABEL: text(metadata.get("name"))}
    return {**made, "metadata": metadata}


def _with_defaults(value: dict[str, Any], xrd: Xrd, version: str) -> dict[str, Any]:
    try:
        made = defaulted({name: item for name, item in value.items() if name != "metadata"}, xrd.schema(version))
    except (AttributeError, TypeError):  # no schema that an API server takes, of which another rule tells
        return value
    return {**made, "metadata": value.get("metadata")}


def _from_claim(claim: dict[str, Any], obj: KubeObject, xrd: Xrd) -> dict[str, Any]:
    spec = mapping(claim.get("spec"))
    name = text(mapping(spec.get("resourceRef")).get("name")) or f"{obj.name}-{unknown('suffix')}"
    labels = {**_passed_on(obj, "labels"), CLAIM_NAME: obj.name, CLAIM_NAMESPACE: obj.namespace}
    reference = {
        "apiVersion": obj.api_version,
        "kind": obj.kind,
        "name": obj.name,
        "namespace": obj.namespace,
    }
    kept = {field: value for field, value in spec.items() if field not in _NOT_PASSED_ON}
    annotations = _passed_on(obj, "annotations")
    return {
        "apiVersion": claim["apiVersion"],
        "kind": xrd.kind,
        "metadata": {"name": name, "labels": labels, **({"annotations": annotations} if annotations else {})},
        "spec": {**kept, "claimRef": reference},
    }


def _passed_on(obj: KubeObject, field: str) -> dict[str, Any]:
    """Labels or annotations that a composite gets from its claim: all but Kubernetes' own."""
    return {
        name: value
        for name, value in mapping(obj.metadata.get(field)).items()
        if not name.partition("/")[0].endswith(("kubernetes.io", "k8s.io"))
    }


def named(value: Mapping[str, Any], name: str, composite: Mapping[str, Any]) -> dict[str, Any]:
    """A composed resource as it lands.

    One that gets a generated name is called after its composite and its name in the Composition, which is what stays
    the same: `web-${vpc}`.

    Args:
        value: as the functions leave it.
        name: its name in the Composition.
        composite: what it is composed for.
    """
    metadata = dict(mapping(value.get("metadata")))
    of = mapping(composite.get("metadata"))
    labels = mapping(of.get("labels"))
    prefix = text(labels.get(COMPOSITE_LABEL))
    if not metadata.get("name"):
        given = text(metadata.get("generateName")) or f"{prefix}-"
        shown = f"{given}{unknown(_way(text(of.get('name')), prefix, name))}"
        metadata = {"name": shown, "generateName": given, **_without(metadata, "name")}
    if of.get("namespace"):
        metadata["namespace"] = of["namespace"]
    added = {key: labels[key] for key in (CLAIM_NAME, CLAIM_NAMESPACE) if labels.get(key)}
    metadata["labels"] = {**mapping(metadata.get("labels")), COMPOSITE_LABEL: prefix, **added}
    metadata["annotations"] = {**mapping(metadata.get("annotations")), RESOURCE_NAME: name}
    return {**value, "metadata": metadata}


def _way(composite: str, prefix: str, name: str) -> str:
    """A resource's name in its Composition; of a composite that is itself composed, after that one's.

    All that is composed for a composite, however deep, has that one's name as the prefix of its own.
    """
    if composite in ("", prefix):
        return name
    inner = composite.removeprefix(f"{prefix}-").removeprefix("${").removesuffix("}")
    return f"{inner}.{name}"


def has_generated_name(value: Mapping[str, Any]) -> bool:
    """True for a composed resource whose name is known on the cluster only."""
    metadata = mapping(value.get("metadata"))
    given = text(metadata.get("generateName"))
    return bool(given) and text(metadata.get("name")).startswith(f"{given}${{")


def _without(metadata: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in metadata.items() if name not in (*names, "generateName")}
