"""Rule about objects that come under another name: SLW406.

To Kubernetes an object's name, namespace and kind are the object: what has another one is another object. Flux applies
the new one and deletes the old one, and what a controller made of it goes, too: volumes, load balancers, resources of
AWS. Two objects are taken for one where nearly all that they say is the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from slipway.checks.custom import external_name
from slipway.checks.finding import Finding, Rule
from slipway.checks.lines import Cause, Lines
from slipway.checks.risk.data import Losses, is_managed
from slipway.checks.risk.names import named
from slipway.checks.risk.sides import Brought, Group
from slipway.fleet.flux import is_helm_release
from slipway.fleet.objects import KubeObject, Location, ObjectKey, mapping, text
from slipway.fleet.scope import GroupKind
from slipway.fleet.settings import SEVERITIES, Severity

RENAME = Rule("SLW406", "A rename that deletes and creates anew", "warning", of_change=True, destructive=True)

RULES = (RENAME,)

MAX_CANDIDATES = 60
"""Objects of one kind that go from a cluster, or come: of more of them, only those that keep their names are compared,
for the work grows by the square."""
LIKENESS = 0.8
"""How much of what two objects say must be the same; a rename mostly changes a label or a file name, too."""
MAX_SAID = 2_000
"""Values of an object that is compared by its looks: with more, it takes an object of the same name."""
MIN_SAID = 3
"""Values that an object must have for its looks to tell anything."""

_WORKLOADS: Mapping[GroupKind, str] = {
    ("apps", "Deployment"): "its pods are stopped while the new ones start",
    ("apps", "DaemonSet"): "its pods are stopped while the new ones start",
    ("apps", "StatefulSet"): "its pods are stopped while the new ones start",
}


@dataclass(frozen=True)
class Rename:
    """An object that goes, and one that comes in its place."""

    old: Brought
    new: Brought
    severity: Severity
    consequence: str


class Renames:
    """What goes from some clusters and comes under another name.

    Args:
        group: what goes and comes there.
        losses: knows what is lost there.
    """

    def __init__(self, group: Group, losses: Losses) -> None:
        self._group = group
        self._losses = losses

    def has(self, key: ObjectKey) -> bool:
        """True if something that goes comes under another name."""
        return key in self._gone

    @cached_property
    def all(self) -> tuple[Rename, ...]:
        """All of them."""
        return tuple(found for old, new in self._pairs() if (found := self._judged(old, new)))

    def findings(self, lines: Lines) -> Iterator[Finding]:
        """One finding for each line that gives new names or another namespace, however many objects it gives them."""
        together: dict[Location, list[tuple[Rename, Cause]]] = {}
        for rename in sorted(self.all, key=lambda item: (SEVERITIES.index(item.severity), item.new.obj.key)):
            field = "namespace" if rename.old.obj.name == rename.new.obj.name else "name"
            cause = lines.cause(rename.new.obj, rename.new.owner, ("metadata", field))
            together.setdefault(cause.where, []).append((rename, cause))
        for where, [(first, cause), *others] in together.items():
            message = f"it comes in place of {first.old.obj.key}, which is deleted"
            if others:
                message += f"; so does {named([rename.new.obj.key for rename, _ in others])} of others"
            hint = "; ".join(filter(None, (first.consequence, cause.hint)))
            rule = RENAME.at(first.severity)
            yield Finding(rule, message, where, str(first.new.obj.key), self._group.clusters, hint)

    @cached_property
    def _gone(self) -> frozenset[ObjectKey]:
        return frozenset(rename.old.obj.key for rename in self.all)

    def _pairs(self) -> Iterator[tuple[Brought, Brought]]:
        gone, come = _by_kind(self._group.gone), _by_kind(self._group.come)
        for kind in gone.keys() & come.keys():
            yield from _best(gone[kind], come[kind], self._is_next)

    def _is_next(self, old: Brought, new: Brought) -> bool:
        """True if the new one comes from where the old one came from: the same owner, or one with another name."""
        one, other = old.owner, new.owner
        return one.id == other.id or (one.home == other.home and self._renamed.get(one.key) == other.key)

    @cached_property
    def _renamed(self) -> Mapping[ObjectKey, ObjectKey]:
        """Kustomizations that go, and those that they come as."""
        return {item.change.key: item.change.renamed for item in self._group.gone if item.change.renamed}

    def _judged(self, old: Brought, new: Brought) -> Rename | None:
        obj = old.obj
        lost = self._losses.of(obj)
        if lost is not None:
            if lost.doubt:
                return Rename(old, new, "warning", lost.doubt)
            same = external_name(obj) and external_name(obj) == external_name(new.obj)
            consequence = (
                "both are the same resource of AWS by crossplane.io/external-name: it is deleted under the new one"
                if same
                else "the new one is empty: what the old one holds is deleted with it"
            )
            return Rename(old, new, "error", consequence)
        if is_managed(obj):
            return Rename(old, new, "warning", "the resource in AWS is deleted, and another one is made")
        if is_helm_release(obj):
            if _chart(obj) != _chart(new.obj):
                return None  # another application in its place
            return Rename(old, new, "warning", "the release is uninstalled, and another one is installed")
        kind = obj.group, obj.kind
        if kind == ("apps", "StatefulSet") and obj.spec.get("volumeClaimTemplates"):
            return Rename(old, new, "warning", "its pods start with new, empty volumes; the old ones are left over")
        if kind == ("", "Service") and obj.spec.get("type") == "LoadBalancer":
            return Rename(old, new, "warning", "its load balancer is deleted, and the new one has another address")
        return Rename(old, new, "info", _WORKLOADS[kind]) if kind in _WORKLOADS else None


def _by_kind(items: tuple[Brought, ...]) -> dict[GroupKind, list[Brought]]:
    found: dict[GroupKind, list[Brought]] = {}
    for item in items:
        if (item.obj.group, item.obj.kind) not in _NAMED_FOR_CONTENT:
            found.setdefault((item.obj.group, item.obj.kind), []).append(item)
    return found


_NAMED_FOR_CONTENT = {
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "Namespace"),
    ("batch", "Job"),
    ("kustomize.toolkit.fluxcd.io", "Kustomization"),
}
"""What is given a new name on purpose, or says nothing by which it could be told, or is looked at elsewhere."""


def _best(
    gone: list[Brought], come: list[Brought], is_next: Callable[[Brought, Brought], bool]
) -> Iterator[tuple[Brought, Brought]]:
    """The pairs that are most alike, each object in one."""
    small = max(len(gone), len(come)) <= MAX_CANDIDATES
    said = {id(item): _said(item.obj) for item in (*gone, *come)} if small else {}
    found = []
    for at, old in enumerate(gone):
        for to, new in enumerate(come):
            is_named_alike, is_here = old.obj.name == new.obj.name, is_next(old, new)
            if is_named_alike and is_here:
                found.append((-2.0, at, to))
            # What many applications have from one template is alike wherever it is.
            elif small and (is_named_alike or is_here):
                likeness = _likeness(old.obj, new.obj, said[id(old)], said[id(new)])
                found.extend([(-likeness, at, to)] if likeness >= LIKENESS else [])
    left, right = set(range(len(gone))), set(range(len(come)))
    for _, at, to in sorted(found):
        if at in left and to in right:
            left.remove(at)
            right.remove(to)
            yield gone[at], come[to]


_Said = frozenset[tuple[str, str]]
"""Fields with their values, in JSON."""


def _likeness(old: KubeObject, new: KubeObject, before: _Said, after: _Said) -> float:
    """How much of what two objects say is the same, 0 to 1; each may have its own name in it."""
    if min(len(before), len(after)) < MIN_SAID or max(len(before), len(after)) > MAX_SAID:
        return 0.0
    alike = sum((path, value) in after or (path, value.replace(old.name, new.name)) in after for path, value in before)
    return 2 * alike / (len(before) + len(after))


def _said(obj: KubeObject) -> _Said:
    """All that an object says beside what it is called."""
    found: set[tuple[str, str]] = set()
    for name, value in obj.value.items():
        if name not in ("apiVersion", "kind", "metadata", "status"):
            _collect(value, name, found)
    return frozenset(found)


def _collect(value: Any, path: str, found: set[tuple[str, str]]) -> None:
    if isinstance(value, Mapping):
        for name, item in value.items():
            _collect(item, f"{path}.{name}", found)
    elif isinstance(value, list):
        for item in value:
            _collect(item, f"{path}[]", found)
    else:
        found.add((path, json.dumps(value, default=str)))


def _chart(release: KubeObject) -> tuple[str, str]:
    """The name of a release's chart, or of what the chart comes from."""
    chart = mapping(mapping(release.spec.get("chart")).get("spec"))
    return text(chart.get("chart")), text(mapping(release.spec.get("chartRef")).get("name"))
