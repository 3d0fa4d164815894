"""Rule about managed resources that are one thing in the cloud: SLW814.

Source of the rule: crossplane/crossplane-runtime, `pkg/meta/meta.go` (`crossplane.io/external-name`, by which a
provider knows what a managed resource stands for) and `apis/common/v1` (`managementPolicies`). What it is where nothing
is written: `slipway.checks.cloud_names`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slipway.checks.cloud_names import cloud_name, is_named, is_only_looked_at
from slipway.checks.crossplane.world import World
from slipway.checks.custom import EXTERNAL_NAME, external_name
from slipway.checks.finding import Finding, Rule
from slipway.fleet.fields import same
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster, Owner
from slipway.fleet.objects import KubeObject, mapping, text

ONE_THING = Rule("SLW814", "Two managed resources that are one thing in the cloud", "error")


_Identity = tuple[str, ...]
"""Group, kind, name in the cloud, region, ProviderConfig, and what it is in."""

_PARENTS = (
    *("apiId", "bucket", "clusterName", "domainName", "eventBusName", "fileSystemId", "functionName", "group"),
    *("groupName", "loadBalancerArn", "parentId", "restApiId", "role", "tableName", "user", "userPoolId", "vpcId"),
    *("zoneId", "apiGatewayId", "databaseName", "dbProxyName", "clusterIdentifier"),
)
"""Fields that say what something is in, where names are those of one such only: node groups of a cluster."""


def external_name_findings(world: World) -> Iterator[Finding]:
    """Managed resources of one cluster with the same name in the cloud, kind, region and credentials."""
    for cluster in world.subject.fleet.clusters.values():
        yield from _shared(cluster, world)


def _shared(cluster: Cluster, world: World) -> Iterator[Finding]:
    first: dict[_Identity, tuple[KubeObject, Owner]] = {}
    for obj, owner in cluster.landed:
        identity = _identity(obj)
        if identity is None:
            continue
        one, its_owner = first.setdefault(identity, (obj, owner))
        if one.key == obj.key:
            continue
        if external_name(one) and not external_name(obj):
            one, obj, owner = obj, one, its_owner
        path: Path = ("metadata", "annotations", EXTERNAL_NAME) if external_name(obj) else ("metadata", "name")
        cause = world.subject.lines.cause(obj, owner, path)
        alike = same(one.spec, obj.spec)
        hint = "deleting one deletes what both stand for" if alike else "each undoes what the other one sets"
        hint = f"{hint}; let one of them only observe it (managementPolicies: [Observe])"
        message = f"it stands for the same {identity[2]} as {one.key}"
        rule = ONE_THING.at("warning") if alike else ONE_THING
        yield Finding(rule, message, cause.where, str(obj.key), (cluster.name,), hint)


def _identity(obj: KubeObject) -> _Identity | None:
    """What a managed resource stands for; None if that is not known, or it only looks at it."""
    is_cluster = (obj.group.partition(".")[0], obj.kind) == ("eks", "Cluster")
    name = external_name(obj) if is_cluster else cloud_name(obj)  # of clusters of one name, SLW704 tells
    provider = mapping(obj.spec.get("forProvider"))
    if not name or not provider or is_only_looked_at(obj) or obj.shown is not None:
        return None
    found = (name, text(provider.get("region")), *_config(obj), *(() if is_named(obj) else _parents(provider)))
    return None if "$" in "".join(found) else (obj.group, obj.kind, *found)


def _config(obj: KubeObject) -> tuple[str, str, str]:
    """Kind, namespace and name of the ProviderConfig; what is not said is what the provider takes then."""
    ref, is_modern = mapping(obj.spec.get("providerConfigRef")), bool(obj.namespace)
    kind = text(ref.get("kind")) or ("ClusterProviderConfig" if is_modern else "ProviderConfig")
    namespace = obj.namespace if is_modern and kind == "ProviderConfig" else ""
    return kind, namespace, text(ref.get("name")) or "default"


def _parents(provider: Mapping[str, Any]) -> Iterator[str]:
    for parent in _PARENTS:
        for field in (parent, f"{parent}Ref", f"{parent}Selector"):
            if field in provider:
                yield f"{field}={provider[field]}"
