"""Rule about what both EKS and a chart install: SLW708.

Source of the rule: docs.aws.amazon.com/eks, "AWS add-ons" and "Community add-ons", with the objects that each brings,
and `resolveConflicts` of `CreateAddon`: EKS takes over what a chart has installed, or fails on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from slipway.checks.charts import installed_charts
from slipway.checks.custom import is_managed
from slipway.checks.finding import Rule
from slipway.checks.said import Said
from slipway.checks.subject import Landed, Subject
from slipway.fleet.flux import is_helm_release
from slipway.fleet.manifests import Path
from slipway.fleet.model import Expanded
from slipway.fleet.objects import KubeObject, mapping, sequence, text, value_at

TWICE = Rule("SLW708", "An EKS add-on that something else installs, too", "warning")

_HINT = "each undoes what the other one sets, or EKS fails on it: keep one of them"

_CHARTS: Mapping[str, str] = {
    "aws-vpc-cni": "vpc-cni",
    "coredns": "coredns",
    "kube-proxy": "kube-proxy",
    "aws-ebs-csi-driver": "aws-ebs-csi-driver",
    "aws-efs-csi-driver": "aws-efs-csi-driver",
    "aws-fsx-csi-driver": "aws-fsx-csi-driver",
    "aws-mountpoint-s3-csi-driver": "aws-mountpoint-s3-csi-driver",
    "snapshot-controller": "snapshot-controller",
    "eks-pod-identity-agent": "eks-pod-identity-agent",
    "adot": "adot",
    "amazon-cloudwatch-observability": "amazon-cloudwatch-observability",
    "metrics-server": "metrics-server",
    "kube-state-metrics": "kube-state-metrics",
    "prometheus-node-exporter": "prometheus-node-exporter",
    "cert-manager": "cert-manager",
    "external-dns": "external-dns",
}
"""Chart → add-on."""
_OBJECTS: Mapping[tuple[str, str], str] = {
    ("DaemonSet", "aws-node"): "vpc-cni",
    ("Deployment", "coredns"): "coredns",
    ("DaemonSet", "kube-proxy"): "kube-proxy",
    ("Deployment", "ebs-csi-controller"): "aws-ebs-csi-driver",
    ("Deployment", "efs-csi-controller"): "aws-efs-csi-driver",
    ("DaemonSet", "eks-pod-identity-agent"): "eks-pod-identity-agent",
    ("Deployment", "metrics-server"): "metrics-server",
    ("Deployment", "snapshot-controller"): "snapshot-controller",
}
"""What an add-on brings into `kube-system`, by kind and name."""
_CLUSTER_OF: tuple[Path, ...] = (
    ("forProvider", "clusterName"),
    ("forProvider", "clusterNameRef", "name"),
    ("clusterName",),
    ("clusterRef", "from", "name"),
)


@dataclass(frozen=True)
class _AddOn:
    name: str
    cluster: str
    landed: Landed


def add_on_findings(subject: Subject) -> Iterator[Said]:
    """Charts and objects that a cluster has, though EKS installs the same as an add-on."""
    add_ons: dict[tuple[str, str], _AddOn] = {}
    for landed in subject.distinct:
        for add_on in _add_ons(landed, subject):
            add_ons.setdefault((add_on.cluster, add_on.name), add_on)
    if not add_ons:
        return
    landed_as = {id(landed.obj): landed for landed in subject.distinct}
    for installed in installed_charts(subject.fleet):
        found = add_ons.get((installed.cluster, _CHARTS.get(installed.chart, "")))
        release = landed_as.get(id(installed.release))
        if found and release:
            path: Path = ("spec", "chart") if "chart" in installed.release.spec else ("spec", "chartRef")
            yield _said(release, path, f"the chart {installed.chart}", found)
    for landed in subject.distinct:
        if landed.obj.namespace != "kube-system" or _is_of_release(landed):
            continue
        for name in landed.clusters:
            found = add_ons.get((name, _OBJECTS.get((landed.obj.kind, landed.obj.name), "")))
            if found:
                yield _said(landed, ("metadata", "name"), "this", found)


def _said(landed: Landed, path: Path, what: str, found: _AddOn) -> Said:
    message = f"{what} is what EKS installs as the add-on {found.name} of {found.landed.obj.key}"
    return Said(TWICE, landed, path, message, _HINT, (found.cluster,))


def _is_of_release(landed: Landed) -> bool:
    return isinstance(landed.owner, Expanded) and is_helm_release(landed.owner.definition)


def _add_ons(landed: Landed, subject: Subject) -> Iterator[_AddOn]:
    """The add-ons that an object asks for on clusters of the fleet."""
    obj = landed.obj
    if is_managed(obj) and obj.key.group.startswith("eks.") and obj.kind == "Addon":
        name = text(value_at(obj.spec, ("forProvider", "addonName"))) or text(obj.spec.get("name"))
        named = next(filter(None, (text(value_at(obj.spec, path)) for path in _CLUSTER_OF)), "")
        names = [name]
    elif (obj.group, obj.kind) in _LISTS:
        named = text(obj.metadata.get("name"))
        names = [text(entry.get("name")) for entry in map(mapping, sequence(_list(obj)))]
    else:
        return
    clusters = [named] if named in subject.fleet.clusters else list(subject.fleet.clusters)
    if len(clusters) == 1:  # of several it is not known which one is meant
        yield from (_AddOn(name, clusters[0], landed) for name in names if name)


_LISTS = (("eksctl.io", "ClusterConfig"), ("controlplane.cluster.x-k8s.io", "AWSManagedControlPlane"))


def _list(obj: KubeObject) -> object:
    return obj.value.get("addons") or obj.spec.get("addons")
