"""What Kubernetes' own roles allow to write.

Source: kubernetes/kubernetes, `plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata/cluster-roles.yaml` of 1.31 to
1.36. Kinds of `resource.k8s.io`, by which these versions differ, are left out: of those nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping

EVERYTHING = "cluster-admin"
"""The role that allows everything."""

AGGREGATED: Mapping[str, str] = {
    name: f"rbac.authorization.k8s.io/aggregate-to-{name}" for name in ("admin", "edit", "view")
}
"""Roles that take in all those that have a label: what they allow of custom kinds is up to what is installed."""

_EDIT: Mapping[str, str] = {
    "": "configmaps events persistentvolumeclaims pods replicationcontrollers secrets serviceaccounts services",
    "apps": "daemonsets deployments replicasets statefulsets",
    "autoscaling": "horizontalpodautoscalers",
    "batch": "cronjobs jobs",
    "coordination.k8s.io": "leases",
    "networking.k8s.io": "ingresses networkpolicies",
    "policy": "poddisruptionbudgets",
}
WRITES: Mapping[str, Mapping[str, str]] = {
    "admin": {**_EDIT, "rbac.authorization.k8s.io": "rolebindings roles"},
    "edit": _EDIT,
    "view": {},
}
"""Resources that may be created and patched, by role and API group."""
UNDECIDED = frozenset(("resource.k8s.io",))

HARMLESS = frozenset(
    ("system:basic-user", "system:discovery", "system:public-info-viewer", "system:service-account-issuer-discovery")
)
"""Roles for everybody: they tell what the cluster serves, and with what it signs."""

PLURALS: Mapping[str, str] = {"endpoints": "endpoints"}
"""Resources of Kubernetes' kinds that are not called as the rule has it."""


def resource_of(kind: str) -> str:
    """The resource of a kind of Kubernetes' own: `Ingress` → `ingresses`."""
    name = kind.lower()
    if name in PLURALS:
        return PLURALS[name]
    if name.endswith(("s", "x", "ch")):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
