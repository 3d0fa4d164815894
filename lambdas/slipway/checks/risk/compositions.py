"""What a change of a Composition does to what it has composed: parts of SLW402, SLW405 and SLW409.

Crossplane composes anew at once: what a Composition does not name any more is deleted, and what it says of a resource
is said of the one that is there. A field that a patch sets is not looked at: its value is the composite's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from slipway.checks.finding import Finding
from slipway.checks.risk.cloud import CLOUD_FIXED, field_way, fixed_fields
from slipway.checks.risk.data import Losses, composite_kind, is_composition, kept_outside, managed_loss
from slipway.checks.risk.deletions import CLUSTER_LOSS, DATA_LOSS
from slipway.checks.risk.names import named
from slipway.checks.risk.sides import Pair, Sides
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, sequence, text


def composition_findings(sides: Sides, losses: Callable[[Cluster], Losses]) -> Iterator[Finding]:
    """What the composites that are there lose, and what cannot be changed of what they have."""
    for pair in sides.pairs:
        if pair.change.kind == "changed" and is_composition(pair.new):
            composites = _composites(pair, losses(pair.home))
            if composites:
                yield from _changed(sides, pair, composites)


def _changed(sides: Sides, pair: Pair, composites: list[ObjectKey]) -> Iterator[Finding]:
    before, after = _entries(pair.old), _entries(pair.new)
    of = f"of {named(composites)}"
    for name, old in before.items():
        new = after.get(name)
        if new is None or (new.base.group, new.base.kind) != (old.base.group, old.base.kind):
            loss = managed_loss(old.base)
            if loss and not kept_outside(old.base):
                cause = sides.lines.cause(pair.new, pair.owner, new.path if new else old.path[:-1])
                rule = CLUSTER_LOSS if loss == "cluster" else DATA_LOSS
                message = f"it composes no {old.base.kind} {name} any more: the one {of} is deleted"
                yield Finding(rule, message, cause.where, str(pair.new.key), pair.clusters, cause.hint)
            continue
        for field in fixed_fields(old.base, new.base):
            if f"spec.forProvider.{field}" in old.patched | new.patched:
                continue
            path: Path = (*new.path, "base", *field_way(new.base, field))
            cause = sides.lines.cause(pair.new, pair.owner, path)
            message = f"spec.forProvider.{field} of {name} cannot be changed once the resource is there, as it is {of}"
            hint = "; ".join(filter(None, ("the provider refuses to replace it, and leaves it as it is", cause.hint)))
            yield Finding(CLOUD_FIXED, message, cause.where, str(pair.new.key), pair.clusters, hint)


@dataclass(frozen=True)
class _Entry:
    base: KubeObject
    path: Path
    patched: frozenset[str]
    """Fields that patches set."""


def _entries(composition: KubeObject) -> Mapping[str, _Entry]:
    """What it composes, by the names of its entries; those without one are told by nothing."""
    found = {}
    for at, step in enumerate(map(mapping, sequence(composition.spec.get("pipeline")))):
        for number, entry in enumerate(map(mapping, sequence(mapping(step.get("input")).get("resources")))):
            base, name = mapping(entry.get("base")), text(entry.get("name"))
            if base and name:
                path: Path = ("spec", "pipeline", at, "input", "resources", number)
                patches = map(mapping, sequence(entry.get("patches")))
                to = frozenset(text(patch.get("toFieldPath")) or text(patch.get("fromFieldPath")) for patch in patches)
                found[name] = _Entry(KubeObject(base, composition.origin), path, to)
    return found


def _composites(pair: Pair, losses: Losses) -> list[ObjectKey]:
    """The composites and claims of its kind that Git has there."""
    kind = composite_kind(pair.new)
    kinds = {kind, *(one for one, composite in losses.composites.items() if composite == kind)}
    return sorted(obj.key for obj in pair.home.objects if (obj.group, obj.kind) in kinds)
