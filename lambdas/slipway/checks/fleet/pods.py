"""The containers that an object runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, mapping, sequence

_TEMPLATE: Path = ("spec", "template", "spec")
_PODS: Mapping[tuple[str, str], Path] = {
    ("", "Pod"): ("spec",),
    ("", "ReplicationController"): _TEMPLATE,
    ("apps", "Deployment"): _TEMPLATE,
    ("apps", "StatefulSet"): _TEMPLATE,
    ("apps", "DaemonSet"): _TEMPLATE,
    ("apps", "ReplicaSet"): _TEMPLATE,
    ("batch", "Job"): _TEMPLATE,
    ("batch", "CronJob"): ("spec", "jobTemplate", *_TEMPLATE),
    ("argoproj.io", "Rollout"): _TEMPLATE,
}
"""Where kinds have the spec of their pods."""


def containers(obj: KubeObject) -> Iterator[tuple[Mapping[str, Any], Path]]:
    """The containers of an object's pods, those that run first included, with where they stand."""
    path = _PODS.get((obj.group, obj.kind))
    if path is None:
        return
    value: Any = obj.value
    for step in path:
        value = mapping(value).get(str(step))
    for field in ("initContainers", "containers"):
        for index, container in enumerate(sequence(mapping(value).get(field))):
            if isinstance(container, Mapping):
                yield container, (*path, field, index)
