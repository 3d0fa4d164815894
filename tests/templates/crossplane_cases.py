"""The composites that the template's Compositions are tried with, and how what they compose is compared."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2] / "repo_templates" / "gitops-system" / "crossplane"
SNAPSHOTS = Path(__file__).parent / "crossplane"
API = "fleet.internal/v1alpha1"
RESOURCE_NAME = "crossplane.io/composition-resource-name"
ONLY_ON_CLUSTER: Mapping[str, str] = {
    field: f"${{status.{field}}}"
    for field in (
        "arn",
        "endpoint",
        "vpcId",
        "kubernetesVersion",
        "oidcIssuer",
        "securityGroupId",
        "launchTemplateVersion",
        "networkIdentity",
        "nodeRoleArn",
    )
} | {"certificateAuthority": base64.b64encode(b"${status.certificateAuthority}").decode()}
"""An EKSCluster's status once everything is there, as Slipway writes what is not in Git."""

VARIABLES: Mapping[str, str] = {
    "ACCOUNT_ID": "111122223333",
    "PROVIDER_AWS_VERSION": "v2.5.0",
    "FUNCTION_PATCH_AND_TRANSFORM_VERSION": "v0.9.3",
    "FUNCTION_AUTO_READY_VERSION": "v0.6.0",
}
"""What Flux substitutes: the account of cluster-info, and of versions the releases that the template is tested with."""

Object = dict[str, Any]
Normal = dict[str, Object]
"""Composed objects by the way to them: `network.zone-a.subnet-private`."""


@dataclass(frozen=True, eq=False)
class Case:
    """One composite."""

    name: str
    kind: str
    cluster: str
    """The cluster's name, and the namespace of the composite."""
    spec: Mapping[str, Any]
    is_kept: bool = False
    """True if what it composes is kept as a snapshot."""

    @property
    def obj(self) -> Object:
        """The composite, as Git has it."""
        name = self.cluster if self.kind == "EKSCluster" else "orders"
        metadata = {"name": name, "namespace": self.cluster}
        return {"apiVersion": API, "kind": self.kind, "metadata": metadata, "spec": dict(self.spec)}


COMMON: Mapping[str, Any] = {"fleet": "acme", "accountId": "111122223333", "region": "eu-west-1"}
CLUSTER: Mapping[str, Any] = {
    **COMMON,
    "kubernetesVersion": "1.35",
    "hubRoleArn": "arn:aws:iam::999900001111:role/hub-flux",
    "tags": {"team": "platform"},
}
ZONES = ("eu-west-1a", "eu-west-1b", "eu-west-1c")
EXISTING = {"vpcId": "vpc-0a1b2c3d4e5f60718", "privateSubnetIds": ["subnet-0a1b2c3d", "subnet-1a2b3c4d"]}
EVERYTHING: Mapping[str, Any] = {
    "network": {"existing": EXISTING},
    "supportType": "STANDARD",
    "endpointAccess": "public",
    "publicAccessCidrs": ["198.51.100.0/24"],
    "nodes": {"size": "large", "min": 1, "max": 8, "workload": "gpu", "kubernetesVersion": "1.34"},
    "addonVersions": {
        "vpcCni": "v1.20.4-eksbuild.1",
        "coreDns": "v1.12.4-eksbuild.1",
        "kubeProxy": "v1.35.0-eksbuild.1",
        "podIdentityAgent": "v1.3.9-eksbuild.1",
        "ebsCsi": "v1.52.0-eksbuild.1",
    },
    "deletionProtection": False,
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Orders",
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:PutItem"],
            "Resource": ["arn:aws:dynamodb:eu-west-1:111122223333:table/staging-1-orders"],
            "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
        }
    ],
}
USUAL = "nodes-three-zones-single"
"""The case that is kept in full; of other clusters, only what is different is kept."""
KEPT = frozenset((USUAL, "auto-two-zones-perzone", "nodes-existing-everything"))


def cases() -> Iterator[Case]:
    """All of them: each combination of the parameters that choose a Composition, and the rest once."""
    networks = (*_networks(), ("existing", {"network": {"existing": EXISTING}}), ("existing-everything", EVERYTHING))
    for index, (compute, (network, spec)) in enumerate(itertools.product(("nodes", "auto"), networks), start=1):
        name = f"{compute}-{network}"
        composition = {"crossplane": {"compositionRef": {"name": f"cluster-{compute}"}}}
        spec = {**composition, **CLUSTER, **spec}
        if "existing" not in network:
            spec["network"] = {"cidr": f"10.{index}.0.0/16", **spec["network"]}
        yield Case(name, "EKSCluster", f"staging-{index}", spec, name in KEPT)
    of = {**COMMON, "clusterName": "staging-1"}
    identity = {**of, "serviceAccount": "orders", "policy": POLICY}
    yield Case("application", "PodIdentity", "shop", identity, True)
    role = "arn:aws:iam::999900001111:role/second/hub-flux"
    hub = {**of, "principalArn": role, "policy": "AmazonEKSClusterAdminPolicy"}
    yield Case("second-hub", "ClusterAccess", "second-hub", hub, True)
    endpoint = {**of, "service": "ecr.api", "crossplane": {"compositionRef": {"name": "endpoint-three-zones"}}}
    yield Case("endpoint", "NetworkEndpoint", "endpoint", endpoint, True)
    people = {
        **of,
        "principalArn": "arn:aws:iam::111122223333:role/people/developers",
        "namespaces": ["shop", "orders"],
    }
    yield Case("people", "ClusterAccess", "people", {**people, "policy": "AmazonEKSEditPolicy"}, True)


def _networks() -> Iterator[tuple[str, Object]]:
    for count, word in ((2, "two"), (3, "three")):
        for nat in ("none", "single", "perZone"):
            own = {"availabilityZones": list(ZONES[:count]), "natGateways": nat}
            yield f"{word}-zones-{nat.lower()}", {"network": own}


def normal(value: Mapping[str, Any]) -> Object:
    """What a Composition says of an object: without what Crossplane adds to every one, in the order of YAML's keys."""
    metadata = value.get("metadata", {})
    kept: Object = {}
    for field in ("labels", "annotations"):
        own = {key: text for key, text in metadata.get(field, {}).items() if not _is_crossplanes(key)}
        if own:
            kept[field] = own
    name = metadata.get("name", "")
    if name and "generateName" not in metadata:
        kept["name"] = name
    body = {key: item for key, item in value.items() if key not in ("metadata", "status")}
    return _settled({**body, **({"metadata": kept} if kept else {})})


def _is_crossplanes(key: str) -> bool:
    return key == RESOURCE_NAME or key.startswith(("crossplane.io/composite", "crossplane.io/claim"))


def _settled(value: Any) -> Any:
    """Whole numbers as such: JSON has one kind of number."""
    if isinstance(value, Mapping):
        return {key: _settled(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_settled(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def snapshot(case: Case) -> Path:
    """Where a case's snapshot is."""
    return SNAPSHOTS / f"{case.name}.yaml"


def different(objects: Normal, case: Case, usual: Normal, usual_case: Case) -> Normal:
    """What a cluster has that the usual one does not have alike, and an empty object where it has nothing."""
    known = json.loads(json.dumps(usual).replace(usual_case.cluster, case.cluster))
    there = {way: obj for way, obj in objects.items() if obj != known.get(way)}
    return {**there, **{way: {} for way in known if way not in objects}}


def written(objects: Normal) -> str:
    """The text of a snapshot."""
    return yaml.safe_dump(objects, sort_keys=True, default_flow_style=None, width=140)
