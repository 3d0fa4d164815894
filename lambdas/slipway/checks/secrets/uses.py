"""Which ConfigMaps and Secrets, and which keys of them, a workload does not start without.

Source: Kubernetes' API reference, `core/v1`: Pod, ServiceAccount; `networking.k8s.io/v1`: Ingress.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from slipway.checks.pods import Part, containers_of, pod_of
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, text

_NAMES: Mapping[str, str] = {
    "configMapKeyRef": "ConfigMap",
    "secretKeyRef": "Secret",
    "configMapRef": "ConfigMap",
    "secretRef": "Secret",
    "configMap": "ConfigMap",
    "secret": "Secret",
}
"""Fields that name one, and its kind."""


@dataclass(frozen=True)
class Use:
    """What something needs."""

    data: ObjectKey
    """The ConfigMap or Secret."""
    path: Path
    """The field with its name, or with that of the key."""
    consequence: str
    """What becomes of it without that."""
    key: str = ""
    """The key in it; empty if all of it is meant."""


def uses_of(obj: KubeObject) -> Iterator[Use]:
    """What an object needs of ConfigMaps and Secrets; what is optional, and what has a variable for a name, is not."""
    if obj.namespace:
        found = _of_pod(obj) if pod_of(obj) else _of_ingress(obj)
        yield from (use for use in found if use.data.name and "$" not in use.data.name + use.key + obj.namespace)


def _of_pod(obj: KubeObject) -> Iterator[Use]:
    pod = pod_of(obj)
    if pod is None:
        return
    starts = "its containers do not start"
    for container in containers_of(pod):
        for entry in container.items("env"):
            for field in ("configMapKeyRef", "secretKeyRef"):
                yield from _reference(obj, entry.part("valueFrom", field), field, starts)
        for entry in container.items("envFrom"):
            for field in ("configMapRef", "secretRef"):
                yield from _reference(obj, entry.part(field), field, starts)
    for volume in pod.items("volumes"):
        for source in (volume, *volume.part("projected").items("sources")):
            for field in ("configMap", "secret"):
                yield from _volume(obj, source.part(field), field)
    for entry in pod.items("imagePullSecrets"):
        yield from _reference(obj, entry, "secretRef", "its images may not be pulled")


def _reference(obj: KubeObject, part: Part, field: str, consequence: str) -> Iterator[Use]:
    if part.value.get("optional") is not True and (name := text(part.value.get("name"))):
        data = ObjectKey("", _NAMES[field], obj.namespace, name)
        yield Use(data, (*part.path, "name"), consequence)
        if key := text(part.value.get("key")):
            yield Use(data, (*part.path, "key"), consequence, key)


def _volume(obj: KubeObject, part: Part, field: str) -> Iterator[Use]:
    consequence = "its pods wait for the volume"
    name_field = "secretName" if "secretName" in part.value else "name"
    if part.value.get("optional") is True or not (name := text(part.value.get(name_field))):
        return
    data = ObjectKey("", _NAMES[field], obj.namespace, name)
    yield Use(data, (*part.path, name_field), consequence)
    for item in part.items("items"):
        if key := text(item.value.get("key")):
            yield Use(data, (*item.path, "key"), consequence, key)


def _of_ingress(obj: KubeObject) -> Iterator[Use]:
    if (obj.group, obj.kind) != ("networking.k8s.io", "Ingress"):
        return
    if any("cert-manager.io/" in str(name) for name in mapping(obj.metadata.get("annotations"))):
        return  # cert-manager makes the Secret
    for entry in Part((), obj.value).part("spec").items("tls"):
        data = ObjectKey("", "Secret", obj.namespace, text(entry.value.get("secretName")))
        yield Use(data, (*entry.path, "secretName"), "it is served without its certificate")
