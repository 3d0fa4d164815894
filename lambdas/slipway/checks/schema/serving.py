"""Which kinds a version of Kubernetes serves, and what to tell those who use another."""

from __future__ import annotations

import difflib

from slipway.checks.schema.catalog import Schemas

BUILT_IN_GROUPS = frozenset(
    {"", "apps", "autoscaling", "batch", "extensions", "policy"}
    | {"admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "authentication.k8s.io"}
    | {"authorization.k8s.io", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io"}
    | {"flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io", "lifecycle.k8s.io", "networking.k8s.io"}
    | {"node.k8s.io", "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io"}
    | {"storagemigration.k8s.io"}
)
"""API groups of Kubernetes itself: nobody else can add a kind to them. Others under `k8s.io` belong to add-ons."""


def not_served(kind: str, version: str, schemas: Schemas) -> str:
    """Why a version does not know a kind in a group of Kubernetes' own, and what to write instead."""
    api_version, name = kind.split(" ", 1)
    kinds = schemas.of(version).kinds
    said = f"{kind} is not served by Kubernetes {version}"
    serving = schemas.serving(kind)
    if not serving:
        said += f", nor by any version from {schemas.versions[0]} to {schemas.versions[-1]}"
    elif schemas.versions.index(serving[-1]) < schemas.versions.index(version):
        said += f" (removed in {schemas.versions[schemas.versions.index(serving[-1]) + 1]})"
    else:
        said += f" (served since {serving[0]})"
    elsewhere = [known.split(" ")[0] for known in kinds if known.endswith(f" {name}")]
    if elsewhere:
        group = api_version.rpartition("/")[0]
        return f"{said}; use {max(elsewhere, key=lambda other: (other.rpartition('/')[0] == group, *_maturity(other)))}"
    names = [known.split(" ")[1] for known in kinds if known.startswith(f"{api_version} ")]
    close = difflib.get_close_matches(name, names, n=1)
    return f'{said}; did you mean "{close[0]}"?' if close else said


def replacement(kind: str, version: str, schemas: Schemas) -> str:
    """The stable `apiVersion` of the same group by which a version of Kubernetes serves a kind, `""` if none."""
    api_version, name = kind.split(" ", 1)
    group = api_version.rpartition("/")[0]
    served = (known.split(" ")[0] for known in schemas.of(version).kinds if known.endswith(f" {name}"))
    others = [other for other in served if other.rpartition("/")[0] == group and other != api_version]
    return max((other for other in others if _maturity(other)[0]), key=_maturity, default="")


def _maturity(api_version: str) -> tuple[bool, str]:
    """Sorts stable versions last, and the newest of them (`v2` after `v1`) behind the others."""
    version = api_version.rpartition("/")[2]
    return "alpha" not in version and "beta" not in version, version
