"""What the tests of ResourceSets share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.fleet.flux import OPERATOR_GROUP
from slipway.fleet.objects import KubeObject, Location

ORIGIN = Location("acme/fleet", "apps/set.yaml", 3)


def resource_set(annotations: Mapping[str, str] | None = None, **spec: Any) -> KubeObject:
    """A ResourceSet `set` in namespace `apps`."""
    return _object("ResourceSet", "set", spec, annotations=dict(annotations or {}))


def provider(name: str, labels: Mapping[str, str] | None = None, **values: Any) -> KubeObject:
    """A provider of type Static."""
    spec = {"type": "Static", "defaultValues": values}
    return _object("ResourceSetInputProvider", name, spec, labels=dict(labels or {}))


def config(name: str = "a", **data: Any) -> dict[str, Any]:
    """A ConfigMap in namespace `apps`."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "apps"}, "data": data}


def known(value: Mapping[str, Any]) -> KubeObject:
    """An object of the cluster."""
    return KubeObject(value, ORIGIN)


def _object(kind: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> KubeObject:
    value = {
        "apiVersion": f"{OPERATOR_GROUP}/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "apps", **metadata},
        "spec": dict(spec),
    }
    return KubeObject(value, ORIGIN)
