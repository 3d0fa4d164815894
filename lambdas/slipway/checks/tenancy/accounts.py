"""Rule about the AWS accounts that resources are made in: SLW525.

Which account a ProviderConfig stands for: provider-upjet-aws, `apis/*/v1beta1/types.go` (`assumeRoleChain`,
`credentials.webIdentity`), and crossplane-contrib/provider-aws, `apis/v1beta1/providerconfig_types.go` (`assumeRole`,
`assumeRoleARN`). Where none of these says it, it is that of the provider's own identity, which Git does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from slipway.checks.finding import Finding, Rule
from slipway.checks.hubs import is_hub
from slipway.checks.subject import Subject
from slipway.fleet.objects import KubeObject, mapping, sequence, text

OTHER_ACCOUNT = Rule("SLW525", "A resource in another account", "warning")

RULES = (OTHER_ACCOUNT,)

_GROUP = re.compile(r"[a-z0-9]+\.(aws\.upbound\.io|aws\.m\.upbound\.io|aws\.crossplane\.io)")
"""Groups of managed resources; the last part is that of their ProviderConfigs."""
_ACCOUNT = re.compile(r"arn:[^:]*:(?:iam|sts)::([0-9]{12}):")

Config = tuple[str, str, str, str]
"""Group, kind, namespace and name of a ProviderConfig."""


def account_findings(subject: Subject) -> Iterator[Finding]:
    """Managed resources by ProviderConfigs of other accounts than that of their cluster.

    A hub makes what belongs to other clusters, so the accounts of those are its own, too.
    """
    accounts = {name: own.account for name, own in subject.settings.clusters.items() if own.account}
    for cluster in subject.fleet.clusters.values():
        own = accounts.get(cluster.name)
        if own is None:
            continue
        allowed = set(accounts.values()) if is_hub(cluster) else {own}
        configs = {config_key(obj): account for obj in cluster.objects if (account := account_of(obj))}
        for obj, owner in cluster.landed if configs else ():
            key = config_of(obj)
            if key and key in configs and configs[key] not in allowed:
                path = ("spec", "providerConfigRef", "name")
                where = subject.lines.cause(obj, owner, path).where
                message = f"it is made in the account {configs[key]}, by {key[1]} {key[3]}"
                hint = f"slipway.yaml says that the cluster's account is {own}"
                yield Finding(OTHER_ACCOUNT, message, where, str(obj.key), (cluster.name,), hint)


def config_key(obj: KubeObject) -> Config:
    """What a ProviderConfig is called by."""
    return obj.group, obj.kind, obj.namespace if obj.kind == "ProviderConfig" else "", obj.name


def account_of(obj: KubeObject) -> str:
    """The account of a ProviderConfig; empty for other objects, and where it does not say one."""
    if obj.kind not in ("ProviderConfig", "ClusterProviderConfig") or _GROUP.fullmatch(f"x.{obj.group}") is None:
        return ""
    spec = obj.spec
    chain = [text(mapping(step).get("roleARN")) for step in sequence(spec.get("assumeRoleChain"))]
    identity = mapping(mapping(spec.get("credentials")).get("webIdentity"))
    roles = (
        *reversed(chain),
        text(spec.get("assumeRoleARN")),
        text(mapping(spec.get("assumeRole")).get("roleARN")),
        text(identity.get("roleARN")),
    )
    found = _ACCOUNT.match(next(filter(None, roles), ""))
    return found[1] if found else ""


def config_of(obj: KubeObject) -> Config | None:
    """What a managed resource is made by; None for other objects."""
    match = _GROUP.fullmatch(obj.group)
    if match is None or not isinstance(obj.spec.get("forProvider"), Mapping):
        return None
    ref = mapping(obj.spec.get("providerConfigRef"))
    is_namespaced = match[1] == "aws.m.upbound.io"
    kind = text(ref.get("kind")) or ("ClusterProviderConfig" if is_namespaced else "ProviderConfig")
    namespace = obj.namespace if is_namespaced and kind == "ProviderConfig" else ""
    return match[1], kind, namespace, text(ref.get("name")) or "default"
