"""Rules about what EKS has replaced: SLW308, SLW309.

Source of the rules: docs.aws.amazon.com/eks, "AL2 AMI deprecation" (no AMIs of Amazon Linux 2 for Kubernetes 1.33 and
later) and "Grant IAM users and roles access" (the `aws-auth` ConfigMap is deprecated; access entries follow it).
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.custom import is_managed
from slipway.checks.finding import Rule
from slipway.checks.said import Said
from slipway.checks.subject import Landed, Subject
from slipway.checks.upgrade.declared import Version, cluster_of, declared_versions, kubernetes_version
from slipway.fleet.manifests import Path
from slipway.fleet.objects import ObjectKey, mapping, sequence, text, value_at

AMI_GONE = Rule("SLW308", "Nodes of an AMI that EKS does not make any more", "error")
AWS_AUTH = Rule("SLW309", "Access by the aws-auth ConfigMap", "info")

RULES = (AMI_GONE, AWS_AUTH)

_WITHOUT_AL2: Version = (1, 33)
_AMI_TYPES: tuple[Path, ...] = (("spec", "forProvider", "amiType"), ("spec", "amiType"))


def node_findings(subject: Subject) -> Iterator[Said]:
    """Node groups and node classes of Amazon Linux 2, and the ConfigMap that says who may do what."""
    versions: dict[tuple[str, ObjectKey], Version] = {}
    for landed in subject.distinct:
        versions.update({one.whole: one.version for one in declared_versions(landed) if one.role == "control plane"})
    for landed in subject.distinct:
        obj = landed.obj
        if (obj.key.group, obj.kind, obj.namespace, obj.name) == ("", "ConfigMap", "kube-system", "aws-auth"):
            message = "the aws-auth ConfigMap is deprecated: who edits it may lock everybody out"
            hint = "make access entries (AccessEntry of eks.aws.m.upbound.io, or `aws eks create-access-entry`)"
            yield Said(AWS_AUTH, landed, ("metadata", "name"), message, hint)
        elif is_managed(obj) and obj.kind.lower() == "nodegroup":
            yield from _of_group(landed, versions)
        elif (obj.group, obj.kind) == ("karpenter.k8s.aws", "EC2NodeClass"):
            yield from _of_class(landed, subject)


def _of_group(landed: Landed, versions: dict[tuple[str, ObjectKey], Version]) -> Iterator[Said]:
    found = next((path for path in _AMI_TYPES if isinstance(value_at(landed.obj.value, path), str)), None)
    if found is None or not str(value_at(landed.obj.value, found)).startswith("AL2_"):
        return
    own = next((one.version for one in declared_versions(landed)), None)
    yield _said(landed, found, own or versions.get((landed.clusters[0], cluster_of(landed.obj))), landed.clusters)


def _of_class(landed: Landed, subject: Subject) -> Iterator[Said]:
    spec = landed.obj.spec
    path: Path = ("spec", "amiFamily")
    is_al2 = spec.get("amiFamily") == "AL2"
    for index, term in enumerate(map(mapping, sequence(spec.get("amiSelectorTerms")))):
        if text(term.get("alias")).startswith("al2@"):
            is_al2, path = True, ("spec", "amiSelectorTerms", index, "alias")
    if is_al2:
        for name in landed.clusters:
            cluster = subject.fleet.clusters[name]
            version = kubernetes_version(cluster.kubernetes_version) if cluster.version_known else None
            yield _said(landed, path, version, (name,))


def _said(landed: Landed, path: Path, version: Version | None, clusters: tuple[str, ...]) -> Said:
    rule = AMI_GONE.at("info") if version is None or version < _WITHOUT_AL2 else AMI_GONE
    message = "there are no AMIs of Amazon Linux 2 from Kubernetes 1.33 on"
    return Said(rule, landed, path, message, "use Amazon Linux 2023 or Bottlerocket", clusters)
