"""What AWS takes as names, and where objects say them.

Sources, by service: IAM and STS quotas; DynamoDB "Naming rules"; SQS `CreateQueue`; SNS `CreateTopic`; S3 "General
purpose bucket naming rules"; RDS `CreateDBInstance` and `CreateDBCluster`; EKS `CreateCluster` and `CreateNodegroup`;
Lambda `CreateFunction`; Elastic Load Balancing `CreateLoadBalancer` and `CreateTargetGroup`; EC2 `CreateSecurityGroup`.
Which field becomes the name: crossplane-contrib/provider-upjet-aws `config/externalname.go`, provider-aws `apis`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from slipway.checks.custom import EXTERNAL_NAME
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, mapping


@dataclass(frozen=True)
class NameRule:
    """What a service takes as the name of something."""

    what: str
    """With its article, e.g. `an IAM role`."""
    most: int
    """Characters."""
    pattern: re.Pattern[str]
    """All of the name, whatever its length."""
    says: str
    """The pattern in words."""
    least: int = 1


def _rule(what: str, most: int, pattern: str, says: str, least: int = 1) -> NameRule:
    return NameRule(what, most, re.compile(pattern), says, least)


_IAM = (r"[\w+=,.@-]+", "letters, digits and +=,.@_-")
_PLAIN = (r"[A-Za-z0-9_-]+", "letters, digits, hyphens and underscores")
_QUEUE = (r"[A-Za-z0-9_-]+(?:\.fifo)?", "letters, digits, hyphens and underscores; .fifo at the end of a FIFO one")
_EKS = (r"[A-Za-z0-9][A-Za-z0-9_-]*", "letters, digits, hyphens and underscores, a letter or digit first")
_RDS = (
    r"[A-Za-z](?:-?[A-Za-z0-9])*",
    "letters, digits and hyphens, a letter first, no hyphen last and no two in a row",
)
_BALANCER = (
    r"(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?",
    "letters, digits and hyphens, no hyphen first or last, and not internal- first",
)
_BUCKET = (
    r"(?!xn--|sthree-|amzn-s3-demo-)(?!\d+\.\d+\.\d+\.\d+$)(?!.*(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)"
    r"(?!.*\.\.)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?",
    "lower-case letters, digits, dots and hyphens, a letter or digit first and last, and none that S3 reserves",
)

LOAD_BALANCER = _rule("a load balancer", 32, *_BALANCER)
_TARGET_GROUP = _rule(
    "a target group",
    32,
    r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?",
    "letters, digits and hyphens, no hyphen first or last",
)
_ROLE = _rule("an IAM role", 64, *_IAM)
_DATABASE = _rule("an RDS instance", 63, *_RDS)
_DATABASE_CLUSTER = _rule("an RDS cluster", 63, *_RDS)

_NAMES: Mapping[tuple[str, str], tuple[NameRule, tuple[str, ...]]] = {
    ("iam", "Role"): (_ROLE, ("name",)),
    ("iam", "User"): (_rule("an IAM user", 64, *_IAM), ("name",)),
    ("iam", "Group"): (_rule("an IAM group", 128, *_IAM), ("name",)),
    ("iam", "Policy"): (_rule("an IAM policy", 128, *_IAM), ("name",)),
    ("iam", "InstanceProfile"): (_rule("an instance profile", 128, *_IAM), ("name",)),
    ("dynamodb", "Table"): (_rule("a DynamoDB table", 255, r"[\w.-]+", _PLAIN[1] + " and dots", 3), ("tableName",)),
    ("sqs", "Queue"): (_rule("an SQS queue", 80, *_QUEUE), ("name", "queueName")),
    ("sns", "Topic"): (_rule("an SNS topic", 256, *_QUEUE), ("name",)),
    ("s3", "Bucket"): (_rule("an S3 bucket", 63, *_BUCKET, 3), ("name",)),
    ("rds", "Instance"): (_DATABASE, ("identifier",)),
    ("rds", "DBInstance"): (_DATABASE, ("dbInstanceIdentifier",)),
    ("database", "RDSInstance"): (_DATABASE, ()),
    ("rds", "Cluster"): (_DATABASE_CLUSTER, ("clusterIdentifier",)),
    ("rds", "DBCluster"): (_DATABASE_CLUSTER, ("dbClusterIdentifier",)),
    ("eks", "Cluster"): (_rule("an EKS cluster", 100, *_EKS), ("name",)),
    ("eks", "NodeGroup"): (_rule("a node group", 63, *_EKS), ()),
    ("eks", "Nodegroup"): (_rule("a node group", 63, *_EKS), ("name",)),
    ("lambda", "Function"): (_rule("a Lambda function", 64, *_PLAIN), ("name",)),
    ("elbv2", "LB"): (LOAD_BALANCER, ("name",)),
    ("elbv2", "LoadBalancer"): (LOAD_BALANCER, ("name",)),
    ("elbv2", "LBTargetGroup"): (_TARGET_GROUP, ("name",)),
    ("elbv2", "TargetGroup"): (_TARGET_GROUP, ("name",)),
    ("ec2", "SecurityGroup"): (
        _rule("a security group", 255, r"(?!sg-)[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]+", "ASCII, and not sg- first"),
        ("name", "groupName"),
    ),
}
"""By the service, the first part of the API group, and the kind; with the fields that say the name, if any does."""

_NAMED_BY_FIELD_ONLY = frozenset(
    {
        *(("elbv2", kind) for kind in ("LB", "LoadBalancer", "LBTargetGroup", "TargetGroup")),
        ("ec2", "SecurityGroup"),
    }
)
"""What AWS gives an id to: its external name is that, and the object's own name says nothing."""

_ANNOTATIONS = (
    "service.beta.kubernetes.io/aws-load-balancer-name",
    "alb.ingress.kubernetes.io/load-balancer-name",
)
"""Of Services and Ingresses. Source: kubernetes-sigs/aws-load-balancer-controller, docs/guide."""


def aws_names(obj: KubeObject, *, managed: bool) -> Iterator[tuple[NameRule, str, Path]]:
    """The names that something in AWS gets from an object, with the field that says each.

    Args:
        obj: the object.
        managed: true if its group is one of managed resources.
    """
    annotations = mapping(obj.metadata.get("annotations"))
    if not managed:
        for name in _ANNOTATIONS:
            if obj.kind in ("Service", "Ingress") and isinstance(annotations.get(name), str):
                yield LOAD_BALANCER, annotations[name], ("metadata", "annotations", name)
        return
    service = obj.group.partition(".")[0]
    if (service, obj.kind) not in _NAMES:
        return
    rule, fields = _NAMES[service, obj.kind]
    is_ack = obj.group.endswith("services.k8s.aws")
    parent: Path = ("spec",) if is_ack else ("spec", "forProvider")
    values = obj.spec if is_ack else mapping(obj.spec.get("forProvider"))
    named = next((name for name in fields if isinstance(values.get(name), str)), None)
    if named is not None:
        yield rule, values[named], (*parent, named)
    elif is_ack or (service, obj.kind) in _NAMED_BY_FIELD_ONLY:
        return
    elif isinstance(annotations.get(EXTERNAL_NAME), str):
        yield rule, annotations[EXTERNAL_NAME], ("metadata", "annotations", EXTERNAL_NAME)
    else:
        yield rule, obj.name, ("metadata", "name")
