"""The fields of Kubernetes' own kinds that an object cannot change once it is there.

Source: kubernetes/kubernetes 1.31 to 1.36, `pkg/apis/*/validation/validation.go` (`Validate…Update`), and
apiextensions-apiserver, `pkg/apis/apiextensions/validation/validation.go`. A field is only named where it differs for
certain: a default that is written out, a value that the cluster gives, and one that has a variable in it are no change.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.checks.risk.compare import alike, is_unknown, quantity
from slipway.fleet.objects import KubeObject, mapping, sequence, text, value_at
from slipway.fleet.scope import GroupKind
from slipway.fleet.standing import has_encrypted_values

Names = tuple[str, ...]
"""The way to a field."""


def fixed_changes(old: KubeObject, new: KubeObject, kubernetes_version: str) -> list[Names]:
    """The fields that differ and may not.

    Args:
        old: what is there.
        new: what is to be there, of the same identity.
        kubernetes_version: of the cluster, e.g. `1.35`.
    """
    kind = old.group, old.kind
    found = [one.path for one in _FIELDS.get(kind, ()) if one.differs(old.value, new.value)]
    if kind in _SPECIAL:
        found.extend(_SPECIAL[kind](old, new))
    if kind == ("apps", "StatefulSet") and _minor(kubernetes_version) < _HISTORY_SINCE:
        limit = _Field(("spec", "revisionHistoryLimit"), 10)
        found.extend([limit.path] if limit.differs(old.value, new.value) else [])
    return found


_HISTORY_SINCE = 33
"""Minor version of Kubernetes from which on the `revisionHistoryLimit` of a StatefulSet may change."""


@dataclass(frozen=True)
class _Field:
    path: tuple[str, ...]
    default: Any = None
    """What an object has that does not say it."""
    given: bool = False
    """True if the cluster may give a value to an object that says none: then both must say one to differ."""

    def differs(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        before, after = value_at(old, self.path), value_at(new, self.path)
        if self.given and (before is None or after is None):
            return False
        before, after = (self.default if value in (None, "", [], {}) else value for value in (before, after))
        return not alike(before, after, self.path[-1])


def _job(old: KubeObject, new: KubeObject) -> Iterator[Names]:
    # A Job that is suspended may change; one that is deleted when it is done has gone, most probably.
    if old.spec.get("suspend") is True or "ttlSecondsAfterFinished" in old.spec:
        return
    if not alike(old.spec.get("template"), new.spec.get("template")):
        yield ("spec", "template")
    completions = old.spec.get("completions"), new.spec.get("completions")
    if new.spec.get("completionMode") != "Indexed" and None not in completions and not alike(*completions):
        yield ("spec", "completions")


def _service(old: KubeObject, new: KubeObject) -> Iterator[Names]:
    types = [text(obj.spec.get("type")) or "ClusterIP" for obj in (old, new)]
    if "ExternalName" in types:
        return
    before, after = (text(obj.spec.get("clusterIP")) for obj in (old, new))
    if after and before != after and (before or after == "None") and not is_unknown((before, after)):
        yield ("spec", "clusterIP")
    families = [sequence(obj.spec.get("ipFamilies"))[:1] for obj in (old, new)]
    if all(families) and families[0] != families[1] and "None" not in (before, after):
        yield ("spec", "ipFamilies")
    if types == ["LoadBalancer", "LoadBalancer"]:
        classes = [text(obj.spec.get("loadBalancerClass")) for obj in (old, new)]
        # A webhook may have given a class to one that says none.
        if classes[0] and classes[0] != classes[1] and not is_unknown(classes):
            yield ("spec", "loadBalancerClass")


def _claim(old: KubeObject, new: KubeObject) -> Iterator[Names]:
    path = ("spec", "resources", "requests", "storage")
    before, after = (quantity(value_at(obj.value, path)) for obj in (old, new))
    if before is not None and after is not None and after < before:
        yield path


_NO_SOURCE = frozenset(
    (
        *("accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "persistentVolumeReclaimPolicy"),
        *("storageClassName", "volumeAttributesClassName", "volumeMode"),
    )
)


def _volume(old: KubeObject, new: KubeObject) -> Iterator[Names]:
    before, after = ({name for name in obj.spec if name not in _NO_SOURCE} for obj in (old, new))
    for name in sorted(before | after):
        one, other = ({**mapping(obj.spec.get(name)), "controllerExpandSecretRef": None} for obj in (old, new))
        if name not in before or name not in after or not alike(one, other):
            yield ("spec", name)


def _immutable(old: KubeObject, new: KubeObject) -> Iterator[Names]:
    if old.value.get("immutable") is not True:
        return
    if new.value.get("immutable") is not True:
        yield ("immutable",)
    if not (has_encrypted_values(old) or has_encrypted_values(new)) and _content(old) != _content(new):
        yield ("data",)


def _content(obj: KubeObject) -> dict[str, Any]:
    is_secret = obj.kind == "Secret"
    found = {name: _decoded(value) if is_secret else value for name, value in mapping(obj.value.get("data")).items()}
    found |= {f"\0{name}": value for name, value in mapping(obj.value.get("binaryData")).items()}
    return found | {name: text(value).encode() for name, value in mapping(obj.value.get("stringData")).items()}


def _decoded(value: Any) -> Any:
    try:
        return base64.b64decode("".join(text(value).split()), validate=True)
    except ValueError:
        return value


def _definition(old: KubeObject, new: KubeObject) -> Iterator[Names]:
    versions = {text(mapping(item).get("name")) for item in sequence(new.spec.get("versions"))}
    for item in map(mapping, sequence(old.spec.get("versions"))):
        # Objects were stored in it, as the status says: it has to stay until somebody takes it off there.
        if item.get("storage") is True and versions and text(item.get("name")) not in versions:
            yield ("spec", "versions")


def _quota(old: KubeObject, new: KubeObject) -> Iterator[Names]:
    before, after = (set(map(str, sequence(obj.spec.get("scopes")))) for obj in (old, new))
    if before != after:
        yield ("spec", "scopes")


def _minor(version: str) -> int:
    parts = version.removeprefix("v").split(".")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else _HISTORY_SINCE


_SELECTOR = (_Field(("spec", "selector")),)
_ROLE = (_Field(("roleRef", "kind")), _Field(("roleRef", "name")))
_FIELDS: Mapping[GroupKind, tuple[_Field, ...]] = {
    ("apps", "Deployment"): _SELECTOR,
    ("apps", "DaemonSet"): _SELECTOR,
    ("apps", "ReplicaSet"): _SELECTOR,
    ("apps", "StatefulSet"): (
        *_SELECTOR,
        _Field(("spec", "serviceName"), ""),
        _Field(("spec", "podManagementPolicy"), "OrderedReady"),
        _Field(("spec", "volumeClaimTemplates")),
    ),
    ("batch", "Job"): (
        _Field(("spec", "selector"), given=True),
        _Field(("spec", "completionMode"), "NonIndexed"),
        _Field(("spec", "podFailurePolicy")),
        _Field(("spec", "backoffLimitPerIndex")),
        _Field(("spec", "successPolicy")),
        _Field(("spec", "managedBy")),
    ),
    ("", "PersistentVolumeClaim"): (
        _Field(("spec", "accessModes")),
        _Field(("spec", "storageClassName"), given=True),
        _Field(("spec", "selector")),
        _Field(("spec", "volumeMode"), "Filesystem"),
        _Field(("spec", "volumeName"), given=True),
        _Field(("spec", "dataSource"), given=True),
        _Field(("spec", "dataSourceRef"), given=True),
    ),
    ("", "PersistentVolume"): (
        _Field(("spec", "volumeMode"), "Filesystem"),
        _Field(("spec", "nodeAffinity"), given=True),
    ),
    ("", "Secret"): (_Field(("type",), "Opaque"),),
    ("storage.k8s.io", "StorageClass"): (
        _Field(("provisioner",)),
        _Field(("parameters",)),
        _Field(("reclaimPolicy",), "Delete"),
        _Field(("volumeBindingMode",), "Immediate"),
    ),
    ("storage.k8s.io", "CSIDriver"): (
        _Field(("spec", "attachRequired"), default=True),
        _Field(("spec", "volumeLifecycleModes"), ["Persistent"]),
    ),
    ("storage.k8s.io", "VolumeAttributesClass"): (_Field(("driverName",)), _Field(("parameters",))),
    ("rbac.authorization.k8s.io", "RoleBinding"): _ROLE,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _ROLE,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): (
        _Field(("spec", "scope")),
        _Field(("spec", "group")),
        _Field(("spec", "names", "kind")),
        _Field(("spec", "names", "plural")),
    ),
    ("scheduling.k8s.io", "PriorityClass"): (
        _Field(("value",), 0),
        _Field(("preemptionPolicy",), "PreemptLowerPriority"),
    ),
    ("networking.k8s.io", "IngressClass"): (_Field(("spec", "controller")),),
    ("node.k8s.io", "RuntimeClass"): (_Field(("handler",)),),
    ("discovery.k8s.io", "EndpointSlice"): (_Field(("addressType",)),),
    ("resource.k8s.io", "ResourceClaim"): (_Field(("spec",)),),
    ("resource.k8s.io", "ResourceClaimTemplate"): (_Field(("spec",)),),
}
_SPECIAL: Mapping[GroupKind, Callable[[KubeObject, KubeObject], Iterator[Names]]] = {
    ("batch", "Job"): _job,
    ("", "Service"): _service,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "PersistentVolume"): _volume,
    ("", "Secret"): _immutable,
    ("", "ConfigMap"): _immutable,
    ("", "ResourceQuota"): _quota,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
}
