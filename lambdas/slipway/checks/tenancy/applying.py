"""Rule about what a service account may not apply: SLW511.

Source of the rule: fluxcd/pkg, `runtime/client/impersonator.go`, by which Flux is the service account to the API
server; fluxcd/pkg, `ssa/manager_apply.go`, which patches every object to see whether it differs, before it changes one;
helm-controller, by whose Helm what is new is created.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from slipway.checks.finding import Finding, NotValidated, Rule
from slipway.checks.subject import Subject
from slipway.checks.tenancy.rights import RBAC, Account, Request
from slipway.checks.tenancy.world import World, is_chart
from slipway.fleet.landing import left_alone
from slipway.fleet.model import Cluster, Owner, OwnerId, RenderedKustomization
from slipway.fleet.objects import KubeObject, ObjectKey
from slipway.fleet.scope import is_namespaced

FORBIDDEN = Rule("SLW511", "An object that its service account may not apply", "error")

RULES = (FORBIDDEN,)

MAX_TOLD = 20
"""Objects of one owner that findings are about; of the others, the last one says how many there are."""

ROLE_UNKNOWN_WHY = "whether its service account may apply it is up to roles that are not in Git, or a kind that is not"
BINDINGS_UNKNOWN_WHY = "no binding in Git names its service account, and something that is not in Git may"


def applying_findings(subject: Subject, world: World) -> Iterator[Finding | NotValidated]:
    """What Flux is forbidden to apply, by the roles and bindings that Git has."""
    for cluster in subject.fleet.clusters.values():
        appliers = world.appliers(cluster)
        brought: dict[OwnerId, list[KubeObject]] = {}
        for obj, owner in cluster.landed if appliers else ():
            brought.setdefault(owner.id, []).append(obj)
        for account, owners in appliers.items():
            if world.is_flux(cluster, account):
                continue
            for owner in owners:
                if brought.get(owner.id) and owner.definition.spec.get("suspend") is not True:
                    yield from _Applied(subject, world, cluster, account, owner).findings(brought[owner.id])


class _Applied:
    """What one owner applies as one account."""

    def __init__(self, subject: Subject, world: World, cluster: Cluster, account: Account, owner: Owner) -> None:
        self._subject = subject
        self._cluster = cluster
        self._account = account
        self._owner = owner
        self._rights = world.rights(cluster)

    def findings(self, objects: list[KubeObject]) -> Iterator[Finding | NotValidated]:
        """What of the objects the account may not apply, and what cannot be told."""
        applied = [obj for obj in objects if not left_alone(obj) and "${" not in f"{obj.namespace}{obj.name}"]
        asked = [(obj, request, self._allows(request)) for obj in applied if (request := self._request(obj))]
        unknown = Counter(f"{obj.api_version} {obj.kind}" for obj, _, answer in asked if answer is None)
        if self._subject.is_chosen(self._cluster.name):
            yield from (NotValidated(kind, ROLE_UNKNOWN_WHY, count) for kind, count in unknown.items())
        forbidden = [(obj, request) for obj, request, answer in asked if answer is False]
        if not forbidden:
            return
        doubt = self._subject.presences[self._cluster.name].doubt(
            self._owner.key, ObjectKey(RBAC, "ClusterRoleBinding", "", "")
        )
        if not self._rights.has_bindings(self._account) and (doubt or not self._is_in_git()):
            # Whoever makes the account elsewhere binds it there, too.
            if self._subject.is_chosen(self._cluster.name):
                yield NotValidated(str(self._owner.key), BINDINGS_UNKNOWN_WHY, 1)
        elif len(forbidden) == len(asked):
            yield self._all(doubt)
        else:
            for obj, request in forbidden[:MAX_TOLD]:
                yield self._one(obj, request, doubt, len(forbidden))

    def _request(self, obj: KubeObject) -> Request | None:
        """What has to be allowed; None for what cannot be told."""
        namespaced = is_namespaced(obj.group, obj.kind, self._subject.custom_kinds(self._cluster))
        if namespaced is None and not obj.namespace:
            return None
        verb = "create" if is_chart(self._owner) else "patch"
        return self._rights.request(verb, obj, namespaced=namespaced is not False)

    def _allows(self, request: Request) -> bool | None:
        return self._rights.allows(self._account, request)

    def _all(self, doubt: str) -> Finding:
        path = ("spec", "serviceAccountName")
        if isinstance(self._owner, RenderedKustomization):
            cause = self._subject.lines.cause_of_definition(self._owner, path)
        else:
            cause = self._subject.lines.cause(self._owner.definition, self._bringer(), path)
        message = f"{self._account}, as which it is applied, may not apply anything of it"
        hint = f"bind it to a role in the namespaces that it applies to{_unless(doubt)}"
        certain = self._rights.has_bindings(self._account)
        rule = _rule(doubt) if certain else FORBIDDEN.at("warning")
        return Finding(rule, message, cause.where, str(self._owner.key), (self._owner.home,), hint)

    def _one(self, obj: KubeObject, request: Request, doubt: str, count: int) -> Finding:
        where = self._subject.lines.cause(obj, self._owner, ("metadata", "name")).where
        message = f"{self._account}, as which {self._owner.key} applies it, may not {request.verb} it"
        resource = f"{request.resource}.{request.group}" if request.group else request.resource
        place = f"in {request.namespace}" if request.namespace else "on the whole cluster"
        hint = f"no role in Git allows {request.verb} of {resource} {place}{_unless(doubt)}"
        if count > MAX_TOLD:
            hint = f"{hint}; {count - MAX_TOLD} more objects are forbidden alike"
        return Finding(_rule(doubt), message, where, str(obj.key), (self._cluster.name,), hint)

    def _is_in_git(self) -> bool:
        """True if Git has the account; the one of every namespace that is called `default` needs nobody to make it."""
        key = ObjectKey("", "ServiceAccount", self._account.namespace, self._account.name)
        return self._account.name == "default" or self._subject.presences[self._owner.home].has(key)

    def _bringer(self) -> Owner | None:
        owners = (owner for owner in self._subject.fleet.owners if owner.id == self._owner.ancestors[-1])
        return next(owners, None) if self._owner.ancestors else None


def _rule(doubt: str) -> Rule:
    return FORBIDDEN.at("warning") if doubt else FORBIDDEN


def _unless(doubt: str) -> str:
    return f", unless something that is not rendered does ({doubt})" if doubt else ""
