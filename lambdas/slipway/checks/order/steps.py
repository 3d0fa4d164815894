"""The steps in which a new cluster comes up: what has to happen before what.

Of a Kustomization or HelmRelease there are two: it has applied what it brings, and it is ready. Sources of the rules:

- kustomize-controller, `internal/controller/kustomization_controller.go`: `dependsOn` waits for readiness; without its
  source, its variables or its keys nothing is built; one kind that is not defined fails the dry run of all objects but
  definitions, so that none of them is applied; with `wait` or `healthChecks`, it is ready after what it names.
- helm-controller, `internal/controller/helmrelease_controller.go`, likewise; Helm refuses a chart with such a kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from slipway.checks.links.fields import Need as Named
from slipway.checks.links.fields import links
from slipway.checks.order.bringers import Bringers
from slipway.checks.subject import Subject
from slipway.fleet.flux import HELM_GROUP, KUSTOMIZE_GROUP, SOURCE_GROUP, is_helm_release, is_kustomization, reference
from slipway.fleet.landing import left_alone
from slipway.fleet.manifests import Path
from slipway.fleet.model import Owner, OwnerId, RenderedKustomization
from slipway.fleet.objects import KubeObject, ObjectKey, group_of, mapping, sequence, text
from slipway.fleet.scope import GroupKind


@dataclass(frozen=True, order=True)
class Step:
    """An owner has applied what it brings, or is ready."""

    home: str
    key: ObjectKey
    ready: bool


class Reason(Enum):
    """Why a step comes after another one; the value is how a message puts it."""

    BROUGHT = "is applied by {}"
    DEPENDS = "depends on {}"
    WAITS = "waits for {}"
    SOURCE = "needs {what}, which comes with {}"
    DATA = "reads {what}, which comes with {}"
    DEFINED = "has objects of {what}, defined by {}"
    APPLIED = ""
    """Nothing is ready that is not applied."""


@dataclass(frozen=True)
class Before:
    """A step that has to come before another one."""

    step: Step
    reason: Reason
    path: Path = ()
    """The field of the later one's definition that says so; empty if none does."""
    what: str = ""
    """What it needs of the other one."""

    def told_of(self, name: str) -> str:
        """The reason in words, by the other one's name."""
        return self.reason.value.format(name, what=self.what)


