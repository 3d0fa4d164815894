"""What holds data that is lost when the object is deleted, and what keeps it.

Sources: the Kubernetes documentation (PersistentVolumes, StatefulSets); the kinds of provider-upjet-aws and of
provider-aws for Crossplane, of AWS's ACK, of CloudNativePG and ECK, as far as they hold data; crossplane-runtime,
`pkg/reconciler/managed/policies.go`, by which an external resource is deleted or not; ACK, `deletion-policy`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from slipway.checks.custom import AWS_PROVIDERS
from slipway.fleet.model import Cluster
from slipway.fleet.objects import KubeObject, ObjectKey, group_of, mapping, sequence, text
from slipway.fleet.scope import XRD_GROUP

Loss = Literal["data", "cluster", "namespace", "definition"]
"""What is lost with an object: its data, a whole cluster, all that is in it, all objects of a kind."""


@dataclass(frozen=True)
class Lost:
    """What is lost with an object."""

    loss: Loss
    doubt: str = ""
    """Why it may not be lost after all; empty if it is for certain."""
    through: str = ""
    """What it holds data through, if not by itself: what a composite composes."""


class Losses:
    """Knows what is lost with the objects of a cluster.

    Args:
        cluster: the cluster as it was before they go.
        gone: what goes with them: it protects nothing.
    """

    def __init__(self, cluster: Cluster, gone: Container[ObjectKey] = ()) -> None:
        self._cluster = cluster
        self._gone = gone

    def of(self, obj: KubeObject) -> Lost | None:
        """What is lost when an object is deleted; None if nothing is that is not in Git."""
        kind = obj.group, obj.kind
        if kind == ("", "Namespace"):
            return Lost("namespace")
        if kind in _DEFINITIONS:
            return Lost("definition")
        if kind in _PLAIN:
            return _PLAIN[kind](obj, self._reclaimed)
        if loss := managed_loss(obj):
            return None if kept_outside(obj) else Lost(loss, self._doubt(obj))
        if kind in self.composites or _is_named_for_eks(obj):
            return self._composed(obj)
        return None

    def _reclaimed(self, name: str) -> str:
        """What a StorageClass does to its volumes; empty if it is not in Git."""
        return self._storage_classes.get(name, "")

    @cached_property
    def _storage_classes(self) -> Mapping[str, str]:
        return {
            obj.name: text(obj.value.get("reclaimPolicy")) or "Delete"
            for obj in self._cluster.objects
            if (obj.group, obj.kind) == ("storage.k8s.io", "StorageClass")
        }

    def _doubt(self, obj: KubeObject) -> str:
        """What keeps an external resource from being deleted though it should be."""
        if guard := self._usages.get((obj.group, obj.kind, obj.name)):
            return f"{guard} keeps it from being deleted, as long as that is there"
        provider = mapping(obj.spec.get("forProvider"))
        name = next((name for name in _DELETION_PROTECTION if provider.get(name) is True), "")
        return f"AWS refuses to delete it: {name} is on" if name else ""

    @cached_property
    def _usages(self) -> Mapping[tuple[str, str, str], ObjectKey]:
        """What Usages protect, by group, kind and name."""
        found = {}
        for obj in self._cluster.objects:
            if is_usage(obj) and obj.key not in self._gone:
                of = mapping(obj.spec.get("of"))
                group = group_of(text(of.get("apiVersion")))
                found[group, text(of.get("kind")), text(mapping(of.get("resourceRef")).get("name"))] = obj.key
        return found

    @cached_property
    def composites(self) -> Mapping[tuple[str, str], tuple[str, str]]:
        """Kinds of composites and claims that are defined here: what composes them refers to the composite."""
        found: dict[tuple[str, str], tuple[str, str]] = {}
        for obj in self._cluster.objects:
            if (obj.group, obj.kind) == (XRD_GROUP, "CompositeResourceDefinition"):
                group = text(obj.spec.get("group"))
                composite = group, text(mapping(obj.spec.get("names")).get("kind"))
                found[composite] = composite
                found[group, text(mapping(obj.spec.get("claimNames")).get("kind"))] = composite
        return found

    @cached_property
    def _composed_losses(self) -> Mapping[tuple[str, str], Lost]:
        """By kind of composite: the gravest of what its Compositions compose."""
        found: dict[tuple[str, str], Lost] = {}
        for obj in filter(is_composition, self._cluster.objects):
            kind = composite_kind(obj)
            for base in composed_bases(obj):
                loss = managed_loss(base)
                if loss and not kept_outside(base) and (kind not in found or loss == "cluster"):
                    found[kind] = Lost(loss, through=base.kind)
        return found

    @cached_property
    def _known(self) -> frozenset[tuple[str, str]]:
        """Kinds of composites of which Git says what they compose."""
        compositions = (obj for obj in self._cluster.objects if is_composition(obj))
        return frozenset(composite_kind(obj) for obj in compositions if composed_bases(obj))

    def _composed(self, obj: KubeObject) -> Lost | None:
        if any(owner.key == obj.key and not owner.failed for owner in self._cluster.expanded):
            return None  # what it composes is at hand, and is judged itself
        composite = self.composites.get((obj.group, obj.kind), (obj.group, obj.kind))
        if composite in self._known:
            return self._composed_losses.get(composite)
        is_cluster = obj.kind.lower().endswith("cluster")
        return Lost("cluster" if is_cluster else "data", doubt="what it composes is not known here")


def managed_loss(obj: KubeObject) -> Loss | None:
    """What is lost with what a controller looks after outside of Kubernetes; None if it holds nothing."""
    service = _service(obj.group)
    if obj.kind in _CLUSTERS.get(service, ()) or (obj.group, obj.kind) in _CLUSTER_KINDS:
        return "cluster"
    return "data" if obj.kind in _DATA.get(service, ()) else None


def kept_outside(obj: KubeObject) -> str:
    """Why what an object stands for outside of Kubernetes stays when the object goes; empty if it goes, too."""
    if text(mapping(obj.metadata.get("annotations")).get("services.k8s.aws/deletion-policy")).lower() == "retain":
        return "services.k8s.aws/deletion-policy: retain"
    policies = obj.spec.get("managementPolicies")
    if isinstance(policies, list) and set(map(str, policies)) != {"*"}:
        return "" if {"Delete", "*"} & set(map(str, policies)) else "managementPolicies without Delete"
    return "deletionPolicy: Orphan" if obj.spec.get("deletionPolicy") == "Orphan" else ""


def is_usage(obj: KubeObject) -> bool:
    """True for what keeps Crossplane's resources from being deleted."""
    return obj.kind in ("Usage", "ClusterUsage") and obj.group in (XRD_GROUP, "protection.crossplane.io")


