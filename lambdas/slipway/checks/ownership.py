"""Rule about objects that two owners bring onto one cluster: SLW104.

What becomes of such an object: fluxcd/pkg, `ssa/manager_apply.go`, by which an owner applies all its fields by force
and takes away what the same field manager, which all Kustomizations share, applied before and this one leaves out;
fluxcd/helm-controller, `internal/action/{install,upgrade}.go`, which takes over what is there, and
`internal/action/crds.go`, by which a chart's `crds/` are only created; controlplaneio-fluxcd/flux-operator,
`resourceset_controller.go`. What is deleted with an owner: `slipway.fleet.fates`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway.checks.finding import Finding, Rule
from slipway.checks.lines import Lines
from slipway.checks.subject import Subject
from slipway.fleet.fates import owner_ref, why_kept
from slipway.fleet.flux import HELM_GROUP, SOURCE_GROUP
from slipway.fleet.helm_output import hook_events
from slipway.fleet.landing import left_alone, only_created, only_merged
from slipway.fleet.model import Cluster, Owner, OwnerId
from slipway.fleet.objects import KubeObject, ObjectKey
from slipway.fleet.standing import Held, has_encrypted_values

TWO_OWNERS = Rule("SLW104", "Two owners of one object", "error")

RULES = (TWO_OWNERS,)

MAX_NAMED = 3
"""Objects that are named in a finding; the others are counted."""


def ownership_findings(subject: Subject) -> Iterator[Finding]:
    """Objects that two owners bring: one finding for two owners, on the line of the second one's first object."""
    held = Held(subject.fleet)
    for cluster in subject.fleet.clusters.values():
        for shared in _shared(cluster):
            yield from _finding(shared, cluster.name, held, subject.lines)


@dataclass
class _Shared:
    """What two owners both bring."""

    first: Owner
    second: Owner
    pairs: list[tuple[KubeObject, KubeObject]] = field(default_factory=list)
    """Every such object, as the first and as the second one brings it."""


def _shared(cluster: Cluster) -> list[_Shared]:
    """By the owners: of several that bring an object, the first one with each other."""
    seen: dict[ObjectKey, tuple[KubeObject, Owner]] = {}
    found: dict[tuple[OwnerId, OwnerId], _Shared] = {}
    for obj, owner in cluster.landed:
        first, first_owner = seen.setdefault(obj.key, (obj, owner))
        if first_owner is owner or first_owner.id == owner.id:
            continue
        if _is_claimed(first, first_owner) and _is_claimed(obj, owner):
            shared = found.setdefault((first_owner.id, owner.id), _Shared(first_owner, owner))
            shared.pairs.append((first, obj))
    return list(found.values())


def _is_claimed(obj: KubeObject, owner: Owner) -> bool:
    """False for what its owner does not insist on, and for what has no name yet."""
    if "${" in obj.name or "${" in obj.namespace or not obj.name:
        return False
    if owner.key.group == HELM_GROUP:
        # A chart's `crds/` are created where there are none; hooks are made anew whenever they run.
        return obj.kind != "CustomResourceDefinition" and not hook_events(obj.value)
    return not (left_alone(obj) or only_created(obj) or only_merged(obj))


def _finding(shared: _Shared, cluster: str, held: Held, lines: Lines) -> Iterator[Finding]:
    first, second = shared.first, shared.second
    fought, marked, equal = [], [], []
    for pair in shared.pairs:
        one, other = pair
        if _differ(_essence(one), _essence(other), whole=_is_one_manager(first, second)):
            fought.append(pair)
        elif one.group == SOURCE_GROUP:
            continue
        elif _differ(one.value, other.value, whole=_is_one_manager(first, second)):
            marked.append(pair)
        elif not (why_kept(one, first) and why_kept(other, second)):
            equal.append(pair)
    pairs = fought or marked or equal
    if not pairs:
        return
    suspended = held.why_late(first) or held.why_late(second)
    certain = any(not any(map(_is_unknown, pair)) for pair in fought) and not suspended
    consequence = _consequence(fought=bool(fought), marked=bool(marked))
    if (fought or marked) and suspended:
        consequence += ", once what is suspended is resumed"
    where = lines.cause(pairs[0][1], second, ("metadata", "name")).where
    message = f"it brings what {owner_ref(first)} brings, too"
    hint = f"{_named([one.key for one, _ in pairs])}: {consequence}"
    rule = TWO_OWNERS if certain else TWO_OWNERS.at("warning")
    yield Finding(rule, message, where, str(owner_ref(second)), (cluster,), hint)


def _consequence(*, fought: bool, marked: bool) -> str:
    if fought:
        return "each undoes what the other one applies"
    if marked:
        return "each writes its own labels and annotations over the other one's"
    return "both are equal, but an owner that does not bring it any more may delete what the other one needs"


def _is_one_manager(first: Owner, second: Owner) -> bool:
    """True if both apply under the same name, so that one takes off what only the other one has."""
    return first.key.group == second.key.group


def _essence(obj: KubeObject) -> Mapping[str, Any]:
    """An object without its labels and annotations; of a source, without how often it is fetched, either."""
    metadata = {name: item for name, item in obj.metadata.items() if name not in ("labels", "annotations")}
    if obj.group != SOURCE_GROUP:
        return {**obj.value, "metadata": metadata}
    spec = {name: item for name, item in obj.spec.items() if name not in ("interval", "timeout")}
    return {**obj.value, "metadata": metadata, "spec": spec}


def _differ(one: Any, other: Any, *, whole: bool) -> bool:
    """True if what one owner applies is not what the other one applies.

    Args:
        one: a value of an object.
        other: the other owner's.
        whole: whether a field that only one of them has makes a difference: it does for owners that share a field
            manager, and take off what the other one has put there.
    """
    if whole or not (isinstance(one, Mapping) and isinstance(other, Mapping)):
        return bool(one != other)
    return any(_differ(value, other[name], whole=False) for name, value in one.items() if name in other)


def _is_unknown(obj: KubeObject) -> bool:
    """True if its values are on the cluster only, so that two that are written differently may be equal."""
    return has_encrypted_values(obj) or "${" in repr(obj.value)


def _named(keys: list[ObjectKey]) -> str:
    named = ", ".join(map(str, keys[:MAX_NAMED]))
    return f"{named} and {len(keys) - MAX_NAMED} more" if len(keys) > MAX_NAMED else named
