"""Rules about what a change deletes: SLW401 to SLW405.

What goes with an owner, and what stays: `slipway.fleet.fates`. What is lost with it: `slipway.checks.risk.data`.
Kubernetes deletes all that is in a Namespace with it (documentation, "Namespaces"), and all objects of a kind with the
definition of the kind (`apiextensions-apiserver`, `pkg/controller/finalizer`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from slipway.checks.finding import Finding, Rule
from slipway.checks.risk.data import Loss, Losses, Lost, is_managed, kept_outside
from slipway.checks.risk.names import by_kind, named
from slipway.checks.risk.sides import Brought, Departure
from slipway.fleet.flux import KUSTOMIZE_GROUP, OPERATOR_GROUP, is_helm_release
from slipway.fleet.objects import ObjectKey

REMOVAL = Rule("SLW401", "A removal that takes more with it", "info", of_change=True)
DATA_LOSS = Rule("SLW402", "Data that would be deleted", "error", of_change=True, destructive=True)
NAMESPACE_LOSS = Rule("SLW403", "A Namespace that would be deleted", "error", of_change=True, destructive=True)
DEFINITION_LOSS = Rule(
    "SLW404", "A definition that would be deleted with all its objects", "error", of_change=True, destructive=True
)
CLUSTER_LOSS = Rule("SLW405", "A cluster that would be deleted", "error", of_change=True, destructive=True)

RULES = (REMOVAL, DATA_LOSS, NAMESPACE_LOSS, DEFINITION_LOSS, CLUSTER_LOSS)

LARGE_REMOVAL = 50
"""Objects with which a removal is a warning, even if no other Kustomization goes with it."""


def deletion_findings(
    departure: Departure, losses: Losses, is_renamed: Callable[[ObjectKey], bool]
) -> Iterator[Finding]:
    """What is deleted with one thing that goes: all of it, and what is lost with it.

    Args:
        departure: what goes.
        losses: knows what is lost on its clusters.
        is_renamed: true for what comes again under another name, which is another rule's.
    """
    found: dict[Loss, list[tuple[Brought, Lost]]] = {}
    for member in departure.members:
        lost = None if is_renamed(member.obj.key) else losses.of(member.obj)
        if lost is not None:
            found.setdefault(lost.loss, []).append((member, lost))
    for loss, words in _WORDS.items():
        if loss in found:
            yield _lost(departure, words, found[loss])
    if "cluster" not in found:
        yield from _without_nodes(departure, is_renamed)
    if departure.is_owner and not any(is_renamed(member.obj.key) for member in departure.members[:1]):
        yield from _removal(departure, losses)


def _without_nodes(departure: Departure, is_renamed: Callable[[ObjectKey], bool]) -> Iterator[Finding]:
    """A control plane that stays by its policies, while the nodes that Git brought with it go."""
    planes = [member for member in departure.members if _is_of_eks(member, "Cluster")]
    nodes = [
        member
        for member in departure.members
        if _is_of_eks(member, *_NODES) and not kept_outside(member.obj) and not is_renamed(member.obj.key)
    ]
    if not nodes or not planes or not all(kept_outside(plane.obj) for plane in planes):
        return
    message = f"removing it deletes the nodes of a cluster that stays: {by_kind(node.obj.kind for node in nodes)}"
    hint = f"its control plane has {kept_outside(planes[0].obj)}; keep the nodes so, too, or take down the cluster"
    doubt = next((node.change.why for node in nodes if node.change.why.startswith("unless")), "")
    rule = CLUSTER_LOSS.at("warning") if doubt else CLUSTER_LOSS
    told = "; ".join(filter(None, (hint, doubt)))
    yield Finding(rule, message, departure.where, departure.name, departure.clusters, told)


_NODES = ("NodeGroup", "Nodegroup", "FargateProfile")


def _is_of_eks(member: Brought, *kinds: str) -> bool:
    return is_managed(member.obj) and member.obj.group.startswith("eks.") and member.obj.kind in kinds


def _removal(departure: Departure, losses: Losses) -> Iterator[Finding]:
    taken = [member for member in departure.members if departure.takes(member)]
    first = next((member.obj for member in departure.members if not departure.takes(member)), None)
    unseen = first is not None and is_helm_release(first) and not taken
    if not taken:
        if unseen:
            message = "removing it uninstalls its release, with all objects of a chart that is not rendered here"
            yield Finding(REMOVAL, message, departure.where, departure.name, departure.clusters)
        return
    rule = REMOVAL.at("warning") if len(taken) >= LARGE_REMOVAL or any(map(_brings, taken)) else REMOVAL
    taken.sort(key=lambda member: (losses.of(member.obj) is None, member.change.key))
    kinds = by_kind(member.obj.kind for member in taken)
    message = f"removing it deletes {len(taken):,} {'object' if len(taken) == 1 else 'objects'}: {kinds}"
    yield Finding(rule, message, departure.where, departure.name, departure.clusters)


def _brings(member: Brought) -> bool:
    """True for what brings more than one application: releases of charts are what most Kustomizations are made of."""
    return (member.obj.group, member.obj.kind) in _BRINGERS


_BRINGERS = {(KUSTOMIZE_GROUP, "Kustomization"), (OPERATOR_GROUP, "ResourceSet")}


@dataclass(frozen=True)
class _Words:
    rule: Rule
    alone: str
    """Of one object that goes by itself."""
    together: str
    """Of what goes with something else; `{}` are the names."""
    hint: str


_WORDS: Mapping[Loss, _Words] = {
    "cluster": _Words(
        CLUSTER_LOSS,
        "it is removed, and the cluster that it stands for is deleted with it",
        "removing it deletes the cluster of {}",
        "take down what runs on the cluster first",
    ),
    "data": _Words(
        DATA_LOSS,
        "it is removed, and its data is deleted with it",
        "removing it deletes the data of {}",
        "",
    ),
    "namespace": _Words(
        NAMESPACE_LOSS,
        "it is removed, and everything in the Namespace is deleted with it, also what is not in Git",
        "removing it deletes {}, with everything in it, also what is not in Git",
        "to keep it, add the annotation kustomize.toolkit.fluxcd.io/prune: disabled in a change before this one",
    ),
    "definition": _Words(
        DEFINITION_LOSS,
        "it is removed, and all objects of its kind on the cluster are deleted with it",
        "removing it deletes {}, with all objects of the kind on the cluster",
        "to keep it, add the annotation kustomize.toolkit.fluxcd.io/prune: disabled in a change before this one",
    ),
}


def _lost(departure: Departure, words: _Words, found: list[tuple[Brought, Lost]]) -> Finding:
    taken = [member for member, _ in found]
    if not departure.takes(taken[0]):
        message = words.alone
        if len(taken) > 1:
            message += f"; so it is with {named([member.obj.key for member in taken[1:]])}"
    else:
        message = words.together.format(named([member.obj.key for member in taken]))
    doubts = [lost.doubt or _unless(member) for member, lost in found]
    rule = words.rule.at("warning") if all(doubts) else words.rule
    through = sorted({lost.through for _, lost in found if lost.through})
    hints = [
        f"it holds data in {', '.join(through)}" if through and words.rule is DATA_LOSS else "",
        doubts[0] if all(doubts) else "",
        next((member.change.why for member in taken if member.change.why and member.change.why not in doubts), ""),
        words.hint or _keep(taken[0]),
    ]
    return Finding(rule, message, departure.where, departure.name, departure.clusters, "; ".join(filter(None, hints)))


def _unless(member: Brought) -> str:
    """What is not known of a definition that goes with a chart."""
    return member.change.why if member.change.why.startswith("unless") else ""


def _keep(member: Brought) -> str:
    obj = member.obj
    if is_managed(obj):
        if obj.group.endswith(".services.k8s.aws"):
            keep = "set the annotation services.k8s.aws/deletion-policy: retain"
        elif obj.namespace:
            keep = "take Delete out of its managementPolicies"
        else:
            keep = "set deletionPolicy: Orphan"
        return f"to keep what is in AWS, {keep} in a change before this one"
    return "to keep it, add the annotation kustomize.toolkit.fluxcd.io/prune: disabled in a change before this one"
