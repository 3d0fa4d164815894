"""Rule about what a change gives to tenants: SLW515.

Which application runs where, and what it may do there, is decided in pull requests; this says when one decides it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from slipway.checks.finding import Finding, Rule
from slipway.checks.subject import Subject
from slipway.checks.tenancy.rights import RBAC, Account, subjects_of
from slipway.checks.tenancy.world import World, binding_key, source_name
from slipway.fleet.model import Cluster, Owner, RenderedKustomization
from slipway.fleet.objects import KubeObject, ObjectKey, text

GRANT = Rule("SLW515", "A change that gives a tenant more", "info", of_change=True)

RULES = (GRANT,)


def grant_findings(subject: Subject, world: World) -> Iterator[Finding]:
    """What tenants have after a change and did not have before, on clusters that were there before."""
    if subject.against is None:
        return
    before = World(subject.against.fleet, subject.settings)
    for cluster in subject.fleet.clusters.values():
        was = before.fleet.clusters.get(cluster.name)
        if was is None or was is cluster:
            continue
        yield from _arrivals(subject, world, cluster, _present(before, was))
        known = _granted(before, was)
        for key, grant in _granted(world, cluster).items():
            if key not in known:
                where = subject.lines.cause(grant.binding, grant.owner, ("subjects", grant.index)).where
                place = f"in {grant.binding.namespace}" if grant.binding.namespace else "on the whole cluster"
                message = f"{grant.whose} gets {key.role} {place}"
                hint = f"by {key.account}, as which Flux applies it; is it agreed?"
                yield Finding(GRANT, message, where, str(grant.binding.key), (cluster.name,), hint)


@dataclass(frozen=True)
class _Key:
    """A right of somebody somewhere."""

    account: Account
    role: ObjectKey
    namespace: str


@dataclass(frozen=True)
class _Grant:
    """What gives it."""

    whose: str
    binding: KubeObject
    owner: Owner
    index: int
    """Of the subject."""


def _granted(world: World, cluster: Cluster) -> Mapping[_Key, _Grant]:
    """The roles of the service accounts that tenants are applied as."""
    whose = {
        account: name
        for account, owners in world.appliers(cluster).items()
        if (name := next(filter(None, (_tenant(world, owner) for owner in owners)), ""))
    }
    found: dict[_Key, _Grant] = {}
    if not whose:
        return found
    for obj, owner in cluster.landed:
        if obj.group != RBAC or obj.kind not in ("RoleBinding", "ClusterRoleBinding"):
            continue
        for index, (kind, namespace, name) in enumerate(subjects_of(obj)):
            account = Account(namespace or obj.namespace, name)
            if kind == "ServiceAccount" and account in whose:
                key = _Key(account, binding_key(obj), obj.namespace)
                found.setdefault(key, _Grant(whose[account], obj, owner, index))
    return found


def _tenant(world: World, owner: Owner) -> str:
    """The tenant that an owner belongs to: by slipway.yaml, else a repository that is applied by rights of its own."""
    if name := world.tenant(owner):
        return name
    is_own = world.is_foreign(owner) and text(owner.definition.spec.get("serviceAccountName"))
    return source_name(owner) if is_own else ""


def _present(world: World, cluster: Cluster) -> frozenset[str]:
    return frozenset(_tenant(world, done) for done in cluster.kustomizations)


def _arrivals(subject: Subject, world: World, cluster: Cluster, before: frozenset[str]) -> Iterator[Finding]:
    told: set[str] = set()
    for done in cluster.kustomizations:
        name = _tenant(world, done)
        if name and name not in before and name not in told:
            told.add(name)
            yield _arrival(subject, done, name, cluster.name)


def _arrival(subject: Subject, done: RenderedKustomization, name: str, cluster: str) -> Finding:
    where = subject.lines.cause_of_definition(done, ("metadata", "name")).where
    message = f"{name} comes to a cluster that it was not on"
    return Finding(GRANT, message, where, str(done.key), (cluster,), "is it agreed?")
