"""Rules about Kubernetes' roles and bindings: SLW501 to SLW505.

Source of the rules: Kubernetes, "Role Based Access Control Good Practices", by which wildcards, `escalate`, `bind`,
`impersonate`, tokens of service accounts and Secrets of all namespaces lead to every other right. What Helm charts
bring is their makers' choice, and what Flux's controllers need is Flux's: neither is told of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slipway.checks.finding import Finding, Rule
from slipway.checks.subject import Landed, Subject
from slipway.checks.tenancy.builtin import AGGREGATED, EVERYTHING, HARMLESS
from slipway.checks.tenancy.rights import RBAC, Account, allows_everything, rules_of, subjects_of
from slipway.checks.tenancy.world import World, binding_key, is_chart, source_name
from slipway.fleet.flux import ROOT_NAME
from slipway.fleet.model import Owner
from slipway.fleet.objects import KubeObject, mapping, sequence

EVERYTHING_GIVEN = Rule("SLW501", "Every right for an application", "warning")
WILDCARD_ROLE = Rule("SLW502", "A role that allows everything", "warning")
ESCALATING_ROLE = Rule("SLW503", "A role by which one gets further rights", "warning")
FOR_EVERYBODY = Rule("SLW504", "Rights for everybody", "warning")
AGGREGATED_RULES = Rule("SLW505", "Rules that slip into Kubernetes' own roles", "warning")

RULES = (EVERYTHING_GIVEN, WILDCARD_ROLE, ESCALATING_ROLE, FOR_EVERYBODY, AGGREGATED_RULES)

PLATFORM_KINDS = frozenset(
    (
        *("CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "Namespace", "APIService"),
        *("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy"),
        *("ValidatingAdmissionPolicyBinding", "PriorityClass", "StorageClass", "RuntimeClass", "IngressClass"),
        *("GatewayClass", "ClusterPolicy", "CompositeResourceDefinition", "Composition", "Provider"),
        *("ProviderConfig", "ClusterProviderConfig", "ClusterIssuer", "ClusterSecretStore"),
    )
)
"""What the platform brings, and needs cluster-wide rights for."""
OF_THE_PLATFORM = frozenset((ROOT_NAME, "kube-system"))
"""Namespaces in which every right is every right on the cluster: controllers with all rights run there."""
EVERYBODY: Mapping[str, str] = {
    "system:unauthenticated": "everybody who reaches the API server",
    "system:anonymous": "everybody who reaches the API server",
    "system:authenticated": "every user and service account",
    "system:serviceaccounts": "every service account",
}
READS = frozenset(("get", "list", "watch"))


def rbac_findings(subject: Subject, world: World) -> Iterator[Finding]:
    """Roles and bindings that give more than they should."""
    for landed in subject.distinct:
        if landed.obj.group == RBAC and not is_chart(landed.owner):
            yield from _Judge(subject, world, landed).findings()


class _Judge:
    """One role or binding, and how to tell of it."""

    def __init__(self, subject: Subject, world: World, landed: Landed) -> None:
        self._subject = subject
        self._world = world
        self._landed = landed
        self._obj = landed.obj
        self._cluster = subject.fleet.clusters[landed.clusters[0]]
        self._tenant = world.tenant(landed.owner)

    def findings(self) -> Iterator[Finding]:
        """Whatever is wrong with it."""
        if self._obj.kind in ("ClusterRoleBinding", "RoleBinding"):
            yield from self._binding()
        elif self._obj.kind in ("ClusterRole", "Role") and not self._is_of_flux():
            yield from self._role()

    def _binding(self) -> Iterator[Finding]:
        rights = self._world.rights(self._cluster)
        everything = rights.gives_everything(self._obj) and (
            self._obj.kind == "ClusterRoleBinding" or self._obj.namespace in OF_THE_PLATFORM
        )
        for index, (kind, namespace, name) in enumerate(subjects_of(self._obj)):
            path = ("subjects", index)
            if whom := EVERYBODY.get(name) if kind in ("Group", "User") else None:
                yield from self._for_everybody(whom, path, open_to_all="authenticated" not in name.split(":")[1:])
            elif everything and kind == "ServiceAccount":
                yield from self._everything(Account(namespace or self._obj.namespace, name), path)
            elif everything and self._tenant:
                message = f"{self._tenant} gives {kind} {name} every right{self._where}"
                yield self._at(EVERYTHING_GIVEN, message, path, "bind the roles that are needed, in the namespaces")

    def _everything(self, account: Account, path: tuple[str, int]) -> Iterator[Finding]:
        if self._world.is_flux(self._cluster, account):
            return
        hint = "bind it to the roles that are needed, in the namespaces that it applies to"
        if self._tenant:
            message = f"{self._tenant} gives {account} every right{self._where}"
            yield self._at(EVERYTHING_GIVEN, message, path, hint)
            return
        appliers = self._world.appliers(self._cluster).get(account, ())
        foreign = [owner for owner in appliers if self._world.is_foreign(owner) or self._world.tenant(owner)]
        if foreign:
            tenants = [owner for owner in foreign if self._world.tenant(owner)]
            # One account has one set of rights: who brings the platform's parts needs them for the rest, too.
            needless = [] if any(map(needs_much, foreign)) else foreign
            named = tenants or needless or foreign
            rule = EVERYTHING_GIVEN if tenants or needless else EVERYTHING_GIVEN.at("info")
            message = (
                f"{account}, as which Flux applies what is in {source_name(named[0])}, has every right{self._where}"
            )
            yield self._at(rule, message, path, hint)
        elif not appliers:
            message = f"{account} has every right{self._where}, and so has whatever runs as it"
            yield self._at(EVERYTHING_GIVEN.at("info"), message, path, "bind it to the roles that are needed")

    def _for_everybody(self, whom: str, path: tuple[str, int], *, open_to_all: bool) -> Iterator[Finding]:
        role = binding_key(self._obj)
        if role.name in HARMLESS:
            return
        found = self._world.rights(self._cluster).role(self._obj)
        writes = role.name in (EVERYTHING, "admin", "edit") or (found is not None and _is_strong(found))
        if writes or open_to_all:
            what = "may do what it allows" if writes else "may read what it allows"
            rule = FOR_EVERYBODY if writes else FOR_EVERYBODY.at("info")
            yield self._at(rule, f"{whom} {what}: {role}", path, "name the users, groups or service accounts")

    def _role(self) -> Iterator[Finding]:
        rule = WILDCARD_ROLE if self._tenant else WILDCARD_ROLE.at("info")
        if allows_everything(self._obj):
            if self._obj.kind == "ClusterRole" or self._tenant:
                message = "it allows everything with everything"
                yield self._at(rule, message, ("rules",), "name the groups, resources and verbs that are needed")
            return
        for index, one in enumerate(rules_of(self._obj)):
            if ways := _ways(one, cluster_wide=self._obj.kind == "ClusterRole", tokens=bool(self._tenant)):
                rule = ESCALATING_ROLE if self._tenant else ESCALATING_ROLE.at("info")
                message = f"whoever has it can give themselves further rights: it allows {' and '.join(ways)}"
                yield self._at(rule, message, ("rules", index), "leave it out, or name the objects in resourceNames")
        yield from self._aggregated()

    def _aggregated(self) -> Iterator[Finding]:
        labels = mapping(self._obj.metadata.get("labels"))
        for name, label in AGGREGATED.items():
            if labels.get(label) != "true":
                continue
            path = ("metadata", "labels", label)
            hint = f"whoever has {name} somewhere gets it there; take the label off"
            if self._tenant:
                yield self._at(AGGREGATED_RULES, f"its rules become part of {name}", path, hint)
            elif name == "view" and _is_strong(self._obj):
                message = "view gets rules that write or read Secrets"
                yield self._at(AGGREGATED_RULES, message, path, "view is for reading; take the label off")

    def _is_of_flux(self) -> bool:
        """True for the roles that Flux's controllers come with, which are theirs by what they are labelled."""
        labels = mapping(self._obj.metadata.get("labels"))
        return labels.get("app.kubernetes.io/part-of") == "flux" and not self._tenant

    @property
    def _where(self) -> str:
        return "" if self._obj.kind == "ClusterRoleBinding" else f" in {self._obj.namespace}"

    def _at(self, rule: Rule, message: str, path: tuple[str | int, ...], hint: str) -> Finding:
        cause = self._subject.lines.cause(self._obj, self._landed.owner, path)
        return Finding(rule, message, cause.where, str(self._obj.key), self._landed.clusters, hint)


