"""What a managed resource of Upbound's AWS provider stands for in AWS.

Source: crossplane-contrib/provider-upjet-aws, `config/externalname.go`. Of kinds that are identified by a name which
one can choose, that is the annotation `crossplane.io/external-name`, by default the object's own name
(crossplane-runtime, `NameAsExternalName`). To others AWS gives an id, which the provider writes into the annotation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from slipway.checks.custom import external_name
from slipway.fleet.objects import KubeObject, mapping, text

_UPBOUND = ("aws.upbound.io", "aws.m.upbound.io")

_BY_NAME_TEXT = {
    "cloudwatch": "MetricAlarm",
    "cloudwatchlogs": "Group",
    "docdb": "Cluster ClusterInstance ClusterParameterGroup SubnetGroup",
    "dynamodb": "Table",
    "ecr": "Repository",
    "eks": "Cluster",
    "elasticache": "Cluster ReplicationGroup SubnetGroup User",
    "iam": "Group InstanceProfile Policy Role User",
    "kinesis": "Stream",
    "lambda": "Function",
    "memorydb": "ACL Cluster ParameterGroup SubnetGroup User",
    "neptune": "Cluster ClusterInstance ClusterParameterGroup ParameterGroup SubnetGroup",
    "rds": "Cluster ClusterInstance ClusterParameterGroup OptionGroup ParameterGroup Proxy SubnetGroup",
    "redshift": "Cluster",
    "s3": "Bucket",
    "sns": "Topic",
    "ssm": "Parameter",
}
_BY_NAME = frozenset((service, kind) for service, kinds in _BY_NAME_TEXT.items() for kind in kinds.split())
"""Kinds of which an account has one of a name, in a region or at all."""

_BY_ID_TEXT = {
    "acm": "Certificate",
    "cognitoidp": "UserPool UserPoolClient",
    "ec2": "EBSVolume EIP InternetGateway LaunchTemplate NATGateway RouteTable SecurityGroup Subnet VPC VPCEndpoint",
    "efs": "AccessPoint FileSystem MountTarget",
    "elbv2": "LB LBListener LBTargetGroup",
    "kafka": "Cluster",
    "kms": "Key",
    "rds": "Instance",
    "route53": "Zone",
    "secretsmanager": "Secret",
}
_BY_ID = frozenset((service, kind) for service, kinds in _BY_ID_TEXT.items() for kind in kinds.split())

_INSTANCE_ID = re.compile(r"db-[A-Z0-9]+|terraform-.*", re.DOTALL)
"""What AWS, or Terraform, calls an instance that has no name of its own."""


def is_upbounds(obj: KubeObject) -> bool:
    """True for a managed resource of Upbound's AWS provider."""
    return obj.group.partition(".")[2] in _UPBOUND


def is_named(obj: KubeObject) -> bool:
    """True if an account has one of its name, which is that of the object by default."""
    return is_upbounds(obj) and _kind(obj) in _BY_NAME


def gets_an_id(obj: KubeObject) -> bool:
    """True if AWS gives it the id by which the provider knows it."""
    return is_upbounds(obj) and _kind(obj) in _BY_ID


def cloud_name(obj: KubeObject) -> str:
    """What it stands for; empty if that is not said by Git."""
    return external_name(obj) or (obj.name if is_named(obj) else "")


def may_be_its_id(obj: KubeObject) -> bool:
    """False if the external name of what AWS gives an id to cannot be what it has been called before."""
    if _kind(obj) != ("rds", "Instance"):
        return True
    name, provider = external_name(obj), mapping(obj.spec.get("forProvider"))
    known: Mapping[str, object] = {**mapping(obj.spec.get("initProvider")), **provider}
    return _INSTANCE_ID.fullmatch(name) is not None or name in (text(known.get("identifier")), obj.name)


def is_only_looked_at(obj: KubeObject) -> bool:
    """True for what Crossplane neither makes nor changes nor deletes."""
    policies = obj.spec.get("managementPolicies")
    if isinstance(policies, list) and not {"*", "Create", "Update", "Delete"} & set(map(str, policies)):
        return True
    return obj.spec.get("managementPolicy") == "ObserveOnly"


def _kind(obj: KubeObject) -> tuple[str, str]:
    return obj.group.partition(".")[0], obj.kind
