"""A small platform for the tests of Crossplane: definitions, a provider's kind, Compositions and composites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.checks.finding import Finding
from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.manifests import dump
from slipway.fleet.model import Fleet
from slipway.fleet.objects import KubeObject
from tests.unit.small_fleets import findings, rendered, sync, tree_of

Object = dict[str, Any]

TEXT = {"type": "string"}
SPEC: Mapping[str, Any] = {
    "region": TEXT,
    "range": TEXT,
    "count": {"type": "integer"},
    "size": {**TEXT, "default": "small"},
    "tags": {"type": "object", "additionalProperties": TEXT},
    "zones": {"type": "array", "items": TEXT},
}
FOR_PROVIDER: Mapping[str, Any] = {
    "region": TEXT,
    "cidrBlock": TEXT,
    "enableDnsSupport": {"type": "boolean"},
    "instances": {"type": "integer"},
    "tags": {"type": "object", "additionalProperties": TEXT},
    "rules": {"type": "array", "items": {"type": "object", "properties": {"port": {"type": "integer"}}}},
}


def xrd(scope: str = "Namespaced", *, version: str = "v1", claim: str = "", **spec: Any) -> Object:
    """Defines Networks; of scope LegacyCluster it is one of Crossplane 1.x."""
    schema = {
        "type": "object",
        "properties": {
            "spec": {"type": "object", "properties": dict(SPEC)},
            "status": {"type": "object", "properties": {"vpcId": TEXT}},
        },
    }
    names: Object = {"names": {"kind": "Network", "plural": "networks"}}
    if claim:
        names["claimNames"] = {"kind": claim, "plural": f"{claim.lower()}s"}
    versions = [{"name": version, "served": True, "referenceable": True, "schema": {"openAPIV3Schema": schema}}]
    legacy = scope == "LegacyCluster"
    return {
        "apiVersion": f"apiextensions.crossplane.io/{'v1' if legacy else 'v2'}",
        "kind": "CompositeResourceDefinition",
        "metadata": {"name": "networks.acme.example"},
        "spec": {
            "group": "acme.example",
            **names,
            "versions": versions,
            **({} if legacy else {"scope": scope}),
            **spec,
        },
    }


def crd(kind: str = "VPC", **fields: Any) -> Object:
    """Defines a kind of managed resources."""
    provider = {"type": "object", "required": ["region"], "properties": {**FOR_PROVIDER, **fields}}
    spec = {"type": "object", "required": ["forProvider"], "properties": {"forProvider": provider}}
    at_provider = {"type": "object", "properties": {"id": TEXT}}
    status = {"type": "object", "properties": {"atProvider": at_provider}}
    schema = {"type": "object", "properties": {"spec": spec, "status": status}}
    version = {"name": "v1beta1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    plural = f"{kind.lower()}s"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.ec2.aws.upbound.io"},
        "spec": {
            "group": "ec2.aws.upbound.io",
            "scope": "Cluster",
            "names": {"kind": kind, "plural": plural},
            "versions": [version],
        },
    }


def network(name: str = "main", *, kind: str = "Network", **spec: Any) -> Object:
    """A composite, or with another kind a claim."""
    return {
        "apiVersion": "acme.example/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"region": "eu-west-1", "range": "10.0.0.0/16", **spec},
    }


def function(name: str = "function-patch-and-transform") -> Object:
    package = f"xpkg.crossplane.io/crossplane-contrib/{name}:v0.9.3"
    return {
        "apiVersion": "pkg.crossplane.io/v1",
        "kind": "Function",
        "metadata": {"name": name},
        "spec": {"package": package},
    }


def template(
    *patches: Object, name: str = "vpc", kind: str = "VPC", metadata: Object | None = None, **fields: Any
) -> Object:
    """A resource template; it takes the region over."""
    base: Object = {"apiVersion": "ec2.aws.upbound.io/v1beta1", "kind": kind, "spec": {"forProvider": fields}}
    if metadata:
        base["metadata"] = metadata
    return {"name": name, "base": base, "patches": [patch("spec.region", "region"), *patches]}


def patch(source: str, target: str, **more: Any) -> Object:
    """A patch into `spec.forProvider`."""
    return {"fromFieldPath": source, "toFieldPath": f"spec.forProvider.{target}", **more}


def composition(*templates: Object, name: str = "network", steps: tuple[Object, ...] = (), **spec: Any) -> Object:
    """A Composition with function-patch-and-transform, and more steps after it."""
    resources = {"apiVersion": "pt.fn.crossplane.io/v1beta1", "kind": "Resources", "resources": list(templates)}
    step = {"step": "resources", "functionRef": {"name": "function-patch-and-transform"}, "input": resources}
    return _composition(name, {"mode": "Pipeline", "pipeline": [step, *steps], **spec})


def native(*templates: Object, name: str = "network", **spec: Any) -> Object:
    """A Composition that Crossplane 1.x patches itself."""
    return _composition(name, {"resources": list(templates), **spec})


def _composition(name: str, spec: Object) -> Object:
    return {
        "apiVersion": "apiextensions.crossplane.io/v1",
        "kind": "Composition",
        "metadata": {"name": name, "labels": {"name": name}},
        "spec": {"compositeTypeRef": {"apiVersion": "acme.example/v1", "kind": "Network"}, **spec},
    }


def step(name: str) -> Object:
    """A step of another function."""
    return {"step": name, "functionRef": {"name": name}}


def files(*objects: Object, cluster: str = "staging") -> dict[str, str]:
    """The objects on a cluster, a file each: `KIND-NAME.yaml`."""
    made = {f"clusters/{cluster}/{one['kind']}-{one['metadata']['name']}.yaml": dump(one) for one in objects}
    return {**sync(cluster), **made}


def fleet(*objects: Object) -> Fleet:
    return rendered(tree_of(files(*objects)))


def composites(*objects: Object) -> list[Composite]:
    """The composites of a cluster with these objects."""
    [cluster] = fleet(*objects).clusters.values()
    return [owner for owner in cluster.expanded if isinstance(owner, Composite)]


def composed(*objects: Object) -> dict[str, KubeObject]:
    """What the only composite of a cluster with these objects comes to, by the names in its Composition."""
    [composite] = composites(*objects)
    return {composite.by_key[obj.key].name: obj for obj in composite.objects}


def found(*objects: Object, rule: str = "SLW8") -> list[Finding]:
    """What the rules say about these objects."""
    return findings(files(*objects), rule)
