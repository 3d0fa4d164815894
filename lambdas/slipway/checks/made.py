"""ConfigMaps and Secrets that controllers make on a cluster of objects that Git holds.

Which they are: external-secrets, `spec.target.name` of an ExternalSecret; sealed-secrets, a SealedSecret's own name,
whatever its template says (`sealedsecret_expansion.go`, `Unseal`). Of others, such as those of cert-manager,
Crossplane, Kyverno or SOPS operators, it is only looked whether they name it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from slipway.fleet.model import Cluster
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, sequence, text

_COPIED = re.compile(r"reflect|replicat|copy|clone|sync", re.IGNORECASE)
"""Annotations and labels by which controllers copy an object into other namespaces."""
_ONLY_DATA = frozenset(("external-secrets.io", "bitnami.com", "keda.sh"))
"""Groups of which nothing but Secrets and autoscalers come."""


class Made:
    """What the objects of one cluster may come to there."""

    def __init__(self, cluster: Cluster) -> None:
        self._makers = [obj for obj in cluster.objects if _is_custom(obj)]
        self._plain = {obj.key: obj for obj in cluster.objects if obj.key.kind in ("ConfigMap", "Secret")}
        self._cloned: dict[str, set[str]] = defaultdict(set)
        for kind, namespace in (clone for obj in self._makers for clone in _clones(obj)):
            self._cloned[kind].add(namespace)
        self._namespaces: set[str] | None = None
        self._made = {key: obj for obj in self._makers if (key := _secret_of(obj))}

    def may_be(self, key: ObjectKey) -> bool:
        """True if something makes it, or names it where it would make it."""
        if key in self._made or any(replace(key, namespace=place) in self._plain for place in self._cloned[key.kind]):
            return True
        return any(obj.namespace in ("", key.namespace) and _names(obj.value, key.name) for obj in self._makers)

    @property
    def secrets(self) -> Collection[ObjectKey]:
        """The Secrets that ExternalSecrets and SealedSecrets come to."""
        return self._made.keys()

    def maker(self, key: ObjectKey) -> KubeObject | None:
        """The ExternalSecret or SealedSecret that comes to a Secret."""
        return self._made.get(key)

    def namers(self, key: ObjectKey) -> Iterator[KubeObject]:
        """The objects of custom kinds that name it where they could make it, or add to it."""
        return (obj for obj in self._makers if obj.namespace in ("", key.namespace) and _names(obj.value, key.name))

    def has_makers(self, namespace: str) -> bool:
        """True if controllers may make objects of any kind of what is in a namespace."""
        if self._namespaces is None:
            self._namespaces = {obj.namespace for obj in self._makers if obj.group not in _ONLY_DATA}
        return namespace in self._namespaces

    def namesake(self, key: ObjectKey) -> ObjectKey | None:
        """What is made under that name in another namespace."""
        return next((other for other in sorted(self._made) if other.name == key.name), None)

    def copier(self, meant: ObjectKey, key: ObjectKey) -> str:
        """What may copy an object to where another one is missing; empty if nothing does."""
        source = self._made.get(meant) or self._plain.get(meant)
        if source is not None and _COPIED.search(repr(source.value)):
            return f"{source.key} is marked to be copied"
        return next((str(obj.key) for obj in self._makers if obj is not source and _names(obj.value, key.name)), "")


def _is_custom(obj: KubeObject) -> bool:
    """True for kinds that neither Kubernetes nor Flux takes care of."""
    return "." in obj.key.group and not obj.key.group.endswith((".k8s.io", ".fluxcd.io", "fluxcd.controlplane.io"))


def _secret_of(obj: KubeObject) -> ObjectKey | None:
    """The Secret that an object is made into."""
    if (obj.kind, obj.group) == ("SealedSecret", "bitnami.com"):
        return ObjectKey("", "Secret", obj.namespace, obj.name)
    if (obj.kind, obj.group) == ("ExternalSecret", "external-secrets.io"):
        name = text(mapping(obj.spec.get("target")).get("name")) or obj.name
        return ObjectKey("", "Secret", obj.namespace, name)
    return None


def _clones(obj: KubeObject) -> Iterator[tuple[str, str]]:
    """Kinds, with the namespace, of what a policy of Kyverno copies into other namespaces by its labels."""
    for rule in map(mapping, sequence(obj.spec.get("rules"))) if obj.group == "kyverno.io" else ():
        clones = mapping(mapping(rule.get("generate")).get("cloneList"))
        for kind in sequence(clones.get("kinds")):
            yield text(kind).rpartition("/")[2], text(clones.get("namespace"))


def _names(value: Any, name: str) -> bool:
    return any(found == name or found.endswith(f"/{name}") for found in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, however deep."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)
