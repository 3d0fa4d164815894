"""Rules about fields that cannot be changed: SLW408 and SLW413.

What Flux does when the API server refuses: fluxcd/pkg, `ssa/manager_apply.go` (`shouldForceApply`) and
`ssa/errors/immutable.go`: it fails, or, where it is told to force, deletes the object and makes it anew. Helm's force
replaces an object and is refused likewise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from slipway.checks.finding import Finding, Rule
from slipway.checks.risk.data import Losses
from slipway.checks.risk.fixed_fields import fixed_changes
from slipway.checks.risk.sides import Pair, Sides
from slipway.fleet.fates import owner_ref
from slipway.fleet.field_path import path_text
from slipway.fleet.flux import HELM_GROUP, KUSTOMIZE_GROUP, OPERATOR_GROUP
from slipway.fleet.helm_output import hook_events
from slipway.fleet.landing import left_alone, only_created
from slipway.fleet.model import Cluster, Owner, RenderedKustomization
from slipway.fleet.objects import KubeObject, mapping, text
from slipway.fleet.scope import GroupKind
from slipway.fleet.settings import Severity

FIXED = Rule("SLW408", "A field that cannot be changed", "error", of_change=True)
FORCED = Rule("SLW413", "An object that is deleted to change it", "warning", of_change=True, destructive=True)

RULES = (FIXED, FORCED)

_FORCED: Mapping[GroupKind, tuple[Severity, str]] = {
    ("", "PersistentVolumeClaim"): ("error", "with the data of its volume"),
    ("", "PersistentVolume"): ("warning", "and what uses it loses it for a while"),
    ("", "Service"): ("warning", "and it is not reachable for a while; a load balancer gets another address"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): ("error", "with all objects of its kind on the cluster"),
    ("apps", "DaemonSet"): ("warning", "with all its pods at once"),
    ("apps", "Deployment"): ("warning", "with all its pods at once"),
    ("apps", "StatefulSet"): ("warning", "with all its pods at once"),
}
"""What it does to what is missed; a Job, a binding or a ConfigMap is forced on purpose, and is there again at once."""


def fixed_findings(sides: Sides, losses: Callable[[Cluster], Losses]) -> Iterator[Finding]:
    """Fields that the API server does not let change: one finding for an object."""
    for pair in sides.pairs:
        if pair.change.kind != "changed" or not _is_applied(pair):
            continue
        paths = fixed_changes(pair.old, pair.new, pair.home.kubernetes_version)
        if not paths:
            continue
        force = _force(pair)
        if force and (pair.new.group, pair.new.kind) not in _FORCED:
            continue
        cause = sides.lines.cause(pair.new, pair.owner, paths[0])
        fields = " and ".join(path_text(path) for path in paths)
        if force:
            rule, message, consequence = _forced(pair, fields, force, losses(pair.home))
        else:
            rule, message = FIXED, f"{fields} cannot be changed once the object is there"
            consequence = _refused(pair.owner)
        hint = "; ".join(filter(None, (consequence, pair.change.why, cause.hint)))
        yield Finding(rule, message, cause.where, str(pair.new.key), pair.clusters, hint)


def _is_applied(pair: Pair) -> bool:
    """False for what is not changed where it is: it is left as it is, or made anew anyway."""
    if pair.change.moved is not None and pair.change.moved.outcome == "recreated":
        return False
    if isinstance(pair.owner, RenderedKustomization):
        return not (left_alone(pair.new) or only_created(pair.new))
    # Helm makes hooks anew, and Flux by default leaves the definitions of a chart as they are.
    return not (hook_events(pair.new.value) or pair.new.kind == "CustomResourceDefinition")


def _refused(owner: Owner) -> str:
    if owner.key.group == HELM_GROUP:
        return f"the API server refuses it, and {owner_ref(owner)} fails to upgrade"
    return f"the API server refuses it, and {owner_ref(owner)} fails; undo it, or give the new object another name"


def _force(pair: Pair) -> str:
    """What makes Flux delete an object that it cannot change; empty if nothing does."""
    group = pair.owner.key.group
    if group == HELM_GROUP:
        return ""
    if pair.owner.definition.spec.get("force") is True and group == KUSTOMIZE_GROUP:
        return f"{owner_ref(pair.owner)} has force: true"
    name = f"{group}/force"
    if group == OPERATOR_GROUP and _mark(pair.owner.definition, name) == "enabled":
        return f"{owner_ref(pair.owner)} has {name}: enabled"
    marked = any(_mark(obj, name) == "enabled" for obj in (pair.old, pair.new))
    return f"it has {name}: enabled" if marked and group in (KUSTOMIZE_GROUP, OPERATOR_GROUP) else ""


def _mark(obj: KubeObject, name: str) -> str:
    kinds = (mapping(obj.metadata.get(kind)) for kind in ("labels", "annotations"))
    return next((text(marks[name]).lower() for marks in kinds if name in marks), "")


def _forced(pair: Pair, fields: str, force: str, losses: Losses) -> tuple[Rule, str, str]:
    severity, consequence = _FORCED[pair.new.group, pair.new.kind]
    lost = losses.of(pair.old)
    if lost is None and severity == "error":
        severity = "warning"  # what keeps its volume keeps its data
    elif lost is not None and not lost.doubt:
        severity = "error"
    message = f"{fields} cannot be changed, so Flux deletes it and makes it anew, {consequence}"
    return FORCED.at(severity), message, f"because {force}"
