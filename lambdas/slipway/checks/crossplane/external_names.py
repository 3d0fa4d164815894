"""Rule about managed resources that are one thing in the cloud: SLW814.

Source of the rule: crossplane/crossplane-runtime, `pkg/meta/meta.go` (`crossplane.io/external-name`, by which a
provider knows what a managed resource stands for) and `apis/common/v1` (`managementPolicies`).
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.crossplane.world import World
from slipway.checks.custom import EXTERNAL_NAME, external_name
from slipway.checks.finding import Finding, Rule
from slipway.fleet.fields import same
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster, Owner
from slipway.fleet.objects import KubeObject, mapping, text

ONE_THING = Rule("SLW814", "Two managed resources that are one thing in the cloud", "error")


_Identity = tuple[str, str, str, str, str, str]
"""Group, kind, external name, region, and the kind and name of the ProviderConfig."""


def external_name_findings(world: World) -> Iterator[Finding]:
    """Managed resources of one cluster with the same external name, kind, region and credentials."""
    for cluster in world.subject.fleet.clusters.values():
        yield from _shared(cluster, world)


def _shared(cluster: Cluster, world: World) -> Iterator[Finding]:
    first: dict[_Identity, tuple[KubeObject, Owner]] = {}
    for obj, owner in cluster.landed:
        identity = _identity(obj)
        if identity is None:
            continue
        one, _ = first.setdefault(identity, (obj, owner))
        if one.key == obj.key:
            continue
        path: Path = ("metadata", "annotations", EXTERNAL_NAME)
        cause = world.subject.lines.cause(obj, owner, path)
        alike = same(one.spec, obj.spec)
        hint = "deleting one deletes what both stand for" if alike else "each undoes what the other one sets"
        hint = f"{hint}; let one of them only observe it (managementPolicies: [Observe])"
        message = f"it stands for the same {identity[2]} as {one.key}"
        rule = ONE_THING.at("warning") if alike else ONE_THING
        yield Finding(rule, message, cause.where, str(obj.key), (cluster.name,), hint)


def _identity(obj: KubeObject) -> _Identity | None:
    """What a managed resource stands for; None if that is not known, or it only looks at it."""
    name = external_name(obj)
    provider, spec = mapping(obj.spec.get("forProvider")), obj.spec
    if not name or not provider or spec.get("managementPolicies") == ["Observe"]:
        return None
    if spec.get("managementPolicy") == "ObserveOnly" or obj.shown is not None:
        return None
    ref = mapping(spec.get("providerConfigRef"))
    found = (name, text(provider.get("region")), text(ref.get("kind")), text(ref.get("name")) or "default")
    return None if "$" in "".join(found) else (obj.group, obj.kind, *found)
