"""Rule about tenants that may read the Secrets of all namespaces: SLW506.

Source of the rule: Kubernetes, "Role Based Access Control Good Practices", by which whoever lists Secrets of all
namespaces has the tokens and passwords of all others. Controllers read them as a matter of course, so it is told only
of accounts as which Flux applies what tenants write, and of tenants' groups; what gives every right is SLW501's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.checks.finding import Finding, Rule
from slipway.checks.subject import Landed, Subject
from slipway.checks.tenancy.rbac import READS, needs_much
from slipway.checks.tenancy.rights import RBAC, Account, allows_everything, rules_of, subjects_of
from slipway.checks.tenancy.world import World, binding_key, is_chart, source_name
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster, Owner
from slipway.fleet.objects import KubeObject, mapping, sequence, text

ALL_SECRETS = Rule("SLW506", "All Secrets of a cluster for a tenant", "warning")

RULES = (ALL_SECRETS,)

_READERS = ("admin", "edit")
"""Kubernetes' own roles that read Secrets; `cluster-admin` is every right."""
_ACCOUNTS = "system:serviceaccounts:"


@dataclass(frozen=True)
class _Authored:
    """What gives a right, and what brings it."""

    obj: KubeObject
    owner: Owner
    path: Path


def secret_reader_findings(subject: Subject, world: World) -> Iterator[Finding]:
    """Bindings by which a tenant reads Secrets everywhere."""
    for landed in subject.distinct:
        if (landed.obj.group, landed.obj.kind) != (RBAC, "ClusterRoleBinding") or is_chart(landed.owner):
            continue
        cluster = subject.fleet.clusters[landed.clusters[0]]
        for index, one in enumerate(subjects_of(landed.obj)):
            whose = _whose(one, cluster, subject, world)
            given = _given(landed, index, cluster) if whose else None
            if given is not None:
                where = subject.lines.cause(given.obj, given.owner, given.path).where
                message = f"{whose} may read the Secrets of all namespaces"
                hint = (
                    f"by {binding_key(landed.obj)}, which {landed.obj.key} gives; bind a Role in the tenant's own "
                    "namespaces, or leave secrets out"
                )
                yield Finding(ALL_SECRETS, message, where, str(given.obj.key), landed.clusters, hint)


def _whose(one: tuple[str, str, str], cluster: Cluster, subject: Subject, world: World) -> str:
    """The tenant that somebody is, in words; empty for others."""
    kind, namespace, name = one
    if kind == "ServiceAccount":
        account = Account(namespace, name)
        if world.is_flux(cluster, account):
            return ""
        foreign = [
            one for one in world.appliers(cluster).get(account, ()) if world.is_foreign(one) or world.tenant(one)
        ]
        tenants = [owner for owner in foreign if world.tenant(owner)]
        needless = [] if any(map(needs_much, foreign)) else foreign
        owner = next(iter((*tenants, *needless)), None)
        if owner is None:
            return ""
        tenant = world.tenant(owner)
        return f"{account}, as which Flux applies what is {f'of {tenant}' if tenant else f'in {source_name(owner)}'},"
    if kind == "Group" and (tenant := _tenant_of(name, subject)):
        return f"the Group {name}, which is of {tenant},"
    return ""


def _tenant_of(group: str, subject: Subject) -> str:
    """The tenant in slipway.yaml whose group it is: by its name, or all accounts of one of its namespaces."""
    for name, tenant in subject.settings.tenants.items():
        namespace = group.removeprefix(_ACCOUNTS) if group.startswith(_ACCOUNTS) else ""
        if group == name or (namespace and tenant.namespaces and tenant.may_land_in(namespace)):
            return name
    return ""


def _given(binding: Landed, index: int, cluster: Cluster) -> _Authored | None:
    """What lets a binding's subjects read Secrets: the rule of a role that is bound only here, else the subject."""
    ref = mapping(binding.obj.value.get("roleRef"))
    name, here = text(ref.get("name")), _Authored(binding.obj, binding.owner, ("subjects", index))
    role = next(
        (
            (obj, owner)
            for obj, owner in cluster.landed
            if (obj.group, obj.kind, obj.name) == (RBAC, "ClusterRole", name)
        ),
        None,
    )
    if role is None:
        return here if name in _READERS else None
    if allows_everything(role[0]):
        return None
    reading = next((at for at, rule in enumerate(rules_of(role[0])) if _reads_secrets(rule)), None)
    if reading is None:
        return None
    is_shared = is_chart(role[1]) or any(
        obj.key != binding.obj.key and _gives(obj, name) for obj in cluster.objects if obj.group == RBAC
    )
    return here if is_shared else _Authored(role[0], role[1], ("rules", reading, "resources"))


def _gives(binding: KubeObject, role: str) -> bool:
    ref = mapping(binding.value.get("roleRef"))
    return (ref.get("kind"), ref.get("name")) == ("ClusterRole", role)


def _reads_secrets(rule: Mapping[str, Any]) -> bool:
    if sequence(rule.get("resourceNames")):
        return False
    groups, resources, verbs = (set(map(str, sequence(rule.get(name)))) for name in ("apiGroups", "resources", "verbs"))
    return bool(groups & {"", "*"} and resources & {"secrets", "*"} and verbs & {*READS, "*"})
