"""Names in Flux's objects that lead nowhere.

What becomes of it: source-controller, the image controllers and notification-controller fail on the object that names
it; helm-controller, `internal/controller/helmrelease_controller.go`, installs nothing without its values; fluxcd/pkg,
`runtime/client/impersonator.go`: a service account is only a name to apply under, but where it does not exist on the
cluster of the Flux object, nothing is deleted with that object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from slipway.checks.finding import Finding, Rule
from slipway.checks.lines import Cause
from slipway.checks.links.fields import Link, Need, links
from slipway.checks.subject import Subject
from slipway.checks.unmade import Unmade, unmade
from slipway.fleet.flux import HELM_GROUP, KUSTOMIZE_GROUP, OPERATOR_GROUP, ROOT_NAME
from slipway.fleet.model import Cluster, Owner
from slipway.fleet.objects import KubeObject, ObjectKey

OBJECT_MISSING = Rule("SLW107", "A reference to nothing", "error")
VALUES_MISSING = Rule("SLW108", "Values from what does not exist", "error")
CREDENTIALS_MISSING = Rule("SLW109", "Credentials that do not exist", "error")
ACCOUNT_MISSING = Rule("SLW110", "A service account that does not exist", "warning")

RULES = (OBJECT_MISSING, VALUES_MISSING, CREDENTIALS_MISSING, ACCOUNT_MISSING)

_GROUPS = (".fluxcd.io", "fluxcd.controlplane.io")
_OWN_ACCOUNT = ("spec", "serviceAccountName")
_CONTROLLERS = (
    *("source-controller", "kustomize-controller", "helm-controller", "notification-controller"),
    *("image-reflector-controller", "image-automation-controller", "source-watcher", "flux-operator", "default"),
)
"""Service accounts that Flux's installation brings, or Kubernetes: also where that is not in Git."""


def link_findings(subject: Subject) -> Iterator[Finding]:
    """What Flux's objects name and their clusters do not have."""
    known: dict[int, tuple[Link, ...]] = {}
    for cluster in subject.fleet.clusters.values():
        yield from _Cluster(cluster, subject, known).findings()


class _Cluster:
    """What is named on one cluster.

    Args:
        cluster: the rendered cluster.
        subject: what it is a part of.
        known: the links of objects by their ids: clusters share most of them.
    """

    def __init__(self, cluster: Cluster, subject: Subject, known: dict[int, tuple[Link, ...]]) -> None:
        self._cluster = cluster
        self._subject = subject
        self._presence = subject.presences[cluster.name]
        self._known = known
        self._beside: dict[ObjectKey, set[ObjectKey]] = {}
        self._told: set[ObjectKey] = set()

    def findings(self) -> Iterator[Finding]:
        """All of them: who else names the same must be known before one is judged."""
        for obj, owner, link in list(self._missing()):
            cause = partial(self._subject.lines.cause, obj, owner, link.path)
            if link.need in (Need.VALUES, Need.CREDENTIALS):
                yield from self._data(obj, link, cause)
            elif link.need is Need.ACCOUNT:
                yield from self._account(obj, link, cause)
            else:
                yield self._object(obj, link, cause())

    def _missing(self) -> Iterator[tuple[KubeObject, Owner | None, Link]]:
        for obj, owner in self._cluster.landed:
            if not obj.group.endswith(_GROUPS) or obj.spec.get("suspend") is True:
                continue
            found = self._known.get(id(obj.value))
            if found is None:
                found = self._known[id(obj.value)] = tuple(links(obj))
            named = {link.key for link in found}
            for link in found:
                self._beside.setdefault(link.key, set()).update(named)
                if not self._presence.has(link.key):
                    yield obj, owner, link

    def _object(self, obj: KubeObject, link: Link, cause: Cause) -> Finding:
        rule, consequence = OBJECT_MISSING, "it fails"
        if link.need is not Need.OBJECT:
            rule, consequence = OBJECT_MISSING.at("warning"), "nothing ever comes of that"
        namesake = self._presence.namesake(link.key)
        if not namesake and (doubt := self._presence.doubt(obj.key, link.key)):
            rule = rule.at("warning")
            consequence += f" unless something that is not rendered applies it ({doubt})"
        there = f"there is {meant}" if (meant := namesake or self._presence.similar(link.key)) else ""
        if written := self._subject.written.place(link.key):
            there = f"it is written in {written}, which no cluster reads"
        hints = filter(None, (consequence, there, cause.hint))
        message = f"{link.need.value} {link.key}, which nothing in Git applies"
        return Finding(rule, message, cause.where, str(obj.key), (self._cluster.name,), "; ".join(hints))

    def _data(self, obj: KubeObject, link: Link, cause: Callable[[], Cause]) -> Iterator[Finding]:
        """As with variables, but Secrets that Git does not hold at all are made by hand as a rule."""
        key = link.key
        found = unmade(key, self._beside[key], self._presence, self._subject.made(self._cluster), obj.key)
        if found.severity is None or key in self._told:
            return
        rule = VALUES_MISSING if link.need is Need.VALUES else CREDENTIALS_MISSING
        if found.meant is not None:
            yield self._misnamed(rule.at(found.severity), obj, link, found, cause())
        elif link.need is Need.VALUES:
            self._told.add(key)
            message, hint = "values come from it, and nothing in Git makes it", "the cluster must have it"
            yield Finding(rule.at("info"), message, cause().where, str(key), (self._cluster.name,), hint)

    def _misnamed(self, rule: Rule, obj: KubeObject, link: Link, found: Unmade, cause: Cause) -> Finding:
        message = f"{link.need.value} {link.key}, which nothing in Git makes"
        consequence = f"it fails unless something else makes it ({found.doubt})" if found.doubt else "it fails"
        hint = "; ".join(filter(None, (consequence, *self._there(found.meant), cause.hint)))
        return Finding(rule, message, cause.where, str(obj.key), (self._cluster.name,), hint)

    def _account(self, obj: KubeObject, link: Link, cause: Callable[[], Cause]) -> Iterator[Finding]:
        if link.key.name in _CONTROLLERS and (link.key.name == "default" or link.key.namespace == ROOT_NAME):
            return
        meant = self._presence.namesake(link.key) or self._presence.typo(link.key, ())
        doubt = self._presence.doubt(obj.key, link.key)
        if doubt and not meant:
            return  # most charts bring some, and some platforms make one in every namespace
        brings = obj.group in (KUSTOMIZE_GROUP, HELM_GROUP, OPERATOR_GROUP) and link.path == _OWN_ACCOUNT
        consequence = "when it is deleted, what it has brought stays on the cluster" if brings else "it fails"
        found = cause()
        hint = "; ".join((consequence, *self._there(meant), *filter(None, [found.hint])))
        message = f"{link.need.value} {link.key}, which nothing in Git makes"
        yield Finding(ACCOUNT_MISSING, message, found.where, str(obj.key), (self._cluster.name,), hint)

    @staticmethod
    def _there(meant: ObjectKey | None) -> Iterator[str]:
        if meant is not None:
            yield f"there is {meant}"
