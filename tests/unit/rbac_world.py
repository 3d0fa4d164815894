"""Roles, bindings and tenants for the tests of the rules about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slipway.fleet.manifests import dump

RBAC = "rbac.authorization.k8s.io"
INSTANCE = "fluxcd.controlplane.io/v1"


def objects(*manifests: str) -> str:
    return "---\n".join(manifests)


def made(api_version: str, kind: str, name: str, namespace: str = "", **spec: Any) -> str:
    """An object of any kind."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return dump({"apiVersion": api_version, "kind": kind, "metadata": metadata, **({"spec": spec} if spec else {})})


def account(name: str, namespace: str = "flux-system") -> str:
    return dump({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}})


def role(
    name: str, *rules: Mapping[str, Any], namespace: str = "", labels: Mapping[str, str] | None = None, **more: Any
) -> str:
    """A Role if it has a namespace, else a ClusterRole."""
    metadata = {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        **({"labels": labels} if labels else {}),
    }
    kind = "Role" if namespace else "ClusterRole"
    return dump({"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": metadata, "rules": list(rules), **more})


def rule(groups: str, resources: str, verbs: str, *names: str) -> dict[str, Any]:
    """A rule of space-separated words; `core` is the group of Kubernetes' first kinds."""
    groups_ = ["" if group == "core" else group for group in groups.split()]
    named = {"resourceNames": list(names)} if names else {}
    return {"apiGroups": groups_, "resources": resources.split(), "verbs": verbs.split(), **named}


def binding(name: str, gives: str, *subjects: Mapping[str, str], namespace: str = "") -> str:
    """A RoleBinding if it has a namespace, else a ClusterRoleBinding; gives `ClusterRole/edit` or `Role/web`."""
    kind, _, given = gives.partition("/")
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    value = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": RBAC, "kind": kind, "name": given},
        "subjects": list(subjects),
    }
    return dump(value)


def service_account(name: str, namespace: str = "flux-system") -> dict[str, str]:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def group(name: str) -> dict[str, str]:
    return {"kind": "Group", "name": name, "apiGroup": RBAC}


def flux_instance(*, multitenant: bool = False, patches: Sequence[str] = (), **cluster: Any) -> str:
    spec = {
        "distribution": {"version": "2.x", "registry": "ghcr.io/fluxcd"},
        "cluster": {"multitenant": multitenant, **cluster},
        "kustomize": {"patches": [{"patch": patch, "target": {"kind": "Deployment"}} for patch in patches]},
    }
    return dump(
        {
            "apiVersion": INSTANCE,
            "kind": "FluxInstance",
            "metadata": {"name": "flux", "namespace": "flux-system"},
            "spec": spec,
        }
    )


def controller(name: str, *arguments: str, image: str = "", namespace: str = "flux-system") -> str:
    """A Deployment of one of Flux's controllers."""
    container = {"name": "manager", "image": image or f"ghcr.io/fluxcd/{name}:v1.9.4", "args": list(arguments)}
    pod = {"serviceAccountName": name, "containers": [container]}
    labels = {"app": name}
    return dump(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        }
    )


def tenants(**named: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {"slipway.yaml": dump({"tenants": {name: dict(value) for name, value in named.items()}})}
