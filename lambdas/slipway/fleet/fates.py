"""What becomes of an object on its cluster when nothing in Git brings it any more, or something else does.

Sources of the rules: fluxcd/kustomize-controller, `internal/controller/kustomization_controller.go` (`prune`,
`finalizerShouldDeleteResources`, `deleteObjects`); fluxcd/pkg, `ssa/manager_delete.go`, by which only objects with the
labels of their owner are deleted; fluxcd/helm-controller, `reconcileDelete`; helm/helm, which deletes by name, and
leaves hooks and what is annotated; controlplaneio-fluxcd/flux-operator, `resourceset_controller.go`;
crossplane/crossplane, `composition_functions.go` (`GarbageCollectComposedResources`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.flux import HELM_GROUP, KUSTOMIZE_GROUP, OPERATOR_GROUP
from slipway.fleet.helm_output import hook_events
from slipway.fleet.model import Fleet, Owner, OwnerId
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, text

STAYS_TOO = "{} stays, too"
"""Why an object stays whose owner stays."""

WITH_CLUSTER = "only if its cluster goes, which is not in Git any more"
"""What an object goes with whose cluster has no Flux in Git any more: Flux itself then finds nothing to build from, and
deletes nothing."""

Outcome = Literal["kept", "at risk", "recreated"]
"""What a move does to the object: nothing, or it is deleted and made anew, by chance or for certain."""


@dataclass(frozen=True, order=True)
class OwnerRef:
    """What brings an object, as seen from the object's cluster."""

    key: ObjectKey
    home: str
    """The cluster whose controllers do it; `""` if it is the object's own."""

    def __str__(self) -> str:
        return f"{self.key} of {self.home}" if self.home else str(self.key)


@dataclass(frozen=True)
class Fate:
    """What becomes of an object that something brought and brings no more."""

    goes: bool
    """True if it is deleted; else it stays on the cluster with nothing that looks after it."""
    why: str = ""
    """Why it stays, or what it goes with."""


@dataclass(frozen=True)
class Move:
    """An object that one thing brought and another one brings now."""

    old: OwnerRef
    new: OwnerRef
    outcome: Outcome
    why: str
    """Why it is kept; empty if it is not."""


Brought = Mapping[ObjectKey, tuple[KubeObject, tuple[Owner, ...]]]
"""The objects of a cluster, each with what brings it, the last one last."""


class Fates:
    """Knows what leaves the clusters from one rendering to another."""

    def __init__(self, base: Fleet, head: Fleet, landed: Callable[[str], tuple[Brought, Brought]]) -> None:
        self._before = {owner.id: owner for owner in base.owners}
        self._after = {owner.id: owner for owner in head.owners}
        self._homes = {name for name, cluster in head.clusters.items() if cluster.kustomizations}
        self._landed = landed
        self._known: dict[tuple[ObjectKey, OwnerId, str], Fate] = {}

    def fate(self, obj: KubeObject, owner: Owner) -> Fate:
        """What becomes of an object that its owner on the base does not bring on the head."""
        question = (obj.key, owner.id, owner.target)
        if question not in self._known:
            # Who asks again on the way to the answer asks for what holds itself: a Namespace and its Kustomization.
            self._known[question] = Fate(goes=False)
            self._known[question] = self._fate(obj, owner)
        return self._known[question]

    def leaving(self, owner: Owner) -> OwnerRef | None:
        """An owner that is not on the head any more, on a cluster that is."""
        return owner_ref(owner) if self._gone(owner) and owner.home in self._homes else None

    def move(self, obj: KubeObject, old: Owner, new: Owner) -> Move:
        """What it means that an object changes hands."""
        outcome, why = self._outcome(obj, old, new)
        return Move(owner_ref(old), owner_ref(new), outcome, why)

    def _gone(self, owner: Owner) -> bool:
        return owner.id not in self._after

    def _fate(self, obj: KubeObject, owner: Owner) -> Fate:
        if owner.home not in self._homes:
            return Fate(goes=True, why=WITH_CLUSTER)
        fate = self._by_owner(obj, owner)
        if not fate.goes and (holder := self._holder(obj, owner.target)):
            return Fate(goes=True, why=f"with {holder}")
        return fate

    def _by_owner(self, obj: KubeObject, owner: Owner) -> Fate:
        now = self._after.get(owner.id)
        if now is not None:
            if now.target != owner.target:
                return Fate(goes=False, why=f"{owner_ref(owner)} applies to {now.target} now and forgets it")
            kept = why_kept(obj, now)
        else:
            parent = self._before.get(owner.ancestors[-1]) if owner.ancestors else None
            definition = owner.definition
            if parent is not None and not self.fate(definition, parent).goes:
                return Fate(goes=False, why=STAYS_TOO.format(owner_ref(owner)))
            # What nothing else brings has brought itself, as bootstrap's Kustomization does.
            if parent is None and (stays := why_kept(definition, owner)):
                return Fate(goes=False, why=stays)
            kept = why_kept(obj, owner, deleted=True)
        return Fate(goes=not kept, why=kept or _doubt(obj, owner))

    def _holder(self, obj: KubeObject, cluster: str) -> str:
        """What takes an object with it: the Namespace that it is in, or the definition of its kind."""
        before, after = self._landed(cluster)
        candidates = [ObjectKey("", "Namespace", "", obj.namespace)] if obj.namespace else []
        for key in candidates + [key for key in before if key.kind == "CustomResourceDefinition" and key not in after]:
            if key not in before or key in after:
                continue
            holder, owners = before[key]
            if key.kind == "CustomResourceDefinition" and not _defines(holder, obj):
                continue
            if self.fate(holder, owners[-1]).goes:
                return str(key)
        return ""

    def _outcome(self, obj: KubeObject, old: Owner, new: Owner) -> tuple[Outcome, str]:
        fate = self.fate(obj, old)
        if not fate.goes:
            return "kept", fate.why
        if (_group(old), _group(new)) not in _TAKES_OVER or old.key == new.key:
            return "recreated", ""
        if old.id in new.ancestors and new.id not in self._before:
            return "recreated", ""  # it deletes the object in the same run in which it makes the new owner
        if self._gone(old) and old.ancestors and old.ancestors[-1] == new.id:
            return "kept", f"{owner_ref(new)} takes it over before it deletes {owner_ref(old)}"
        return "at risk", ""


