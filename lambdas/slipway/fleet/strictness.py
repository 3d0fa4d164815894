"""Whether a cluster's Flux refuses variables that are not set, or puts nothing in their place.

The default changed with Flux 2.9 (kustomize-controller 1.9), and the feature gate `StrictPostBuildSubstitutions`
changes it either way (kustomize-controller, `internal/features/features.go`). Git says so where it holds the
controller's Deployment, or the FluxInstance that makes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from slipway.fleet.objects import mapping, sequence, text

STRICT_BY_DEFAULT = True
"""Where Git says nothing: what Flux does since 2.9."""

_CONTROLLER = "kustomize-controller"
_GATE = re.compile(r"\bStrictPostBuildSubstitutions=(true|false)\b")
_VERSION = re.compile(r"[v=]?([0-9]{1,6})\.([0-9]{1,6})(?:\.(?:[0-9x*]+))?(?:-.*)?")


def strictness_of_controller(objects: Iterable[Mapping[str, Any]]) -> bool | None:
    """What kustomize-controller's Deployment says, if it is among the objects and says something."""
    for value in objects:
        if value.get("kind") == "Deployment" and mapping(value.get("metadata")).get("name") == _CONTROLLER:
            pod = mapping(mapping(mapping(value.get("spec")).get("template")).get("spec"))
            for container in map(mapping, sequence(pod.get("containers"))):
                name, _, tag = text(container.get("image")).partition("@")[0].rpartition(":")
                if name.endswith(f"/{_CONTROLLER}"):
                    gate = _gate(map(text, sequence(container.get("args"))))
                    return _since(tag, (1, 9)) if gate is None else gate
    return None


def strictness_of_instance(instance: Mapping[str, Any]) -> bool | None:
    """What the spec of a FluxInstance says."""
    patches = map(mapping, sequence(mapping(instance.get("kustomize")).get("patches")))
    version = text(mapping(instance.get("distribution")).get("version"))
    gate = _gate(text(patch.get("patch")) for patch in patches)
    return _since(version, (2, 9)) if gate is None else gate


def _gate(texts: Iterable[str]) -> bool | None:
    found = [match[1] for entry in texts for match in _GATE.finditer(entry)]
    return found[-1] == "true" if found else None


def _since(version: str, first: tuple[int, int]) -> bool | None:
    """None if a version is no version, or a range of which any may be meant, such as `2.x`."""
    match = _VERSION.fullmatch(version)
    return (int(match[1]), int(match[2])) >= first if match else None
