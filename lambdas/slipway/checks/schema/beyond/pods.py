"""Pods: their volumes, and the containers that mount them.

Source: k8s.io/kubernetes, pkg/apis/core/validation/validation.go, `ValidatePodSpec` and what it calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from slipway.checks.pods import Part
from slipway.checks.schema.beyond.containers import container_errors
from slipway.checks.schema.beyond.values import required, together
from slipway.checks.schema.errors import Path, SchemaError, quoted

_SHOWN_VOLUMES = 5


def pod_errors(pod: Part, claims: Sequence[Part] = ()) -> Iterator[SchemaError]:
    """What is wrong with a pod's spec.

    Args:
        pod: the spec.
        claims: what says the names of volumes that a StatefulSet adds.
    """
    containers = list(pod.items("containers"))
    if not containers:
        yield required((*pod.path, "containers"), "at least one")
    first = list(pod.items("initContainers"))
    names = {container.value.get("name") for container in containers}
    for container in first:
        if (name := container.value.get("name")) in names and isinstance(name, str):
            yield together((*container.path, "name"), f"{quoted(name)} is the name of another container")
    volumes = {
        name: volume.path
        for volume in (*pod.items("volumes"), *claims)
        if isinstance(name := volume.value.get("name"), str)
    }
    for container in (*first, *containers):
        yield from _mount_errors(container, volumes)
        yield from container_errors(container)


def _mount_errors(container: Part, volumes: Mapping[str, Path]) -> Iterator[SchemaError]:
    for mount in container.items("volumeMounts"):
        name = mount.value.get("name")
        if not isinstance(name, str) or name in volumes:
            continue
        # A volume whose name is a variable's may be the one.
        unsure = next((path for volume, path in volumes.items() if "${" in volume), (*mount.path, "name"))
        known = ", ".join(map(quoted, list(volumes)[:_SHOWN_VOLUMES]))
        more = ", …" if len(volumes) > _SHOWN_VOLUMES else ""
        have = f"its volumes are {known}{more}" if volumes else "it has none"
        yield together(unsure, f"the pod has no volume {quoted(name)}; {have}")
