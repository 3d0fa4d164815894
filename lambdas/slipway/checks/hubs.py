"""Which clusters make and look after others."""

from __future__ import annotations

from slipway.fleet.model import Cluster
from slipway.fleet.objects import KubeObject


def is_hub(cluster: Cluster) -> bool:
    """True for a cluster that makes others: its Flux applies to them, or it brings what they are made of."""
    if any(done.target != cluster.name for done in cluster.kustomizations):
        return True
    return any(obj.kind == "Composition" or is_eks_cluster(obj) for obj in cluster.objects)


def is_eks_cluster(obj: KubeObject) -> bool:
    """True for what stands for a control plane in AWS."""
    return obj.kind == "Cluster" and obj.group.startswith("eks.")
