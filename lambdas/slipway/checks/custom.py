"""What can be told of objects of custom kinds without their schemas: whose they are, and what their fields are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from slipway.fleet.flux import is_helm_release
from slipway.fleet.manifests import Path
from slipway.fleet.model import Expanded, Owner
from slipway.fleet.objects import KubeObject, mapping, text

MAX_FIELDS = 5_000
"""Fields of an object that are looked at; what describes a network or a cluster is far smaller."""

AWS_PROVIDERS = ("aws.upbound.io", "aws.m.upbound.io", "aws.crossplane.io", "services.k8s.aws")
"""What the groups of managed resources end in, behind the service: those of Crossplane's providers, and ACK's."""
_MANAGED = re.compile(rf"(?:[^.]+\.)?(?:{'|'.join(map(re.escape, AWS_PROVIDERS))})")
EXTERNAL_NAME = "crossplane.io/external-name"
"""Annotation that says what a managed resource is called in the cloud (crossplane-runtime, `pkg/meta/meta.go`)."""
_NO_SPEC = ("apiVersion", "kind", "metadata", "status")


def is_managed(obj: KubeObject) -> bool:
    """True for what stands for something in AWS: a managed resource of Crossplane, or an object of ACK."""
    return _MANAGED.fullmatch(obj.group) is not None


def external_name(obj: KubeObject) -> str:
    """What a managed resource stands for, as its annotation says; empty if it says nothing."""
    return text(mapping(obj.metadata.get("annotations")).get(EXTERNAL_NAME))


def is_custom(obj: KubeObject) -> bool:
    """True for kinds that are neither Kubernetes', Flux's nor Crossplane's own: composites and claims are."""
    group = obj.group
    return "." in group and not group.endswith((".k8s.io", ".fluxcd.io", "fluxcd.controlplane.io", ".crossplane.io"))


def is_composite(owner: Owner) -> bool:
    """True for what Crossplane makes objects of, in place of Helm or flux-operator."""
    if not isinstance(owner, Expanded) or is_helm_release(owner.definition):
        return False
    return owner.definition.kind != "ResourceSet"


def named_fields(obj: KubeObject) -> Iterator[tuple[Path, Any]]:
    """The fields of an object that are no mappings, but for its metadata and status.

    A list is a field, and so is what its items have.
    """
    todo: list[tuple[Path, Any]] = [((), {name: item for name, item in obj.value.items() if name not in _NO_SPEC})]
    seen = 0
    while todo and seen <= MAX_FIELDS:
        path, value = todo.pop()
        if isinstance(value, Mapping):
            seen += len(value)
            todo += [((*path, name), item) for name, item in reversed(list(value.items()))]
            continue
        if path and isinstance(path[-1], str):
            yield path, value
        if isinstance(value, list):
            seen += len(value)
            todo += [((*path, index), item) for index, item in reversed(list(enumerate(value)))]


def plain_names(path: Path) -> list[str]:
    """The names on the way to a field in small letters, without what parts words: `vpccidrblock`."""
    return [re.sub(r"[^a-z0-9]", "", name.lower()) for name in path if isinstance(name, str)]
