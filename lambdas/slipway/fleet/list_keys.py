"""By which fields Kubernetes tells the entries of a list apart.

Of Kubernetes' own kinds: `x-kubernetes-list-map-keys` and `x-kubernetes-patch-merge-key` in the schemas that Kubernetes
1.25 to 1.37 publish, but for `status`, which nobody applies. Of others: the OpenAPI schemas in the
CustomResourceDefinitions and CompositeResourceDefinitions of the same cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from slipway.fleet.objects import KubeObject, mapping, sequence, text
from slipway.fleet.scope import XRD_GROUP, GroupKind, is_namespaced

Keys = tuple[tuple[str, Any], ...]
"""The fields that tell entries apart, each with its default; None if it has none."""
ListKeys = Callable[[tuple[str, ...]], Keys]
"""The keys of a list by the names of the fields that lead to it; empty if entries are told apart by nothing."""


def kubernetes_keys(names: tuple[str, ...]) -> Keys:
    """The keys of a list in one of Kubernetes' own kinds, or in a pod wherever it stands."""
    return _BY_TWO_NAMES.get(names[-2:]) or _BY_NAME.get(names[-1], ())


def no_keys(names: tuple[str, ...]) -> Keys:  # noqa: ARG001
    """The keys of lists in a kind that nothing describes: none."""
    return ()


def schema_keys(schema: Mapping[str, Any]) -> ListKeys:
    """The keys of lists by an OpenAPI schema as CustomResourceDefinitions have it."""

    def keys(names: tuple[str, ...]) -> Keys:
        node = schema
        for name in names:
            node = _items(node)
            node = mapping(mapping(node.get("properties")).get(name)) or mapping(node.get("additionalProperties"))
        if node.get("x-kubernetes-list-type") != "map":
            return ()
        fields = mapping(mapping(node.get("items")).get("properties"))
        found = filter(None, map(text, sequence(node.get("x-kubernetes-list-map-keys"))))
        return tuple((name, mapping(fields.get(name)).get("default")) for name in found)

    return keys


def is_builtin(obj: KubeObject) -> bool:
    """True for a kind of Kubernetes' own."""
    return is_namespaced(obj.group, obj.kind, {}) is not None


def custom_schemas(objects: Iterable[KubeObject]) -> dict[GroupKind, Mapping[str, Mapping[str, Any]]]:
    """The schemas of custom kinds by version, from the definitions among some objects."""
    found: dict[GroupKind, Mapping[str, Mapping[str, Any]]] = {}
    for obj in objects:
        if obj.kind in ("CustomResourceDefinition", "CompositeResourceDefinition"):
            schemas = dict(_schemas(obj))
            found.update(((text(obj.spec.get("group")), kind), schemas) for kind in _kinds(obj))
    return found


def _items(node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "items" in node:
        node = mapping(node["items"])
    return node


def _kinds(definition: KubeObject) -> Iterator[str]:
    names = ["names", "claimNames"] if definition.group == XRD_GROUP else ["names"]
    for name in names:
        if kind := text(mapping(definition.spec.get(name)).get("kind")):
            yield kind


def _schemas(definition: KubeObject) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for version in map(mapping, sequence(definition.spec.get("versions"))):
        yield text(version.get("name")), mapping(mapping(version.get("schema")).get("openAPIV3Schema"))


_NAME: Keys = (("name", None),)
_CONTAINER_PORT: Keys = (("containerPort", None), ("protocol", "TCP"))
_BY_NAME: Mapping[str, Keys] = {
    "compositePodGroupTemplates": _NAME,
    "containers": _NAME,
    "drivers": _NAME,
    "env": _NAME,
    "ephemeralContainers": _NAME,
    "hostAliases": (("ip", None),),
    "imagePullSecrets": _NAME,
    "initContainers": _NAME,
    "matchConditions": _NAME,
    "ownerReferences": (("uid", None),),
    "podGroupTemplates": _NAME,
    "resourceClaims": _NAME,
    "schedulingGates": _NAME,
    "secrets": _NAME,
    "topologySpreadConstraints": (("topologyKey", None), ("whenUnsatisfiable", None)),
    "variables": _NAME,
    "volumeDevices": (("devicePath", None),),
    "volumeMounts": (("mountPath", None),),
    "volumes": _NAME,
    "webhooks": _NAME,
    "x-kubernetes-validations": (("rule", None),),
}
_BY_TWO_NAMES: Mapping[tuple[str, ...], Keys] = {
    ("containers", "ports"): _CONTAINER_PORT,
    ("ephemeralContainers", "ports"): _CONTAINER_PORT,
    ("initContainers", "ports"): _CONTAINER_PORT,
    ("resources", "claims"): _NAME,
    ("spec", "evictionResponders"): _NAME,
    ("spec", "podGroups"): _NAME,
    ("spec", "ports"): (("port", None), ("protocol", "TCP")),
}
