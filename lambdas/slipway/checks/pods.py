"""Where objects have the pods that they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, mapping, sequence

_TEMPLATE: Path = ("spec", "template", "spec")
_PLACES: Mapping[tuple[str, str], Path] = {
    ("", "Pod"): ("spec",),
    ("", "PodTemplate"): ("template", "spec"),
    ("", "ReplicationController"): _TEMPLATE,
    ("apps", "DaemonSet"): _TEMPLATE,
    ("apps", "Deployment"): _TEMPLATE,
    ("apps", "ReplicaSet"): _TEMPLATE,
    ("apps", "StatefulSet"): _TEMPLATE,
    ("batch", "CronJob"): ("spec", "jobTemplate", *_TEMPLATE),
    ("batch", "Job"): _TEMPLATE,
}
"""Kubernetes' own kinds with a pod's spec, by group and kind."""


@dataclass(frozen=True)
class Part:
    """A part of an object."""

    path: Path
    """Where it is."""
    value: Mapping[str, Any]

    def items(self, *fields: str) -> Iterator[Part]:
        """The mappings in lists of it, list by list."""
        for field in fields:
            for index, item in enumerate(sequence(self.value.get(field))):
                if isinstance(item, Mapping):
                    yield Part((*self.path, field, index), item)

    def part(self, *fields: str) -> Part:
        """A mapping in it; an empty one if there is none."""
        value: Mapping[str, Any] = self.value
        for field in fields:
            value = mapping(value.get(field))
        return Part((*self.path, *fields), value)


def pod_of(obj: KubeObject, value: Mapping[str, Any] | None = None) -> Part | None:
    """The spec of the pods that an object makes, or that it is; None for other kinds.

    Args:
        obj: the object.
        value: what is taken for its value, e.g. what is to be shown of it.
    """
    return pod_in(obj.group, obj.kind, obj.value if value is None else value)


def pod_in(group: str, kind: str, value: Mapping[str, Any]) -> Part | None:
    """See `pod_of`, of the value of an object of a group and kind."""
    place = _PLACES.get((group, kind))
    return None if place is None else Part((), value).part(*map(str, place))


def containers_of(pod: Part) -> Iterator[Part]:
    """Its containers, those that run before the others first."""
    yield from pod.items("initContainers", "containers", "ephemeralContainers")
