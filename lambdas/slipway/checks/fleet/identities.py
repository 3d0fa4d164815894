"""Rule about clusters that take themselves for others: SLW710.

What a cluster is called is told to its controllers by variables: by a ConfigMap that Kustomizations take them from, or
in the Kustomizations. Which of these is a cluster's own name is told by the fleet: another cluster has its own there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from slipway.checks.custom import plain_names
from slipway.checks.finding import Rule
from slipway.checks.said import Said
from slipway.checks.subject import Landed, Subject
from slipway.fleet.flux import is_kustomization
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, ObjectKey, mapping

TAKEN_FOR_ANOTHER = Rule("SLW710", "A cluster that takes itself for another", "warning")

_OWN_NAMES = ("clustername", "cluster", "eksclustername")
"""Variables that say what a cluster is called."""


@dataclass(frozen=True)
class _Told:
    """What a cluster is told that it is called."""

    name: str
    landed: Landed
    path: Path


def identity_findings(subject: Subject) -> Iterator[Said]:
    """Names of clusters that are given to others, in the place where the cluster of that name has its own."""
    told: dict[tuple[ObjectKey, Path], dict[str, _Told]] = {}
    for landed in subject.distinct:
        for path, name in _names(landed.obj):
            for cluster in landed.clusters if name in subject.fleet.clusters else ():
                told.setdefault((landed.obj.key, path), {})[cluster] = _Told(name, landed, path)
    for everywhere in told.values():
        for cluster, one in everywhere.items():
            other = everywhere.get(one.name)
            if one.name != cluster and other is not None and other.name == one.name:
                message = f"it says that the cluster is {one.name}, which is another one's name"
                hint = f"what is done by that name is done to {one.name}; write {cluster}"
                yield Said(TAKEN_FOR_ANOTHER, one.landed, one.path, message, hint, (cluster,))


def _names(obj: KubeObject) -> Iterator[tuple[Path, str]]:
    """The variables with a cluster's name; what applies to another cluster may well have that one's."""
    if (obj.group, obj.kind) == ("", "ConfigMap"):
        path: Path = ("data",)
        variables = mapping(obj.value.get("data"))
    elif is_kustomization(obj) and not mapping(obj.spec.get("kubeConfig")):
        path = ("spec", "postBuild", "substitute")
        variables = mapping(mapping(obj.spec.get("postBuild")).get("substitute"))
    else:
        return
    for key, value in variables.items():
        if isinstance(value, str) and isinstance(key, str) and plain_names((key,))[0] in _OWN_NAMES:
            yield (*path, key), value
