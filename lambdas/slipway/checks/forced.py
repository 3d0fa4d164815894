"""Rule about what Flux may delete in order to make it anew: SLW119.

Source: fluxcd/pkg, `ssa/manager_apply.go` (`shouldForceApply`): with `force`, an object with a change that the API
server refuses for a field that cannot change is deleted and made anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding, Rule
from slipway.checks.subject import Subject
from slipway.fleet.flux import KUSTOMIZE_GROUP
from slipway.fleet.model import RenderedKustomization
from slipway.fleet.objects import KubeObject

FORCED = Rule("SLW119", "Force on what holds data", "warning")

RULES = (FORCED,)

MAX_NAMED = 3
"""Objects that are named in a finding; the others are counted."""

_HOLDS_DATA = {
    ("", "PersistentVolumeClaim"): "its volume goes with it, where the reclaim policy is Delete",
    ("", "PersistentVolume"): "what is on it may go with it",
    ("apps", "StatefulSet"): "all of its pods stop at once",
}
_MARK = f"{KUSTOMIZE_GROUP}/force"


def forced_findings(subject: Subject) -> Iterator[Finding]:
    """Kustomizations with `force` that bring what holds data; what is marked itself is meant (SLW413)."""
    for cluster in subject.fleet.clusters.values():
        for done in cluster.kustomizations:
            if done.kustomization.spec.get("force") is True:
                yield from _of_kustomization(done, subject)


def _of_kustomization(done: RenderedKustomization, subject: Subject) -> Iterator[Finding]:
    held = [obj for obj in done.objects if (obj.group, obj.kind) in _HOLDS_DATA]
    if held:
        cause = subject.lines.cause_of_definition(done, ("spec", "force"))
        message = f"with force, Flux deletes objects where a field cannot change, also {_named(held)}"
        hint = f"{_HOLDS_DATA[held[0].group, held[0].kind]}; mark what needs it with {_MARK}: enabled instead"
        yield Finding(FORCED, message, cause.where, str(done.key), (done.home,), hint)


def _named(objects: list[KubeObject]) -> str:
    named = ", ".join(str(obj.key) for obj in objects[:MAX_NAMED])
    return f"{named} and {len(objects) - MAX_NAMED} more" if len(objects) > MAX_NAMED else named
