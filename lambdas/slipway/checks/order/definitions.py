"""Rule about objects that come before the definition of their kind: SLW114.

kustomize-controller tries all objects of a Kustomization before it applies any but definitions and Namespaces
(fluxcd/pkg, `ssa/manager_apply.go`, `ApplyAllStaged`), fails, and tries again after `retryInterval`, else `interval`.
helm-controller gives a release up that fails to install, unless `install` says otherwise
(`internal/reconcile/atomic_release.go`).
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding, Rule
from slipway.checks.order.standstill import cause_in
from slipway.checks.order.steps import Reason, Steps
from slipway.checks.subject import Subject
from slipway.fleet.flux import is_helm_release
from slipway.fleet.model import Owner, OwnerId, RenderedKustomization
from slipway.fleet.objects import mapping
from slipway.fleet.scope import GroupKind

DEFINITION_LATER = Rule("SLW114", "A custom object before its definition", "warning")

MAX_NAMED = 3
"""Kinds that are named in a finding; the others are counted."""


def definition_findings(steps: Steps, subject: Subject) -> Iterator[Finding]:
    """Owners that bring objects of kinds that others define, and do not wait for any of those."""
    for owner in steps.owners:
        defined = steps.defined_by(owner)
        step = steps.applied(owner.id)
        if not defined or step is None:
            continue
        earlier = steps.reach(step, without=Reason.DEFINED)
        missing: dict[OwnerId, tuple[Owner, list[GroupKind]]] = {}
        for kind, definers in defined.items():
            if not any(steps.applied(one.id) in earlier for one in definers):
                missing.setdefault(definers[0].id, (definers[0], []))[1].append(kind)
        for definer, kinds in missing.values():
            first = steps.applied(definer.id)
            if first is None or step not in steps.reach(first):  # else SLW113 tells it
                yield _finding(owner, definer, kinds, steps, subject)


def _finding(owner: Owner, definer: Owner, kinds: list[GroupKind], steps: Steps, subject: Subject) -> Finding:
    named = ", ".join(f"{kind}.{group}" for group, kind in kinds[:MAX_NAMED])
    if len(kinds) > MAX_NAMED:
        named += f" and {len(kinds) - MAX_NAMED} more kinds"
    message = f"it has objects of {named}, which {definer.key} defines, and does not wait for that"
    gives_up = is_helm_release(owner.definition) and not _tries_again(owner)
    consequence = "on a new cluster, it fails until then"
    if gives_up:
        consequence = "on a new cluster, Flux tries it once and gives it up: install.remediation.retries is 0"
    rule = DEFINITION_LATER if gives_up else DEFINITION_LATER.at("info")
    cause = cause_in(owner, ("spec", "dependsOn"), steps, subject.lines)
    hint = f"{consequence}; {_remedy(owner, definer, steps)}"
    return Finding(rule, message, cause.where, str(owner.key), (owner.home,), hint)


def _tries_again(owner: Owner) -> bool:
    install = mapping(owner.definition.spec.get("install"))
    retries = mapping(install.get("remediation")).get("retries")
    return retries not in (None, 0) or mapping(install.get("strategy")).get("name") == "RetryOnFailure"


def _remedy(owner: Owner, definer: Owner, steps: Steps) -> str:
    """What to write where: `dependsOn` names objects of its own kind only."""
    if owner.key.kind == definer.key.kind:
        return f"add {definer.key.namespace}/{definer.key.name} to its dependsOn"
    parent = steps.find(definer.ancestors[-1]) if definer.ancestors else None
    if isinstance(owner, RenderedKustomization) and parent is not None and parent.id not in owner.ancestors:
        name = f"{parent.key.namespace}/{parent.key.name}"
        step = steps.applied(owner.id)
        depends = step is not None and steps.ready(parent.id) in steps.reach(step)
        start = f"let {name}" if depends else f"add {name} to its dependsOn, and let that"
        return f"{start} wait for {definer.key} (wait or healthChecks)"
    return f"bring {definer.key} with a Kustomization that this one can depend on"
