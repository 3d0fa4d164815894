"""Rules about where ExternalSecrets take their values from: SLW616, SLW617, SLW620, SLW621."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from slipway.checks.finding import Finding
from slipway.checks.pods import Part
from slipway.checks.said import Said, once_per_line
from slipway.checks.secrets.external import GENERATORS, StoreRef, identity_of, is_external, stores_of
from slipway.checks.secrets.external import GROUP as EXTERNAL_SECRETS
from slipway.checks.secrets.linear import matches
from slipway.checks.secrets.rules import NEVER_REFRESHED, STATIC_KEYS, STORE_CLOSED, STORE_MISSING
from slipway.checks.subject import Landed, Subject
from slipway.fleet.model import Cluster
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, sequence, text

_REFERRING = ("ExternalSecret", "ClusterExternalSecret", "PushSecret")
_STORES = ("SecretStore", "ClusterSecretStore")
_ZERO = re.compile(r"0+(?:\.0+)?(?:ns|us|µs|ms|s|m|h)?")


def store_findings(subject: Subject) -> Iterator[Finding]:
    """Stores that are missing, closed or ill kept."""
    landed = [one for one in subject.distinct if is_external(one.obj, *_REFERRING, *_STORES)]
    clusters = {name: _Cluster(subject, name) for one in landed for name in one.clusters}
    yield from once_per_line(_said(landed, clusters), subject.lines)
    for cluster in clusters.values():
        yield from cluster.unknown.values()


def _said(landed: Iterable[Landed], clusters: Mapping[str, _Cluster]) -> Iterator[Said]:
    for one in landed:
        if is_external(one.obj, *_STORES):
            yield from _static_keys(one)
        else:
            yield from _never_refreshed(one)
            for ref in stores_of(one.obj):
                if "$" not in ref.key.name + ref.key.namespace:
                    for name in one.clusters:
                        yield from clusters[name].judged(one, ref)


class _Cluster:
    """The stores and generators of a cluster."""

    def __init__(self, subject: Subject, name: str) -> None:
        self._lines = subject.lines
        self.unknown: dict[ObjectKey, Finding] = {}
        """Of what nothing in Git is like: told once, whoever needs it."""
        self._cluster = subject.fleet.clusters[name]
        self._presence = subject.presences[name]
        self._there = {
            identity_of(obj): obj for obj in self._cluster.objects if obj.group in (EXTERNAL_SECRETS, GENERATORS)
        }

    def judged(self, landed: Landed, ref: StoreRef) -> Iterator[Said]:
        """What is wrong with a reference."""
        namespace = landed.obj.namespace
        store = self._there.get(ref.key)
        if store is None:
            if not self._presence.has(ref.key) and ref.key not in self.unknown:
                yield from self._missing(landed, ref)
        elif (
            ref.key.kind == "ClusterSecretStore" and namespace and (why := _why_closed(store, namespace, self._cluster))
        ):
            message = f"{ref.key} is closed to namespace {namespace} by its conditions"
            hint = "add the namespace to the conditions of the store, or take another store"
            rule = STORE_CLOSED if why == "certain" else STORE_CLOSED.at("warning")
            yield Said(rule, landed, ref.path, message, hint, (self._cluster.name,))

    def _missing(self, landed: Landed, ref: StoreRef) -> Iterator[Said]:
        presence, name = self._presence, self._cluster.name
        meant = self._of_other_kind(ref.key, landed.obj.namespace) or presence.namesake(ref.key)
        rule, consequence = STORE_MISSING, "it fails"
        if meant is None:
            meant = presence.similar(ref.key)
            rule, consequence = rule.at("warning"), "it fails unless something else applies it"
        if meant is None:
            # Stores are made by what makes the clusters, too, and by charts.
            where = self._lines.cause(landed.obj, landed.owner, ref.path).where
            message = "secret values come from it, and nothing in Git applies it"
            found = Finding(STORE_MISSING.at("info"), message, where, str(ref.key), (name,), "the cluster must have it")
            self.unknown[ref.key] = found
            return
        message = f"it names {ref.key}, which nothing in Git applies"
        yield Said(rule, landed, ref.path, message, f"{consequence}; there is {meant}", (name,))

    def _of_other_kind(self, key: ObjectKey, namespace: str) -> ObjectKey | None:
        """A store of that name that is of the other kind."""
        kind, place = ("ClusterSecretStore", "") if key.kind == "SecretStore" else ("SecretStore", namespace)
        other = ObjectKey(key.group, kind, place, key.name)
        return other if key.kind in _STORES and other in self._there else None


def _why_closed(store: KubeObject, namespace: str, cluster: Cluster) -> Literal["certain", "by labels", ""]:
    """How sure it is that a ClusterSecretStore does not serve a namespace; empty if it may.

    One condition is enough: a name, a regular expression or labels of the namespace (`shouldProcessSecret`).
    """
    conditions = list(Part((), store.value).part("spec").items("conditions"))
    if not conditions or "${" in repr(store.spec.get("conditions")):
        return ""
    labels = _labels(namespace, cluster)
    by_labels = False
    for condition in (part.value for part in conditions):
        if namespace in sequence(condition.get("namespaces")):
            return ""
        if any(
            matches(text(pattern), namespace) is not False for pattern in sequence(condition.get("namespaceRegexes"))
        ):
            return ""
        if "namespaceSelector" in condition:
            if labels is None or _selects(mapping(condition["namespaceSelector"]), labels):
                return ""
            by_labels = True  # something else than Git may label it
    return "by labels" if by_labels else "certain"


def _labels(namespace: str, cluster: Cluster) -> Mapping[str, Any] | None:
    found = cluster.find(ObjectKey("", "Namespace", "", namespace))
    if found is None:
        return None
    return {**mapping(found.metadata.get("labels")), "kubernetes.io/metadata.name": namespace}


def _selects(selector: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    """Whether a label selector takes something; what is not understood takes all."""
    for name, value in mapping(selector.get("matchLabels")).items():
        if labels.get(name) != value:
            return False
    for term in map(mapping, sequence(selector.get("matchExpressions"))):
        name, values = text(term.get("key")), sequence(term.get("values"))
        taken = {
            "In": labels.get(name) in values,
            "NotIn": labels.get(name) not in values,
            "Exists": name in labels,
            "DoesNotExist": name not in labels,
        }.get(text(term.get("operator")), True)
        if not taken:
            return False
    return True


def _never_refreshed(landed: Landed) -> Iterator[Said]:
    field = "spec" if landed.obj.kind != "ClusterExternalSecret" else "externalSecretSpec"
    spec = landed.obj.spec if field == "spec" else mapping(landed.obj.spec.get(field))
    interval = spec.get("refreshInterval")
    if landed.obj.kind == "PushSecret" or text(spec.get("refreshPolicy")) not in ("", "Periodic"):
        return
    if interval == 0 or (isinstance(interval, str) and _ZERO.fullmatch(interval)):
        path = ("spec", "refreshInterval") if field == "spec" else ("spec", field, "refreshInterval")
        hint = "set an interval, or refreshPolicy: CreatedOnce if that is meant"
        yield Said(NEVER_REFRESHED, landed, path, "a value that changes in the store does not reach the cluster", hint)


def _static_keys(landed: Landed) -> Iterator[Said]:
    auth = Part((), landed.obj.value).part("spec", "provider", "aws", "auth")
    if "secretRef" in auth.value:
        hint = "with EKS Pod Identity it needs no auth at all, with IRSA auth.jwt.serviceAccountRef"
        yield Said(
            STATIC_KEYS, landed, (*auth.path, "secretRef"), "it signs in to AWS with a long-lived access key", hint
        )