def is_managed(obj: KubeObject) -> bool:
    """True for a resource of AWS."""
    return bool(_service(obj.group))


def is_composition(obj: KubeObject) -> bool:
    """True for what says what a composite is composed of."""
    return (obj.group, obj.kind) == (XRD_GROUP, "Composition")


def composite_kind(composition: KubeObject) -> tuple[str, str]:
    """Group and kind of the composites that a Composition is for."""
    of = mapping(composition.spec.get("compositeTypeRef"))
    return group_of(text(of.get("apiVersion"))), text(of.get("kind"))


def composed_bases(composition: KubeObject) -> list[KubeObject]:
    """What a Composition composes, as it is written, before patches."""
    entries = sequence(composition.spec.get("resources"))
    for step in sequence(composition.spec.get("pipeline")):
        entries = entries + sequence(mapping(mapping(step).get("input")).get("resources"))
    return [KubeObject(base, composition.origin) for entry in entries if (base := mapping(mapping(entry).get("base")))]


def _is_named_for_eks(obj: KubeObject) -> bool:
    """True for a composite that is a cluster by its name, wherever it is defined."""
    return "." in obj.group and obj.kind.lower().removeprefix("x").removeprefix("composite") == "ekscluster"


def _service(group: str) -> str:
    """The service of AWS that a group of kinds is about; empty if it is about none."""
    service, _, rest = group.partition(".")
    return service if rest in AWS_PROVIDERS else ""


