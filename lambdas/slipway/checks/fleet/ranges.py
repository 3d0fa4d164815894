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

from slipway.checks.custom import is_composite, is_custom, is_managed, named_fields, plain_names
from slipway.checks.subject import Landed
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, ObjectKey, text, value_at

Role = Literal["network", "subnet", "services"]

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
        if is_composite(owner):
            return owner.home, owner.key
        vpc = text(value_at(obj.spec, ("forProvider", "vpcIdRef", "name"))) or text(
            value_at(obj.spec, ("vpcRef", "from", "name"))
        )
        key = ObjectKey(obj.group, "VPC", obj.namespace, vpc) if self.managed and vpc else obj.key
        return self.landed.clusters[0], key


def declared_ranges(landed: Landed) -> Iterator[DeclaredRange]:
    """The ranges that an object declares."""
    obj = landed.obj
    if is_managed(obj):
        role, paths = _MANAGED.get((obj.group.partition(".")[0], obj.kind), ("network", ()))
        found: Iterator[tuple[Role, Path, Any]] = ((role, path, value_at(obj.value, path)) for path in paths)
    elif is_custom(obj):
        found = _named(obj)
    else:
        return
    for role, path, value in found:
        items = enumerate(value) if isinstance(value, list) else ((None, value),)
        for index, item in items:
            if isinstance(item, str):
                yield from _declared(landed, path if index is None else (*path, index), role, item)


def _declared(landed: Landed, path: Path, role: Role, value: str) -> Iterator[DeclaredRange]:
    managed = is_managed(landed.obj)
    if "${" in value:
        yield DeclaredRange(landed, path, role, None, managed)
        return
    try:
        parsed = ip_network(value, strict=False)
    except ValueError:
        return
    if isinstance(parsed, IPv4Network) and "/" in value:
        yield DeclaredRange(landed, path, role, parsed, managed)


def _named(obj: KubeObject) -> Iterator[tuple[Role, Path, Any]]:
    """Fields whose names say that they are the range of a network, of a subnet or of Services."""
    for path, value in named_fields(obj):
        role = _role(path, obj.kind)
        if role:
            yield role, path, value


def _role(path: Path, kind: str) -> Role | None:
    names = plain_names(path)
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
