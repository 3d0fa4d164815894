"""The network ranges that objects declare: of VPCs, of their subnets, of a cluster's Services.

Managed resources of Crossplane and ACK say so by their kinds. Composites and claims, and the kinds of eksctl and
Cluster API, have fields of any name: those are told by names such as `vpc-cidrBlock` or `vpc.cidr`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from typing import Any, Literal

from slipway.checks.subject import Landed
from slipway.fleet.flux import is_helm_release
from slipway.fleet.manifests import Path
from slipway.fleet.model import Expanded
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, text

Role = Literal["network", "subnet", "services"]

MAX_FIELDS = 5_000
"""Fields of an object that are looked at; what describes a network is far smaller."""

AWS_GROUP = re.compile(r"(?:.*\.)?(?:aws\.crossplane\.io|aws\.(?:m\.)?upbound\.io|services\.k8s\.aws)")
"""API groups of managed resources."""

_MANAGED: Mapping[tuple[str, str], tuple[Role, tuple[Path, ...]]] = {
    ("ec2", "VPC"): ("network", (("spec", "forProvider", "cidrBlock"), ("spec", "cidrBlocks"))),
    ("ec2", "VPCCIDRBlock"): ("network", (("spec", "forProvider", "cidrBlock"),)),
    ("ec2", "VPCIPv4CidrBlockAssociation"): ("network", (("spec", "forProvider", "cidrBlock"),)),
    ("ec2", "Subnet"): ("subnet", (("spec", "forProvider", "cidrBlock"), ("spec", "cidrBlock"))),
    ("eks", "Cluster"): (
        "services",
        (
            ("spec", "forProvider", "kubernetesNetworkConfig", "serviceIpv4Cidr"),
            ("spec", "forProvider", "kubernetesNetworkConfig", 0, "serviceIpv4Cidr"),
            ("spec", "kubernetesNetworkConfig", "serviceIPv4CIDR"),
        ),
    ),
}
"""By the service, the first part of the API group, and the kind. Source: crossplane-contrib/provider-upjet-aws
`package/crds`, crossplane-contrib/provider-aws `package/crds`, aws-controllers-k8s/{ec2,eks}-controller."""
_VPC_OF: tuple[Path, ...] = (("forProvider", "vpcIdRef", "name"), ("vpcRef", "from", "name"))
"""Where a subnet names its VPC."""
_NOT_OURS = re.compile(
    r"pod|peer|allow|source|ingress|egress|rule|route|destination|endpoint|client|remote|external|access"
)
"""Words in the names of fields whose ranges are those of somebody else."""


@dataclass(frozen=True)
class DeclaredRange:
    """A range that an object declares."""

    landed: Landed
    path: Path
    role: Role
    range: IPv4Network | None
    """None if it has variables whose values only the cluster knows."""
    managed: bool
    """True if a managed resource says so, and not a field that is told by its name."""

    @property
    def whole(self) -> tuple[str, ObjectKey]:
        """What it is a part of: the composite that it is composed of, the VPC that it names, or the object itself."""
        owner, obj = self.landed.owner, self.landed.obj
        if isinstance(owner, Expanded) and is_composite(owner):
            return owner.home, owner.key
        vpc = text(_at(obj.spec, ("forProvider", "vpcIdRef", "name"))) or text(
            _at(obj.spec, ("vpcRef", "from", "name"))
        )
        key = ObjectKey(obj.group, "VPC", obj.namespace, vpc) if self.managed and vpc else obj.key
        return self.landed.clusters[0], key


def is_composite(owner: Expanded) -> bool:
    """True for what Crossplane makes objects of, in place of Helm or flux-operator."""
    return not is_helm_release(owner.definition) and owner.definition.kind != "ResourceSet"


def declared_ranges(landed: Landed) -> Iterator[DeclaredRange]:
    """The ranges that an object declares."""
    obj = landed.obj
    if AWS_GROUP.fullmatch(obj.group):
        role, paths = _MANAGED.get((obj.group.partition(".")[0], obj.kind), ("network", ()))
        found: Iterator[tuple[Role, Path, Any]] = ((role, path, _at(obj.value, path)) for path in paths)
    elif _may_be_composite(obj):
        found = _named(obj)
    else:
        return
    for role, path, value in found:
        for index, item in enumerate(value) if isinstance(value, list) else ((None, value),):
            where = path if index is None else (*path, index)
            if isinstance(item, str):
                yield from _declared(landed, where, role, item)


def _declared(landed: Landed, path: Path, role: Role, value: str) -> Iterator[DeclaredRange]:
    managed = AWS_GROUP.fullmatch(landed.obj.group) is not None
    if "${" in value:
        yield DeclaredRange(landed, path, role, None, managed)
        return
    try:
        parsed = ip_network(value, strict=False)
    except ValueError:
        return
    if isinstance(parsed, IPv4Network) and "/" in value:
        yield DeclaredRange(landed, path, role, parsed, managed)


def _may_be_composite(obj: KubeObject) -> bool:
    """True for kinds that are neither Kubernetes' nor Flux's own."""
    group = obj.group
    return "." in group and not group.endswith((".k8s.io", ".fluxcd.io", "fluxcd.controlplane.io", ".crossplane.io"))


def _named(obj: KubeObject) -> Iterator[tuple[Role, Path, Any]]:
    """Fields whose names say that they are the range of a network, of a subnet or of Services."""
    todo: list[tuple[Path, Any]] = [((), {name: item for name, item in obj.value.items() if name not in _NO_SPEC})]
    seen = 0
    while todo:
        path, value = todo.pop()
        if isinstance(value, Mapping):
            items = [((*path, name), item) for name, item in value.items()]
        elif isinstance(value, list):
            items = [((*path, index), item) for index, item in enumerate(value)]
        else:
            continue
        seen += len(items)
        if seen > MAX_FIELDS:
            return
        for where, item in items:
            role = _role(where, obj.kind) if isinstance(where[-1], str) else None
            if role:
                yield role, where, item
            else:
                todo.append((where, item))


_NO_SPEC = ("apiVersion", "kind", "metadata", "status")


def _role(path: Path, kind: str) -> Role | None:
    names = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in path if isinstance(name, str)]
    leaf = names[-1]
    if "cidr" not in leaf or any(_NOT_OURS.search(name) for name in names):
        return None
    if any("subnet" in name for name in names):
        return "subnet"
    if "service" in leaf:
        return "services"
    is_network = re.search(r"vpc|network$", kind, re.IGNORECASE) and len(names) <= _MAX_DEPTH
    return "network" if is_network or any("vpc" in name for name in names) else None


_MAX_DEPTH = 3
"""`spec.parameters.cidr`: below that, it is the range of something else."""


def _at(value: Any, path: Path) -> Any:
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = mapping(value).get(step)
    return value