def owner_ref(owner: Owner) -> OwnerRef:
    """What brings objects, as seen from the cluster that they land on."""
    return OwnerRef(owner.key, "" if owner.home == owner.target else owner.home)


def why_kept(obj: KubeObject, owner: Owner, *, deleted: bool = False) -> str:
    """Why an owner does not delete an object that it brought; empty if it does.

    Args:
        obj: the object.
        owner: what brought it.
        deleted: True if the owner itself is deleted; else it lives on without the object.
    """
    group, definition = _group(owner), owner.definition
    if group == KUSTOMIZE_GROUP:
        return _marked(obj, _KUSTOMIZE_MARKS) or _held_by_kustomization(owner, deleted=deleted)
    if group == HELM_GROUP:
        if definition.spec.get("suspend") is True:
            return f"{owner_ref(owner)} is suspended"
        if _annotation(obj, _HELM_POLICY).strip().lower() == "keep":
            return f"{_HELM_POLICY}: keep"
        return "Helm does not look after its hooks" if hook_events(obj.value) else ""
    if isinstance(owner, Composite):
        return ""  # Crossplane deletes what a composite is not composed of any more, and all of it with the composite
    if _annotation(definition, _OPERATOR_RECONCILE).lower() == "disabled":
        return f"{owner_ref(owner)} is disabled"
    return _marked(obj, {_OPERATOR_PRUNE: "disabled"})


def _group(owner: Owner) -> str:
    return owner.key.group


def _held_by_kustomization(owner: Owner, *, deleted: bool) -> str:
    spec = owner.definition.spec
    if spec.get("suspend") is True:
        return f"{owner_ref(owner)} is suspended"
    policy = (text(spec.get("deletionPolicy")) if deleted else "") or "MirrorPrune"
    if policy == "MirrorPrune":
        return "" if spec.get("prune") is True else f"{owner_ref(owner)} has prune: false"
    return "" if policy in ("Delete", "WaitForTermination") else f"{owner_ref(owner)} has deletionPolicy: {policy}"


def _doubt(obj: KubeObject, owner: Owner) -> str:
    """What is not known of an object that goes."""
    if _group(owner) == HELM_GROUP and obj.kind == "CustomResourceDefinition":
        return "unless it is in the chart's crds/"
    return ""


_TAKES_OVER = {
    (KUSTOMIZE_GROUP, KUSTOMIZE_GROUP),
    (KUSTOMIZE_GROUP, OPERATOR_GROUP),
    (OPERATOR_GROUP, OPERATOR_GROUP),
}
"""From what to what an object changes hands so that its old owner leaves it alone, if the new one is first.

Owners know their objects by labels: a Kustomization writes its own over another one's, a ResourceSet also takes off a
Kustomization's. Helm writes none of these, and what it deletes, it deletes by name, whoever has taken over."""
_KUSTOMIZE_MARKS = {
    f"{KUSTOMIZE_GROUP}/prune": "disabled",
    f"{KUSTOMIZE_GROUP}/reconcile": "disabled",
    f"{KUSTOMIZE_GROUP}/ssa": "ignore",
}
_HELM_POLICY = "helm.sh/resource-policy"
_OPERATOR_PRUNE = f"{OPERATOR_GROUP}/prune"
_OPERATOR_RECONCILE = f"{OPERATOR_GROUP}/reconcile"


def _marked(obj: KubeObject, marks: Mapping[str, str]) -> str:
    """The label or annotation by which an object is not to be deleted; case does not matter."""
    for name, value in marks.items():
        for kind in ("labels", "annotations"):
            if text(mapping(obj.metadata.get(kind)).get(name)).lower() == value:
                return f"{name}: {value}"
    return ""


def _annotation(obj: KubeObject, name: str) -> str:
    return text(mapping(obj.metadata.get("annotations")).get(name))


def _defines(definition: KubeObject, obj: KubeObject) -> bool:
    names = mapping(definition.spec.get("names"))
    return (definition.spec.get("group"), names.get("kind")) == (obj.group, obj.kind)