def needs_much(owner: Owner) -> bool:
    """True if what is applied may need rights on the whole cluster: what a platform's own repositories bring."""
    return owner.failed or any(obj.kind in PLATFORM_KINDS or obj.kind == "HelmRelease" for obj in owner.objects)


def _is_strong(role: KubeObject) -> bool:
    """True if a role writes anything, or reads Secrets."""
    for rule in rules_of(role):
        resources, verbs = sequence(rule.get("resources")), set(map(str, sequence(rule.get("verbs"))))
        if resources and ((verbs - READS) or "secrets" in resources or "*" in resources):
            return True
    return False


def _ways(rule: Mapping[str, Any], *, cluster_wide: bool, tokens: bool) -> list[str]:
    """The ways to further rights that a rule opens; drivers for storage ask for tokens, as it is meant."""
    if sequence(rule.get("resourceNames")):
        return []
    groups, resources, verbs = (set(map(str, sequence(rule.get(name)))) for name in ("apiGroups", "resources", "verbs"))
    found: list[str] = []
    if groups & {"*", RBAC} and resources & {"*", "roles", "clusterroles"}:
        found += [verb for verb in ("escalate", "bind") if verb in verbs]
    if cluster_wide and groups & {"*", ""}:
        if "impersonate" in verbs and resources & {"*", "users", "groups", "serviceaccounts"}:
            found.append("impersonate")
        if tokens and verbs & {"*", "create"} and "serviceaccounts/token" in resources:
            found.append("create tokens of service accounts")
    return found