class Steps:
    """The steps of all clusters of a fleet, what is suspended left out."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self.owners: dict[OwnerId, Owner] = {
            owner.id: owner for owner in subject.fleet.owners if owner.definition.spec.get("suspend") is not True
        }
        self._bringers: dict[str, Bringers] = {}
        self._kinds: dict[int, frozenset[GroupKind]] = {}
        self.before: dict[Step, list[Before]] = {}
        """What comes before each step."""
        for owner in self.owners.values():
            applied, ready = Step(*owner.id, ready=False), Step(*owner.id, ready=True)
            self.before[applied] = list(self._before_applied(owner))
            self.before[ready] = [Before(applied, Reason.APPLIED), *self._before_ready(owner)]

    def defined_by(self, owner: Owner) -> dict[GroupKind, list[Owner]]:
        """Who defines the kinds of an owner's objects, where nothing that is there before it for certain does."""
        before = {owner.id, *owner.ancestors}
        if owner.target not in self._subject.fleet.clusters:  # only a failed HelmRelease leads there
            return {}
        found = self._on(owner.target).kinds_of(owner, self._kinds)
        return {
            kind: definers
            for kind, definers in found.items()
            if before.isdisjoint(one.id for one in definers)
            and not (owner.home == owner.target and kind[0].endswith(_FLUX_GROUPS))  # else nobody would apply it
        }

    def reach(self, start: Step, without: Reason | None = None) -> frozenset[Step]:
        """Every step that comes before one.

        Args:
            start: the step.
            without: a reason that does not count for the step itself.
        """
        found: set[Step] = set()
        todo = [one.step for one in self.before.get(start, ()) if one.reason is not without]
        while todo:
            step = todo.pop()
            if step not in found:
                found.add(step)
                todo.extend(one.step for one in self.before.get(step, ()))
        return frozenset(found)

    def _before_applied(self, owner: Owner) -> Iterator[Before]:
        definition = owner.definition
        if owner.ancestors and owner.ancestors[-1] in self.owners:
            yield Before(Step(*owner.ancestors[-1], ready=False), Reason.BROUGHT)
        for key, path in _dependencies(definition):
            yield from self._known(owner.home, key, Reason.DEPENDS, path)
        for key, reason, path in _needed(definition):
            bringer = self._on(owner.home).only(key)
            if bringer is not None and bringer.id in self.owners and bringer.id != owner.id:
                yield Before(Step(*bringer.id, ready=False), reason, path, str(key))
        for (group, kind), definers in self.defined_by(owner).items():
            ids = {one.id for one in definers}
            if len(ids) == 1 and ids <= self.owners.keys():
                yield Before(Step(*ids.pop(), ready=False), Reason.DEFINED, (), f"{kind}.{group}")

    def _before_ready(self, owner: Owner) -> Iterator[Before]:
        if not isinstance(owner, RenderedKustomization):
            return
        spec = owner.definition.spec
        waited: Iterator[tuple[ObjectKey, Path]]
        if spec.get("wait") is True:
            waited = ((obj.key, ("spec", "wait")) for obj in owner.objects if _is_waited_for(obj))
        else:
            waited = (
                (_checked(entry), ("spec", "healthChecks", index, "name"))
                for index, entry in enumerate(sequence(spec.get("healthChecks")))
            )
        for key, path in waited:
            if (owner.target, key) != owner.id:
                yield from self._known(owner.target, key, Reason.WAITS, path)

    def _known(self, home: str, key: ObjectKey, reason: Reason, path: Path) -> Iterator[Before]:
        if (home, key) in self.owners:
            yield Before(Step(home, key, ready=True), reason, path)

    def _on(self, cluster: str) -> Bringers:
        if cluster not in self._bringers:
            found = self._subject.fleet.clusters[cluster]
            self._bringers[cluster] = Bringers(found, self._subject.made(found))
        return self._bringers[cluster]


_FLUX_GROUPS = (".fluxcd.io", "fluxcd.controlplane.io")


def _dependencies(definition: KubeObject) -> Iterator[tuple[ObjectKey, Path]]:
    """What `dependsOn` names; a `readyExpr` may ask for anything in place of readiness."""
    if definition.group not in (KUSTOMIZE_GROUP, HELM_GROUP):
        return
    for index, entry in enumerate(map(mapping, sequence(definition.spec.get("dependsOn")))):
        if not text(entry.get("readyExpr")):
            namespace = text(entry.get("namespace")) or definition.namespace
            key = ObjectKey(definition.group, definition.kind, namespace, text(entry.get("name")))
            yield key, ("spec", "dependsOn", index, "name")


def _needed(definition: KubeObject) -> Iterator[tuple[ObjectKey, Reason, Path]]:
    """Sources and data that a Kustomization or HelmRelease cannot do without."""
    spec = definition.spec
    for path in (("sourceRef",), ("chartRef",), ("chart", "spec", "sourceRef")):
        value: object = spec
        for step in path:
            value = mapping(value).get(step)
        if mapping(value):
            yield reference(value, SOURCE_GROUP, definition.namespace), Reason.SOURCE, ("spec", *path, "name")
    for index, entry in enumerate(map(mapping, sequence(mapping(spec.get("postBuild")).get("substituteFrom")))):
        if entry.get("optional") is not True:
            key = ObjectKey("", text(entry.get("kind")), definition.namespace, text(entry.get("name")))
            yield key, Reason.DATA, ("spec", "postBuild", "substituteFrom", index, "name")
    for link in links(definition):
        if link.need in (Named.VALUES, Named.CREDENTIALS):
            yield link.key, Reason.DATA, link.path


def _is_waited_for(obj: KubeObject) -> bool:
    return (is_kustomization(obj) or is_helm_release(obj)) and not left_alone(obj)


def _checked(entry: object) -> ObjectKey:
    check = mapping(entry)
    names = (text(check.get(name)) for name in ("kind", "namespace", "name"))
    return ObjectKey(group_of(text(check.get("apiVersion"))), *names)