def _claim(obj: KubeObject, reclaimed: Callable[[str], str]) -> Lost | None:
    kept = reclaimed(text(obj.spec.get("storageClassName"))) == "Retain"
    return None if kept else Lost("data")


def _stateful_set(obj: KubeObject, reclaimed: Callable[[str], str]) -> Lost | None:
    policy = mapping(obj.spec.get("persistentVolumeClaimRetentionPolicy"))
    if policy.get("whenDeleted") != "Delete":
        return None
    templates = [mapping(mapping(item).get("spec")) for item in sequence(obj.spec.get("volumeClaimTemplates"))]
    if all(reclaimed(text(spec.get("storageClassName"))) == "Retain" for spec in templates):
        return None
    return Lost("data", through="the PersistentVolumeClaims of its pods")


def _certainly(obj: KubeObject, reclaimed: Callable[[str], str]) -> Lost | None:  # noqa: ARG001
    return Lost("data")


def _elasticsearch(obj: KubeObject, reclaimed: Callable[[str], str]) -> Lost | None:  # noqa: ARG001
    kept = obj.spec.get("volumeClaimDeletePolicy") == "DeleteOnScaledownOnly"
    return None if kept else Lost("data")


_PLAIN: Mapping[tuple[str, str], Callable[[KubeObject, Callable[[str], str]], Lost | None]] = {
    ("", "PersistentVolumeClaim"): _claim,
    ("apps", "StatefulSet"): _stateful_set,
    ("postgresql.cnpg.io", "Cluster"): _certainly,
    ("elasticsearch.k8s.elastic.co", "Elasticsearch"): _elasticsearch,
}
_DEFINITIONS = {
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    (XRD_GROUP, "CompositeResourceDefinition"),
}
_CLUSTERS: Mapping[str, frozenset[str]] = {"eks": frozenset({"Cluster"})}
_CLUSTER_KINDS = {("cluster.x-k8s.io", "Cluster")}
_DELETION_PROTECTION = ("deletionProtection", "deletionProtectionEnabled")
_DATA_KINDS: Mapping[str, str] = {
    "backup": "Vault BackupVault",
    "cloudwatchlogs": "Group LogGroup",
    "cognitoidp": "UserPool",
    "cognitoidentityprovider": "UserPool",
    "database": "RDSInstance DBCluster",
    "cache": "ReplicationGroup CacheCluster",
    "docdb": "Cluster DBCluster GlobalCluster",
    "dynamodb": "Table GlobalTable",
    "ebs": "Volume Snapshot",
    "ec2": "EBSVolume EBSSnapshot Volume",
    "ecr": "Repository",
    "efs": "FileSystem",
    "elasticache": "Cluster ReplicationGroup ServerlessCache CacheCluster",
    "elasticsearch": "Domain",
    "fsx": "LustreFileSystem OntapFileSystem OpenzfsFileSystem WindowsFileSystem FileSystem Volume",
    "kafka": "Cluster ServerlessCluster",
    "keyspaces": "Keyspace Table",
    "kinesis": "Stream",
    "kms": "Key ReplicaKey ExternalKey",
    "memorydb": "Cluster",
    "mq": "Broker",
    "neptune": "Cluster DBCluster GlobalCluster",
    "opensearch": "Domain",
    "opensearchserverless": "Collection",
    "opensearchservice": "Domain",
    "qldb": "Ledger",
    "rds": "Instance Cluster GlobalCluster Snapshot ClusterSnapshot DBInstance DBCluster",
    "redshift": "Cluster",
    "redshiftserverless": "Namespace",
    "route53": "Zone HostedZone",
    "s3": "Bucket",
    "secretsmanager": "Secret",
    "sqs": "Queue",
    "ssm": "Parameter",
    "timestreamwrite": "Database Table",
}
_DATA = {service: frozenset(kinds.split()) for service, kinds in _DATA_KINDS.items()}
"""Kinds that hold data, by service: what is in them is in no Git, and is not there again when they are."""
