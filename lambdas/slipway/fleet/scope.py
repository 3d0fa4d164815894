"""Which kinds a cluster serves, and which of them are namespaced.

Of Kubernetes' own kinds: the API reference of Kubernetes 1.30 to 1.37. Of others: the CustomResourceDefinitions and
Crossplane's CompositeResourceDefinitions that Git holds.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.fleet.objects import KubeObject, mapping, sequence, text

GroupKind = tuple[str, str]
"""API group (`""` is the core group) and kind."""

XRD_GROUP = "apiextensions.crossplane.io"


@dataclass(frozen=True)
class CustomKind:
    """A kind that some object in Git defines."""

    namespaced: bool
    versions: tuple[str, ...]
    """The served ones."""


CustomKinds = Mapping[GroupKind, CustomKind]


@dataclass(frozen=True)
class ServedApi:
    """What a cluster's API server serves, as far as Git says."""

    kubernetes_version: str
    """E.g. `1.35`, `1.35.2` or `v1.35.2-eks-1234567`."""
    custom: CustomKinds

    @property
    def full_version(self) -> str:
        """The version with a patch release, which a cluster always names: `1.35` is `1.35.0`."""
        return self.kubernetes_version + ".0" * (2 - self.kubernetes_version.count("."))

    def versions(self, groups: Container[str]) -> tuple[str, ...]:
        """Groups with versions and kinds as in Helm's `.Capabilities.APIVersions`: `apps/v1`, `apps/v1/Deployment`.

        Args:
            groups: of the custom kinds, those that are wanted; Kubernetes' own are always there.
        """
        found = {f"{version}/{kind}" for version, kinds in _STABLE.items() for kind in kinds.split()}
        found |= set(_STABLE)
        for (group, kind), defined in self.custom.items():
            for version in defined.versions if group in groups else ():
                if _API_VERSION.fullmatch(f"{group}/{version}/{kind}"):
                    found |= {f"{group}/{version}", f"{group}/{version}/{kind}"}
        return tuple(sorted(found))


_API_VERSION = re.compile(r"[a-z0-9.-]+/v[a-z0-9]+/[A-Za-z0-9]+")


def is_namespaced(group: str, kind: str, custom: CustomKinds) -> bool | None:
    """True or False; None for a kind that neither Kubernetes nor anything in Git defines."""
    if group in _CLUSTER_SCOPED or group in _ONLY_NAMESPACED:
        return kind not in _CLUSTER_SCOPED.get(group, "").split()
    defined = custom.get((group, kind))
    return defined.namespaced if defined else None


def custom_kinds(objects: Iterable[KubeObject]) -> dict[GroupKind, CustomKind]:
    """The kinds that the definitions among some objects bring."""
    return {
        key: defined
        for obj in objects
        if obj.kind in ("CustomResourceDefinition", "CompositeResourceDefinition")
        for key, defined in _defined(obj)
    }


def _defined(obj: KubeObject) -> Iterator[tuple[GroupKind, CustomKind]]:
    spec = obj.spec
    group = text(spec.get("group"))
    versions = tuple(
        text(version.get("name"))
        for version in map(mapping, sequence(spec.get("versions")))
        if version.get("served") is True
    )
    if obj.group == "apiextensions.k8s.io":
        yield (group, _kind(spec, "names")), CustomKind(spec.get("scope") == "Namespaced", versions)
    elif obj.group == XRD_GROUP:
        default = "LegacyCluster" if obj.api_version.endswith("/v1") else "Namespaced"
        namespaced = (text(spec.get("scope")) or default) == "Namespaced"
        yield (group, _kind(spec, "names")), CustomKind(namespaced, versions)
        if claim := _kind(spec, "claimNames"):
            yield (group, claim), CustomKind(namespaced=True, versions=versions)


def _kind(spec: Mapping[str, Any], names: str) -> str:
    return text(mapping(spec.get(names)).get("kind"))


_CLUSTER_SCOPED = {
    "": "ComponentStatus Namespace Node PersistentVolume",
    "admissionregistration.k8s.io": (
        "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration "
        "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration"
    ),
    "apiextensions.k8s.io": "CustomResourceDefinition",
    "apiregistration.k8s.io": "APIService",
    "authentication.k8s.io": "SelfSubjectReview TokenReview",
    "authorization.k8s.io": "SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
    "certificates.k8s.io": "CertificateSigningRequest ClusterTrustBundle",
    "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
    "internal.apiserver.k8s.io": "StorageVersion",
    "networking.k8s.io": "ClusterCIDR IPAddress IngressClass ServiceCIDR",
    "node.k8s.io": "RuntimeClass",
    "policy": "PodSecurityPolicy",
    "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
    "resource.k8s.io": "DeviceClass DeviceTaintRule ResourceClass ResourcePoolStatusRequest ResourceSlice",
    "scheduling.k8s.io": "PriorityClass",
    "storage.k8s.io": "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
    "storagemigration.k8s.io": "StorageVersionMigration",
}
"""The other kinds of these groups are namespaced."""
_ONLY_NAMESPACED = frozenset(
    ("apps", "autoscaling", "batch", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "extensions")
)
_STABLE = {
    "v1": (
        "Binding ComponentStatus ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume "
        "PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount"
    ),
    "admissionregistration.k8s.io/v1": (
        "MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding "
        "ValidatingWebhookConfiguration"
    ),
    "apiextensions.k8s.io/v1": "CustomResourceDefinition",
    "apiregistration.k8s.io/v1": "APIService",
    "apps/v1": "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
    "authentication.k8s.io/v1": "SelfSubjectReview TokenReview",
    "authorization.k8s.io/v1": (
        "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview"
    ),
    "autoscaling/v1": "HorizontalPodAutoscaler",
    "autoscaling/v2": "HorizontalPodAutoscaler",
    "batch/v1": "CronJob Job",
    "certificates.k8s.io/v1": "CertificateSigningRequest",
    "coordination.k8s.io/v1": "Lease",
    "discovery.k8s.io/v1": "EndpointSlice",
    "events.k8s.io/v1": "Event",
    "flowcontrol.apiserver.k8s.io/v1": "FlowSchema PriorityLevelConfiguration",
    "networking.k8s.io/v1": "Ingress IngressClass NetworkPolicy",
    "node.k8s.io/v1": "RuntimeClass",
    "policy/v1": "PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1": "ClusterRole ClusterRoleBinding Role RoleBinding",
    "scheduling.k8s.io/v1": "PriorityClass",
    "storage.k8s.io/v1": "CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment",
}
"""Kinds that every supported version serves, by their `apiVersion`."""
