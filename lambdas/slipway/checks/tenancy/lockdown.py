"""What the Flux of a cluster is told about tenants.

Source: fluxcd.io, "Multi-tenancy lockdown"; kustomize-controller and helm-controller, `main.go`, for the flags;
flux-operator, `internal/builder/profiles.go`, for what `spec.cluster.multitenant` of a FluxInstance sets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from slipway.fleet.flux import OPERATOR_GROUP
from slipway.fleet.model import Cluster
from slipway.fleet.objects import KubeObject, mapping, sequence, text

OPERATOR = "flux-operator"
CONTROLLERS = frozenset(
    (
        *("source-controller", "kustomize-controller", "helm-controller", "notification-controller"),
        *("image-reflector-controller", "image-automation-controller", "source-watcher", OPERATOR),
    )
)
"""Flux's own, by the last part of their images' names."""


@dataclass(frozen=True)
class Lockdown:
    """How a cluster's Flux treats references and identities; where Git does not say, it is None."""

    across_namespaces: bool | None = None
    """Whether references into other namespaces are followed."""
    remote_bases: bool | None = None
    """Whether builds may fetch what is not in their source."""
    default_account: str | None = None
    """The service account of what names none; `""` if that is the controller's own."""


UNKNOWN = Lockdown()


def lockdown_of(cluster: Cluster) -> Lockdown:
    """What is set on a cluster, by its controllers' Deployments or its FluxInstance."""
    found = [one for obj in cluster.objects if (one := _of(obj)) is not None]
    return found[0] if found and all(one == found[0] for one in found) else UNKNOWN


def has_instance(cluster: Cluster) -> bool:
    """True if flux-operator sets up the cluster's Flux."""
    return any(map(_is_instance, cluster.objects))


def is_flux(deployment: KubeObject) -> bool:
    """True if a Deployment runs one of Flux's controllers."""
    return not CONTROLLERS.isdisjoint(_images(deployment))


def is_operator(deployment: KubeObject) -> bool:
    """True if a Deployment runs flux-operator, which installs the controllers."""
    return OPERATOR in _images(deployment)


def _of(obj: KubeObject) -> Lockdown | None:
    if obj.kind == "Deployment" and "kustomize-controller" in _images(obj):
        return _lockdown(tuple(_arguments(obj)))
    if _is_instance(obj):
        return _of_instance(obj)
    return None


def _is_instance(obj: KubeObject) -> bool:
    return obj.kind == "FluxInstance" and obj.group == OPERATOR_GROUP


def _of_instance(obj: KubeObject) -> Lockdown:
    cluster = mapping(obj.spec.get("cluster"))
    arguments: list[str] = []
    if cluster.get("multitenant") is True:
        account = text(cluster.get("tenantDefaultServiceAccount")) or "default"
        arguments += [
            "--no-cross-namespace-refs=true",
            "--no-remote-bases=true",
            f"--default-service-account={account}",
        ]
    for patch in map(mapping, sequence(mapping(obj.spec.get("kustomize")).get("patches"))):
        arguments += _FLAG.findall(text(patch.get("patch")))
    return _lockdown(tuple(arguments))


_FLAG = re.compile(r"--(?:no-cross-namespace-refs|no-remote-bases|default-service-account)(?:=[\w.${}-]*)?")


def _lockdown(arguments: tuple[str, ...]) -> Lockdown:
    account = _value(arguments, "--default-service-account") or ""
    return Lockdown(
        across_namespaces=not _is_set(arguments, "--no-cross-namespace-refs"),
        remote_bases=not _is_set(arguments, "--no-remote-bases"),
        default_account=None if "${" in account else account,
    )


def _is_set(arguments: tuple[str, ...], flag: str) -> bool:
    """True if a flag is set; Go's flags take one with no value for true."""
    value = _value(arguments, flag)
    return value is not None and value.lower() not in ("false", "f", "0")


def _value(arguments: tuple[str, ...], flag: str) -> str | None:
    """The value of the last flag of that name."""
    found = [argument for argument in arguments if argument == flag or argument.startswith(f"{flag}=")]
    return found[-1].partition("=")[2] if found else None


def _arguments(deployment: KubeObject) -> Iterator[str]:
    for container in _containers(deployment):
        yield from (text(argument) for argument in sequence(container.get("args")))


def _images(deployment: KubeObject) -> frozenset[str]:
    """The last parts of the names of a Deployment's images, without tag and digest."""
    images = (text(container.get("image")) for container in _containers(deployment))
    return frozenset(image.partition("@")[0].rpartition("/")[2].partition(":")[0] for image in images)


def _containers(deployment: KubeObject) -> list[dict[str, object]]:
    spec = mapping(mapping(deployment.spec.get("template")).get("spec"))
    return [dict(mapping(container)) for container in sequence(spec.get("containers"))]
