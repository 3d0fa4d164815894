"""Rule about the credentials that managed resources name: SLW812.

Source of the rule: crossplane/crossplane-runtime v1 and v2, `apis/common`: `providerConfigRef` names a ProviderConfig
of the provider, `default` if it is not set; of namespaced resources a ClusterProviderConfig, or a ProviderConfig in
their own namespace. The group of a provider's configuration ends those of its resources: `aws.upbound.io`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from slipway.checks.crossplane.world import World
from slipway.checks.finding import Rule
from slipway.checks.said import Said
from slipway.checks.subject import Landed
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, text

NO_CONFIG = Rule("SLW812", "A ProviderConfig that does not exist", "error")

_KINDS = ("ProviderConfig", "ClusterProviderConfig")


def provider_config_findings(world: World) -> Iterator[Said]:
    """Managed resources that name a configuration that is not there, while others of their provider are."""
    configs: dict[str, Mapping[str, list[ObjectKey]]] = {}
    for landed in world.subject.distinct:
        spec = landed.obj.spec
        if not isinstance(spec.get("forProvider"), Mapping):
            continue
        for cluster in landed.clusters:
            if cluster not in configs:
                configs[cluster] = _configs(world, cluster)
            yield from _judged(landed, cluster, configs[cluster], world)


def _configs(world: World, cluster: str) -> Mapping[str, list[ObjectKey]]:
    """The configurations of a cluster's providers, by group."""
    found: dict[str, list[ObjectKey]] = {}
    for obj in world.subject.fleet.clusters[cluster].objects:
        if obj.kind in _KINDS:
            found.setdefault(obj.group, []).append(obj.key)
    return found


def _judged(landed: Landed, cluster: str, configs: Mapping[str, list[ObjectKey]], world: World) -> Iterator[Said]:
    obj = landed.obj
    group = next((one for one in configs if obj.group == one or obj.group.endswith(f".{one}")), None)
    if group is None:
        return  # what the provider works with comes from elsewhere
    wanted = _wanted(obj, group)
    there = configs[group]
    if "$" in wanted.name or wanted in there:
        return
    close = difflib.get_close_matches(wanted.name, {key.name for key in there if key.kind == wanted.kind}, n=1)
    doubt = world.may_come_otherwise(cluster)
    if doubt and not close:
        return
    path: Path = ("spec", "providerConfigRef", "name")
    message = f"it works with {wanted}, which nothing in Git applies"
    hint = f"there is {close[0]}" if close else "it is never made unless something else applies that"
    yield Said(NO_CONFIG if close else NO_CONFIG.at("warning"), landed, path, message, hint, (cluster,))


def _wanted(obj: KubeObject, group: str) -> ObjectKey:
    ref = mapping(obj.spec.get("providerConfigRef"))
    is_modern = bool(obj.namespace)
    kind = text(ref.get("kind")) or ("ClusterProviderConfig" if is_modern else "ProviderConfig")
    namespace = obj.namespace if is_modern and kind == "ProviderConfig" else ""
    return ObjectKey(group, kind, namespace, text(ref.get("name")) or "default")
