"""Which keys a ConfigMap or Secret has on a cluster, where Git says all of them."""

from __future__ import annotations

from collections.abc import Iterable

from slipway.checks.made import Made
from slipway.checks.pods import Part
from slipway.checks.secrets.external import GROUP, is_external, target_of
from slipway.checks.secrets.sealing import is_sealed_secret
from slipway.fleet.landing import left_alone, only_created, only_merged
from slipway.fleet.model import Cluster
from slipway.fleet.objects import KubeObject, ObjectKey, text

Keys = frozenset[str]

_FILLED = ("kubernetes.io/service-account-token",)
"""Types of Secrets that Kubernetes fills."""


class DataKeys:
    """The keys of the ConfigMaps and Secrets of one cluster."""

    def __init__(self, cluster: Cluster, made: Made) -> None:
        """Take a rendered cluster, and what is made there."""
        self._made = made
        self._makers: dict[ObjectKey, list[KubeObject]] = {}
        for obj in cluster.objects:
            if (key := _maker_of(obj)) is not None:
                self._makers.setdefault(key, []).append(obj)

    def of(self, data: ObjectKey) -> Keys | None:
        """The keys of one; None if it is not there, or if something else may add to it."""
        makers = self._makers.get(data, ())
        if not makers:
            return None
        keys = [_keys_of(obj) for obj in makers]
        known = [found for found in keys if found is not None]
        return frozenset().union(*known) if len(known) == len(keys) else None

    def may_have_more(self, data: ObjectKey) -> bool:
        """True if other objects name it, and so may add to it."""
        return any(obj.group != GROUP and not is_sealed_secret(obj) for obj in self._made.namers(data))


def _maker_of(obj: KubeObject) -> ObjectKey | None:
    if is_external(obj, "ExternalSecret"):
        return target_of(obj)
    if is_sealed_secret(obj):
        return ObjectKey("", "Secret", obj.namespace, obj.name)
    return obj.key if obj.kind in ("ConfigMap", "Secret") and not obj.group else None


def _keys_of(obj: KubeObject) -> Keys | None:
    whole = Part((), obj.value)
    if is_external(obj, "ExternalSecret"):
        return _fetched(whole.part("spec"))
    if is_sealed_secret(obj):
        spec = whole.part("spec")
        names = {**spec.part("encryptedData").value, **spec.part("template", "data").value}
        return None if "data" in spec.value else _plain(names)
    if left_alone(obj) or only_created(obj) or only_merged(obj) or obj.value.get("type") in _FILLED:
        return None
    fields = ("data", "binaryData", "stringData")
    names = {name: None for field in fields for name in whole.part(field).value}
    # One without any is there to be filled, such as with a bundle of certificates.
    return _plain(names) if names else None


def _fetched(spec: Part) -> Keys | None:
    """The keys that an ExternalSecret brings."""
    template = spec.part("target", "template")
    if "templateFrom" in template.value:
        return None
    templated = _plain(template.part("data").value)
    if templated and text(template.value.get("mergePolicy")) in ("", "Replace"):
        return templated
    if "dataFrom" in spec.value or templated is None:
        return None
    return templated | frozenset(text(entry.value.get("secretKey")) for entry in spec.items("data"))


def _plain(names: Iterable[object]) -> Keys | None:
    found = frozenset(map(str, names))
    return None if any("$" in name for name in found) else found
