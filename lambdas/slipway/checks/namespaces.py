"""Rule about objects in namespaces that nothing makes: SLW122.

Source of the rule: Kubernetes' admission plugin NamespaceLifecycle, by which nothing is made in a namespace that is not
there; helm-controller, `install.createNamespace`, by which a HelmRelease makes the one that it installs into. Many
fleets have namespaces that something else than Git makes: it is told only where a name is nearly that of one in Git, or
where Git makes nearly all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from slipway.checks.custom import is_custom
from slipway.checks.finding import Finding, Rule
from slipway.checks.said import Said, once_per_line
from slipway.checks.subject import Landed, Subject
from slipway.fleet.flux import ROOT_NAME, is_helm_release
from slipway.fleet.helm_release import HelmRelease
from slipway.fleet.manifests import Path
from slipway.fleet.model import Expanded, RenderedKustomization
from slipway.fleet.objects import ObjectKey, mapping
from slipway.fleet.scope import is_namespaced

NO_NAMESPACE = Rule("SLW122", "A namespace that nothing makes", "error")

RULES = (NO_NAMESPACE,)

MADE_FOR_ONE_MISSING = 4
"""Namespaces that Git makes for each that it does not: where there are fewer, something else makes some."""

_OTHERS = re.compile(r"default|(kube|openshift|amazon|aws|eks|cattle|calico|tigera|gke|gmp)-.*")
"""Namespaces that Kubernetes, EKS or a distribution brings."""


def namespace_findings(subject: Subject) -> Iterator[Finding]:
    """What lands in a namespace that is not there."""
    return once_per_line(_said(subject), subject.lines)


def _said(subject: Subject) -> Iterator[Said]:
    clusters: dict[str, _Cluster] = {}
    for landed in subject.distinct:
        for path, namespace in _namespaces_of(landed):
            for name in landed.clusters:
                if name not in clusters:
                    clusters[name] = _Cluster(subject, name)
                clusters[name].note(landed, path, namespace)
    for cluster in clusters.values():
        yield from cluster.judged()


def _namespaces_of(landed: Landed) -> Iterator[tuple[Path, str]]:
    """The namespaces that an object needs; those of what a chart or a composite brings are theirs to choose."""
    obj, owner = landed.obj, landed.owner
    if not isinstance(owner, RenderedKustomization) and getattr(owner.definition, "kind", "") != "ResourceSet":
        return
    if obj.namespace:
        yield ("metadata", "namespace"), obj.namespace
    if is_helm_release(obj) and not mapping(obj.spec.get("kubeConfig")):
        release = HelmRelease(obj)
        if release.release_namespace not in ("", obj.namespace) and not release.creates_namespace:
            yield ("spec", "targetNamespace"), release.release_namespace


class _Cluster:
    """The namespaces of one cluster."""

    def __init__(self, subject: Subject, name: str) -> None:
        self._subject = subject
        self._name = name
        self._cluster = subject.fleet.clusters[name]
        self._kinds = subject.custom_kinds(self._cluster)
        self._used: set[str] = set()
        self._missing: dict[str, list[tuple[Landed, Path]]] = {}

    def note(self, landed: Landed, path: Path, namespace: str) -> None:
        """Take down that an object needs a namespace."""
        obj = landed.obj
        if "$" in namespace or is_namespaced(obj.group, obj.kind, self._kinds) is False:
            return
        self._used.add(namespace)
        if namespace not in self._made and not _OTHERS.fullmatch(namespace):
            self._missing.setdefault(namespace, []).append((landed, path))

    def judged(self) -> Iterator[Said]:
        """What is told of those that are missing."""
        made = self._used & self._made
        is_exception = len(self._missing) * MADE_FOR_ONE_MISSING <= len(made)
        for namespace, needed in self._missing.items():
            key = ObjectKey("", "Namespace", "", namespace)
            presence = self._subject.presences[self._name]
            meant = presence.typo(key, (), (ObjectKey("", "Namespace", "", name) for name in self._made))
            first, path = needed[0]
            # A chart may make the namespace that it is installed into, but not the one that its HelmRelease is in.
            waiting = first.obj.key if path[0] == "metadata" else key
            doubt = presence.doubt(waiting, key) or self._namers.get(namespace, "")
            if meant is None and (doubt or not is_exception):
                continue
            certain = meant is not None and not doubt and not _is_another_one(namespace, meant.name)
            rule = NO_NAMESPACE if certain else NO_NAMESPACE.at("warning")
            consequence = "the apply fails"
            if doubt:
                consequence += f" unless something else makes it ({doubt})"
            there = f"; there is {meant}" if meant else ""
            message = f"it is in the namespace {namespace}, which nothing in Git makes"
            for landed, path in needed if meant else needed[:1]:
                yield Said(rule, landed, path, message, f"{consequence}{there}", (self._name,))

    @cached_property
    def _made(self) -> frozenset[str]:
        """The namespaces that Git, Flux or Helm makes."""
        found = {ROOT_NAME}
        for obj in self._cluster.objects:
            if (obj.group, obj.kind) == ("", "Namespace"):
                found.add(obj.name)
            elif obj.kind == "FluxInstance":
                found.add(obj.namespace)
        for done in self._cluster.kustomizations:
            if not done.ancestors:
                found.add(done.definition.namespace)
        for owner in self._subject.fleet.owners:
            if isinstance(owner, Expanded) and owner.target == self._name and is_helm_release(owner.definition):
                release = HelmRelease(owner.definition)
                if release.creates_namespace:
                    found.add(release.release_namespace)
        return frozenset(found)

    @cached_property
    def _namers(self) -> Mapping[str, str]:
        """Custom objects that name what is missing, and may come to it: Crossplane's, or a tenant operator's."""
        found: dict[str, str] = {}
        for obj in filter(is_custom, self._cluster.objects):
            for text in _texts(obj.value):
                if text in self._missing and text != obj.namespace:
                    found.setdefault(text, str(obj.key))
        return found


def _is_another_one(one: str, other: str) -> bool:
    """True if names differ by a whole word of one letter, as those of things of which there are several do."""
    words, others = one.split("-"), other.split("-")
    return any(len(a) <= 1 and len(b) <= 1 and a != b for a, b in zip(words, others, strict=False))


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, names of fields too."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            todo.extend(one)
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)
