"""The versions of Kubernetes that objects declare: of a cluster's control plane, and of its nodes.

Managed resources of Crossplane and ACK, eksctl and Cluster API say so by their kinds. Composites and claims have fields
of any name: those are told by names such as `eks-k8s-version` or `nodeGroups[].kubernetesVersion`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from slipway.checks.custom import is_composite, is_custom, is_managed, named_fields, plain_names
from slipway.checks.subject import Landed
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, ObjectKey, text, value_at

Role = Literal["control plane", "nodes"]
Version = tuple[int, int]
"""Major and minor."""

_MANAGED: Mapping[tuple[str, str], tuple[Role, tuple[Path, ...]]] = {
    ("eks", "Cluster"): ("control plane", (("spec", "forProvider", "version"), ("spec", "version"))),
    ("eks", "NodeGroup"): ("nodes", (("spec", "forProvider", "version"), ("spec", "forProvider", "releaseVersion"))),
    ("eks", "Nodegroup"): ("nodes", (("spec", "version"), ("spec", "releaseVersion"))),
}
"""By the service, the first part of the API group, and the kind. Source: crossplane-contrib/provider-upjet-aws
`package/crds`, crossplane-contrib/provider-aws `package/crds`, aws-controllers-k8s/eks-controller."""
_OTHERS: Mapping[tuple[str, str], tuple[Role, tuple[Path, ...]]] = {
    ("eksctl.io", "ClusterConfig"): ("control plane", (("metadata", "version"),)),
    ("controlplane.cluster.x-k8s.io", "AWSManagedControlPlane"): ("control plane", (("spec", "version"),)),
}
_CLUSTER_OF: tuple[Path, ...] = (
    ("forProvider", "clusterNameRef", "name"),
    ("forProvider", "clusterName"),
    ("clusterRef", "from", "name"),
    ("clusterName",),
)
"""Where a node group names its cluster."""
_VERSION = re.compile(r"v?(1)\.([2-4]\d)(?:[.-].*)?")
"""Of Kubernetes: other tools have other numbers."""
_KUBERNETES = re.compile(r"k8s|kubernetes|eks|cluster|controlplane")
_NODES = re.compile(r"mng|node|worker|kubelet")
_NOT_KUBERNETES = re.compile(
    "chart|addon|helm|operator|provider|api|cni|proxy|dns|karpenter|scaler|release|platform|ami|engine|schema"
)
_AWS = re.compile("eks|aws")
"""Kinds that make clusters elsewhere have other rules; one of these words is in the kind, the group or the field."""
_WRAPPERS = ("spec", "parameters", "forprovider")


@dataclass(frozen=True)
class DeclaredVersion:
    """A version that an object declares."""

    landed: Landed
    path: Path
    role: Role
    version: Version

    @property
    def whole(self) -> tuple[str, ObjectKey]:
        """The cluster that it is about: the composite, the cluster that a node group names, or the object itself."""
        owner, obj = self.landed.owner, self.landed.obj
        if is_composite(owner):
            return owner.home, owner.key
        return self.landed.clusters[0], cluster_of(obj)


def declared_versions(landed: Landed) -> Iterator[DeclaredVersion]:
    """The versions that an object declares."""
    for role, path, value in fields_of_versions(landed.obj):
        version = kubernetes_version(value)
        if version is not None:
            yield DeclaredVersion(landed, path, role, version)


def fields_of_versions(obj: KubeObject) -> Iterator[tuple[Role, Path, Any]]:
    """The fields in which an object says a version, if it does: the first of several that say one thing."""
    known = _MANAGED.get((obj.group.partition(".")[0], obj.kind)) if is_managed(obj) else None
    known = known or _OTHERS.get((obj.group, obj.kind))
    if known is not None:
        role, paths = known
        found = ((role, path, value_at(obj.value, path)) for path in paths)
        yield from [item for item in found if item[2] is not None][:1]
    elif is_custom(obj) and not is_managed(obj):
        for path, value in named_fields(obj):
            named = _role(path, obj) if isinstance(value, str) else None
            if named:
                yield named, path, value


def kubernetes_version(value: Any) -> Version | None:
    """Major and minor of a version of Kubernetes, None if it is none."""
    match = _VERSION.fullmatch(value) if isinstance(value, str) else None
    return (int(match[1]), int(match[2])) if match else None


def cluster_of(obj: KubeObject) -> ObjectKey:
    """The EKS cluster that an object is, or is a part of, by its name in AWS where it is at hand."""
    if not is_managed(obj):
        return obj.key
    if obj.kind == "Cluster":
        return ObjectKey("", "Cluster", obj.namespace, obj.name)
    name = next(filter(None, (text(value_at(obj.spec, path)) for path in _CLUSTER_OF)), obj.name)
    return ObjectKey("", "Cluster", obj.namespace, name)


def _role(path: Path, obj: KubeObject) -> Role | None:
    names = plain_names(path)
    leaf = names[-1]
    if not leaf.endswith("version") or any(_NOT_KUBERNETES.search(name) for name in names):
        return None
    if not any(_AWS.search(word.lower()) for word in (obj.kind, obj.group, *names)):
        return None
    around = leaf
    if leaf == "version":
        around = next((name for name in reversed(names[:-1]) if name not in _WRAPPERS), obj.kind.lower())
    if not _KUBERNETES.search(around) and not (leaf == "version" and _NODES.search(around)):
        return None
    return "nodes" if any(_NODES.search(name) for name in names) else "control plane"
