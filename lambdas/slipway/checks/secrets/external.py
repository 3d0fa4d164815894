"""What the objects of External Secrets refer to, and what they make.

Source: external-secrets/external-secrets, `apis/externalsecrets/v1/*_types.go` for the fields,
`pkg/controllers/secretstore/client_manager.go` for how a store is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from slipway.checks.pods import Part
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, ObjectKey, group_of, text

GROUP = "external-secrets.io"
GENERATORS = "generators.external-secrets.io"

CLUSTER_SCOPED = ("ClusterSecretStore", "ClusterGenerator")
"""Kinds without a namespace, whether Git holds their definitions or not."""


def identity_of(obj: KubeObject) -> ObjectKey:
    """What an object is to the API server: what Git has for a namespace counts only for those that have one."""
    return _key(obj.group, obj.kind, obj.namespace, obj.name)


@dataclass(frozen=True)
class StoreRef:
    """A reference to a store or a generator."""

    key: ObjectKey
    path: Path
    """The field with its name."""


def is_external(obj: KubeObject, *kinds: str) -> bool:
    """True for objects of External Secrets that are of one of the kinds."""
    return obj.group == GROUP and obj.kind in kinds


def stores_of(obj: KubeObject) -> Iterator[StoreRef]:
    """The stores and generators that an ExternalSecret, a ClusterExternalSecret or a PushSecret takes or gives."""
    whole = Part((), obj.value)
    if is_external(obj, "ExternalSecret"):
        yield from _of_spec(whole.part("spec"), obj.namespace)
    elif is_external(obj, "ClusterExternalSecret"):
        # It makes ExternalSecrets in namespaces that only the cluster knows: what is in none of them is left out.
        found = _of_spec(whole.part("spec", "externalSecretSpec"), "")
        yield from (ref for ref in found if ref.key.kind in CLUSTER_SCOPED)
    elif is_external(obj, "PushSecret"):
        for entry in whole.part("spec").items("secretStoreRefs"):
            yield from _store(entry, obj.namespace)


def _of_spec(spec: Part, namespace: str) -> Iterator[StoreRef]:
    yield from _store(spec.part("secretStoreRef"), namespace)
    for entry in spec.items("data", "dataFrom"):
        source = entry.part("sourceRef")
        yield from _store(source.part("storeRef"), namespace)
        generator = source.part("generatorRef")
        kind, name = text(generator.value.get("kind")), text(generator.value.get("name"))
        group = group_of(text(generator.value.get("apiVersion"))) or GENERATORS
        if kind and name:
            yield StoreRef(_key(group, kind, namespace, name), (*generator.path, "name"))


def _store(reference: Part, namespace: str) -> Iterator[StoreRef]:
    name, kind = text(reference.value.get("name")), text(reference.value.get("kind")) or "SecretStore"
    if name:  # a PushSecret may choose its stores by labels
        yield StoreRef(_key(GROUP, kind, namespace, name), (*reference.path, "name"))


def _key(group: str, kind: str, namespace: str, name: str) -> ObjectKey:
    return ObjectKey(group, kind, "" if kind in CLUSTER_SCOPED else namespace, name)


def target_of(obj: KubeObject) -> ObjectKey | None:
    """The Secret that an ExternalSecret makes or fills; None if it makes something else."""
    target = Part((), obj.value).part("spec", "target").value
    name = text(target.get("name")) or obj.name
    if not is_external(obj, "ExternalSecret") or target.get("manifest") or "$" in name + obj.namespace:
        return None
    return ObjectKey("", "Secret", obj.namespace, name)


def creation_policy(obj: KubeObject) -> str:
    """What an ExternalSecret does where its Secret is there already, or is not."""
    return text(Part((), obj.value).part("spec", "target").value.get("creationPolicy")) or "Owner"
