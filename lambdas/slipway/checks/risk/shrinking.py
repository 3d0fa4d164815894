"""Rules about less of something than before: SLW414, and the part of SLW402 that is about StatefulSets.

Source of what happens to claims: Kubernetes' documentation of StatefulSets, `persistentVolumeClaimRetentionPolicy`.
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding, Rule
from slipway.checks.risk.deletions import DATA_LOSS
from slipway.checks.risk.sides import Pair, Sides
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, mapping

SCALED_TO_NOTHING = Rule("SLW414", "Something that is scaled to nothing", "info", of_change=True)

RULES = (SCALED_TO_NOTHING,)

_SIZES: dict[tuple[str, str], Path] = {
    ("apps", "Deployment"): ("spec", "replicas"),
    ("apps", "StatefulSet"): ("spec", "replicas"),
}


def shrinking_findings(sides: Sides) -> Iterator[Finding]:
    """What runs on the base and not on the head, and pods whose volumes go with them."""
    for pair in sides.pairs:
        path = _SIZES.get((pair.new.group, pair.new.kind))
        if pair.change.kind != "changed" or path is None:
            continue
        before, after = (_replicas(obj) for obj in (pair.old, pair.new))
        if before is None or after is None or after >= before:
            continue
        cause = sides.lines.cause(pair.new, pair.owner, path)
        if _deletes_claims(pair):
            message = f"it shrinks from {before} to {after}, and the volumes of the pods that go are deleted with them"
            hint = "persistentVolumeClaimRetentionPolicy.whenScaled: Retain keeps them"
            yield Finding(DATA_LOSS, message, cause.where, str(pair.new.key), pair.clusters, hint)
        elif after == 0:
            message = "it is scaled to nothing"
            yield Finding(SCALED_TO_NOTHING, message, cause.where, str(pair.new.key), pair.clusters, cause.hint)


def _replicas(obj: KubeObject) -> int | None:
    """How many pods there are to be; None if something else says so."""
    value = obj.spec.get("replicas", 1)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _deletes_claims(pair: Pair) -> bool:
    policy = mapping(pair.new.spec.get("persistentVolumeClaimRetentionPolicy"))
    return (
        pair.new.kind == "StatefulSet"
        and policy.get("whenScaled") == "Delete"
        and bool(pair.new.spec.get("volumeClaimTemplates"))
    )
