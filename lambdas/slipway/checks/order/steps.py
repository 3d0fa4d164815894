"""The steps in which a new cluster comes up: what has to happen before what.

Of a Kustomization or HelmRelease there are two: it has applied what it brings, and it is ready. Sources of the rules:

- kustomize-controller, `internal/controller/kustomization_controller.go`: `dependsOn` waits for readiness; without its
  source or its variables nothing is built; one kind that is not defined fails the dry run of all objects but
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

Step = int
"""An owner has applied what it brings: an even number; or is ready: the odd one that follows. `Steps` knows whose."""


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
        self.owners = tuple(owner for owner in subject.fleet.owners if owner.definition.spec.get("suspend") is not True)
        self._numbers: dict[OwnerId, int] = {owner.id: at for at, owner in enumerate(self.owners)}
        self._bringers: dict[str, Bringers] = {}
        self._kinds: dict[int, frozenset[GroupKind]] = {}
        self._fields: dict[int, tuple[_Field, ...]] = {}
        before: list[tuple[Before, ...]] = []
        for owner in self.owners:
            before.append(tuple(self._before_applied(owner)))
            before.append((Before(len(before) - 1, Reason.APPLIED), *self._before_ready(owner)))
        self.before = tuple(before)
        """What comes before each step."""

    def applied(self, identity: OwnerId) -> Step | None:
        """The step in which an owner has applied what it brings; None if it is suspended."""
        number = self._numbers.get(identity)
        return None if number is None else 2 * number

    def ready(self, identity: OwnerId) -> Step | None:
        """The step in which an owner is ready; None if it is suspended."""
        number = self._numbers.get(identity)
        return None if number is None else 2 * number + 1

    def owner(self, step: Step) -> Owner:
        """Whose step it is."""
        return self.owners[step // 2]

    def find(self, identity: OwnerId) -> Owner | None:
        """An owner that is not suspended."""
        number = self._numbers.get(identity)
        return None if number is None else self.owners[number]

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
        todo = [one.step for one in self.before[start] if one.reason is not without]
        while todo:
            step = todo.pop()
            if step not in found:
                found.add(step)
                todo.extend(one.step for one in self.before[step])
        return frozenset(found)

    def _before_applied(self, owner: Owner) -> Iterator[Before]:
        if owner.ancestors and (step := self.applied(owner.ancestors[-1])) is not None:
            yield Before(step, Reason.BROUGHT)
        for key, reason, path in self._fields_of(owner.definition):
            if reason is Reason.DEPENDS:
                yield from self._ready_before(owner.home, key, reason, path)
                continue
            bringer = self._on(owner.home).only(key)
            if bringer is not None and bringer.id != owner.id and (step := self.applied(bringer.id)) is not None:
                yield Before(step, reason, path, str(key))
        for (group, kind), definers in self.defined_by(owner).items():
            ids = {one.id for one in definers}
            if len(ids) == 1 and (step := self.applied(ids.pop())) is not None:
                yield Before(step, Reason.DEFINED, (), f"{kind}.{group}")

    def _fields_of(self, definition: KubeObject) -> tuple[_Field, ...]:
        """What a definition names; clusters share most definitions."""
        known = self._fields.get(id(definition.value))
        if known is None:
            known = self._fields[id(definition.value)] = (*_dependencies(definition), *_needed(definition))
        return known

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
                yield from self._ready_before(owner.target, key, Reason.WAITS, path)

    def _ready_before(self, home: str, key: ObjectKey, reason: Reason, path: Path) -> Iterator[Before]:
        if (step := self.ready((home, key))) is not None:
            yield Before(step, reason, path)

    def _on(self, cluster: str) -> Bringers:
        if cluster not in self._bringers:
            found = self._subject.fleet.clusters[cluster]
            self._bringers[cluster] = Bringers(found, self._subject.made(found))
        return self._bringers[cluster]


_Field = tuple[ObjectKey, Reason, Path]
"""What a definition names, what for, and the field that does."""
_FLUX_GROUPS = (".fluxcd.io", "fluxcd.controlplane.io")


def _dependencies(definition: KubeObject) -> Iterator[_Field]:
    """What `dependsOn` names; a `readyExpr` may ask for anything in place of readiness."""
    if definition.group not in (KUSTOMIZE_GROUP, HELM_GROUP):
        return
    for index, entry in enumerate(map(mapping, sequence(definition.spec.get("dependsOn")))):
        if not text(entry.get("readyExpr")):
            namespace = text(entry.get("namespace")) or definition.namespace
            key = ObjectKey(definition.group, definition.kind, namespace, text(entry.get("name")))
            yield key, Reason.DEPENDS, ("spec", "dependsOn", index, "name")


def _needed(definition: KubeObject) -> Iterator[_Field]:
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
        if link.need is Named.VALUES:  # keys and credentials are what whoever makes a cluster brings first
            yield link.key, Reason.DATA, link.path


def _is_waited_for(obj: KubeObject) -> bool:
    return (is_kustomization(obj) or is_helm_release(obj)) and not left_alone(obj)


def _checked(entry: object) -> ObjectKey:
    check = mapping(entry)
    names = (text(check.get(name)) for name in ("kind", "namespace", "name"))
    return ObjectKey(group_of(text(check.get("apiVersion"))), *names)
