"""What Kubernetes' RBAC allows whom on one cluster, as far as Git says.

Source of the rules: kubernetes/kubernetes, `plugin/pkg/auth/authorizer/rbac/rbac.go` and
`pkg/apis/rbac/v1/evaluation_helpers.go`; of the groups of a service account, `pkg/serviceaccount/util.go`; by which a
Namespace is in itself, `apiserver/pkg/endpoints/request/requestinfo.go`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.checks.tenancy.builtin import AGGREGATED, EVERYTHING, UNDECIDED, WRITES, resource_of
from slipway.fleet.model import Cluster
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, sequence, text

RBAC = "rbac.authorization.k8s.io"


@dataclass(frozen=True)
class Account:
    """A service account."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """As an object: `ServiceAccount web/web`."""
        return str(ObjectKey("", "ServiceAccount", self.namespace, self.name))

    @property
    def subjects(self) -> tuple[tuple[str, str, str], ...]:
        """What bindings may call it: kind, namespace and name."""
        return (
            ("ServiceAccount", self.namespace, self.name),
            ("User", "", f"system:serviceaccount:{self.namespace}:{self.name}"),
            ("Group", "", "system:serviceaccounts"),
            ("Group", "", f"system:serviceaccounts:{self.namespace}"),
            ("Group", "", "system:authenticated"),
        )


@dataclass(frozen=True)
class Request:
    """Something to do with an object."""

    verb: str
    group: str
    resource: str
    """`""` for a kind whose resource is not known."""
    namespace: str
    """`""` for what has none."""
    name: str


class Rights:
    """The roles and bindings of one cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._roles: dict[tuple[str, str, str], KubeObject] = {}
        self._bindings: dict[tuple[str, str, str], list[KubeObject]] = {}
        self._plurals: dict[tuple[str, str], str] = {}
        for obj in cluster.objects:
            if obj.group == RBAC and obj.kind in ("Role", "ClusterRole"):
                self._roles[obj.kind, obj.namespace, obj.name] = obj
            elif obj.group == RBAC and obj.kind in ("RoleBinding", "ClusterRoleBinding"):
                for subject in subjects_of(obj):
                    self._bindings.setdefault(subject, []).append(obj)
            elif obj.kind in ("CustomResourceDefinition", "CompositeResourceDefinition"):
                self._plurals.update(_plurals(obj))

    def has_bindings(self, account: Account) -> bool:
        """True if a binding names the account itself."""
        return any(self._bindings.get(subject) for subject in account.subjects[:2])

    def role(self, binding: KubeObject) -> KubeObject | None:
        """The role that a binding gives; None if it is not in Git."""
        kind, namespace, name = _role_of(binding)
        return self._roles.get((kind, namespace, name))

    def gives_everything(self, binding: KubeObject) -> bool:
        """True if a binding gives every right, where it gives any."""
        kind, _, name = _role_of(binding)
        if kind == "ClusterRole" and name == EVERYTHING:
            return True
        role = self.role(binding)
        return role is not None and allows_everything(role)

    def request(self, verb: str, obj: KubeObject, *, namespaced: bool | None) -> Request:
        """What it is to do something with an object."""
        resource = self._plurals.get((obj.group, obj.kind), "")
        if not resource and ("." not in obj.group or obj.group.endswith(".k8s.io")):
            resource = resource_of(obj.kind)
        namespace = obj.namespace if namespaced else ""
        if (obj.group, obj.kind) == ("", "Namespace"):
            namespace = obj.name
        return Request(verb, obj.group, resource, namespace, obj.name)

    def allows(self, account: Account, request: Request) -> bool | None:
        """Whether an account may do something; None if something in the way is not known."""
        answers = {self._answer(binding, request) for binding in self._of(account)}
        return True if True in answers else None if None in answers else False

    def _of(self, account: Account) -> Iterator[KubeObject]:
        for subject in account.subjects:
            yield from self._bindings.get(subject, ())

    def _answer(self, binding: KubeObject, request: Request) -> bool | None:
        if binding.kind == "RoleBinding" and binding.namespace != request.namespace:
            return False
        kind, namespace, name = _role_of(binding)
        if kind == "ClusterRole" and name == EVERYTHING:
            return True
        if "${" in f"{kind}{name}":
            return None
        if kind == "ClusterRole" and name in AGGREGATED:
            return self._answer_aggregated(name, request)
        role = self._roles.get((kind, namespace, name))
        if role is None:
            return None
        if "aggregationRule" in role.value:
            return None
        return _is_in(rules_of(role), request)

    def _answer_aggregated(self, name: str, request: Request) -> bool | None:
        """Of `admin`, `edit` and `view`: their own rules, and those of roles with the label that Git has."""
        if request.resource in WRITES[name].get(request.group, "").split():
            return True
        for role in self._roles.values():
            labels = mapping(role.metadata.get("labels"))
            if any(labels.get(AGGREGATED[one]) == "true" for one in AGGREGATED) and _is_in(rules_of(role), request):
                return True
        is_own = "." not in request.group or request.group.endswith(".k8s.io")
        return False if is_own and request.group not in UNDECIDED else None


def rules_of(role: KubeObject) -> list[Mapping[str, Any]]:
    """The rules of a role."""
    return [mapping(rule) for rule in sequence(role.value.get("rules"))]


def subjects_of(binding: KubeObject) -> list[tuple[str, str, str]]:
    """Kind, namespace and name of those whom a binding is about."""
    subjects = map(mapping, sequence(binding.value.get("subjects")))
    return [
        (
            text(subject.get("kind")),
            text(subject.get("namespace")) if subject.get("kind") == "ServiceAccount" else "",
            text(subject.get("name")),
        )
        for subject in subjects
    ]


def allows_everything(role: KubeObject) -> bool:
    """True if a role allows everything with everything."""
    return any(
        all("*" in sequence(rule.get(field)) for field in ("apiGroups", "resources", "verbs"))
        for rule in rules_of(role)
    )


def _role_of(binding: KubeObject) -> tuple[str, str, str]:
    ref = mapping(binding.value.get("roleRef"))
    kind = text(ref.get("kind"))
    return kind, binding.namespace if kind == "Role" else "", text(ref.get("name"))


def _is_in(rules: Iterable[Mapping[str, Any]], request: Request) -> bool | None:
    """Whether rules allow something; None if a rule may, were its kind's resource known."""
    doubt = False
    for rule in rules:
        verbs, groups, resources = (sequence(rule.get(field)) for field in ("verbs", "apiGroups", "resources"))
        if not ("*" in verbs or request.verb in verbs) or not ("*" in groups or request.group in groups):
            continue
        names = sequence(rule.get("resourceNames"))
        if names and request.name not in names:
            doubt = doubt or any("${" in str(name) for name in names)
            continue
        if "*" in resources or (request.resource and request.resource in resources):
            return True
        doubt = doubt or not request.resource or any("${" in str(name) for name in resources)
    return None if doubt else False


def _plurals(definition: KubeObject) -> Iterator[tuple[tuple[str, str], str]]:
    group = text(definition.spec.get("group"))
    for field in ("names", "claimNames"):
        names = mapping(definition.spec.get(field))
        if names:
            yield (group, text(names.get("kind"))), text(names.get("plural"))
