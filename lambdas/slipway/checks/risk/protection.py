"""Rules about what keeps data when something goes wrong: SLW410 and SLW411.

None of it deletes anything yet; the next removal, or the next mistake, then does. Sources: `slipway.fleet.fates` for
Flux and Helm, `slipway.checks.risk.data` for Crossplane and ACK; the arguments of AWS's resources as Terraform's
provider documents them; Kubernetes' documentation of PersistentVolumes and StatefulSets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from slipway.checks.finding import Finding, Rule
from slipway.checks.risk.compare import is_unknown
from slipway.checks.risk.data import Losses, is_managed, is_usage, kept_outside
from slipway.checks.risk.names import named
from slipway.checks.risk.sides import Brought, Departure, Pair, Sides
from slipway.fleet.fates import why_kept
from slipway.fleet.flux import is_kustomization
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, text
from slipway.fleet.scope import GroupKind

UNPROTECTED = Rule("SLW410", "Protection from deletion that is taken away", "warning", of_change=True)
NO_BACKUP = Rule("SLW411", "Backups that are turned off", "warning", of_change=True)

RULES = (UNPROTECTED, NO_BACKUP)

Names = tuple[str, ...]


def protection_findings(sides: Sides, losses: Callable[[Cluster], Losses]) -> Iterator[Finding]:
    """What protected something on the base, and does not on the head: one finding for a field."""
    for pair in sides.pairs:
        if pair.change.kind != "changed":
            continue
        for rule, path, message in (*_marks(pair, sides, losses(pair.home)), *_switches(pair)):
            cause = sides.lines.cause(pair.new, pair.owner, path)
            yield Finding(rule, message, cause.where, str(pair.new.key), pair.clusters, cause.hint)


def removed_protection(departure: Departure, head: Callable[[ObjectKey], bool]) -> Iterator[Finding]:
    """Usages and schedules of backups that go by themselves, while what they are for stays.

    Args:
        departure: what goes.
        head: true for what is there afterwards.
    """
    if departure.is_owner:
        return
    [first, *_] = departure.members
    if is_usage(first.obj) and (kept := _protected(first, head)):
        message = f"it is removed, and nothing keeps {kept} from being deleted any more"
        yield Finding(UNPROTECTED, message, departure.where, departure.name, departure.clusters)
    if (first.obj.group, first.obj.kind) in _SCHEDULES:
        message = "it is removed, and no more backups are made by it"
        yield Finding(NO_BACKUP, message, departure.where, departure.name, departure.clusters)


def _protected(usage: Brought, head: Callable[[ObjectKey], bool]) -> ObjectKey | None:
    of = mapping(usage.obj.spec.get("of"))
    group = text(of.get("apiVersion")).rpartition("/")[0]
    name = text(mapping(of.get("resourceRef")).get("name"))
    keys = [ObjectKey(group, text(of.get("kind")), namespace, name) for namespace in ("", usage.obj.namespace)]
    return next(filter(head, keys), None)


_SCHEDULES: frozenset[GroupKind] = frozenset(
    (
        ("velero.io", "Schedule"),
        ("postgresql.cnpg.io", "ScheduledBackup"),
        ("volsync.backube", "ReplicationSource"),
        ("k8up.io", "Schedule"),
        ("backup.aws.upbound.io", "Plan"),
        ("backup.aws.m.upbound.io", "Plan"),
    )
)

_Found = tuple[Rule, Path, str]


def _marks(pair: Pair, sides: Sides, losses: Losses) -> Iterator[_Found]:
    """What keeps an object, or what it stands for, when Git does not have it any more."""
    old, new = pair.old, pair.new
    if is_managed(old) and (kept := kept_outside(old)) and not kept_outside(new):
        path = "managementPolicies" if kept.startswith("management") else "deletionPolicy"
        yield UNPROTECTED, ("spec", path), f"what is in AWS goes with the object from now on; it had {kept}"
    elif is_kustomization(old):
        yield from _pruning(pair, sides, losses)
    elif (kept := why_kept(old, pair.was)) and ": " in kept and not why_kept(new, pair.owner) and losses.of(new):
        yield UNPROTECTED, ("metadata", "annotations"), f"it is deleted when Git has it no more; it had {kept}"


def _pruning(pair: Pair, sides: Sides, losses: Losses) -> Iterator[_Found]:
    """What a Kustomization deletes now and did not: told only if there is something to lose."""
    old, new = pair.old, pair.new
    prunes = [obj.spec.get("prune") is True for obj in (old, new)]
    orphans = [obj.spec.get("deletionPolicy") == "Orphan" for obj in (old, new)]
    if prunes != [False, True] and orphans != [True, False]:
        return
    lost = [obj.key for obj in sides.brought_by(pair.home, new.key) if losses.of(obj)]
    if not lost:
        return
    if prunes == [False, True]:
        yield UNPROTECTED, ("spec", "prune"), f"what Git has no more is deleted from now on, as {named(lost)} would be"
    else:
        message = f"it deletes what it applied when it goes from now on, as {named(lost)} would be"
        yield UNPROTECTED, ("spec", "deletionPolicy"), message


@dataclass(frozen=True)
class _Switch:
    rule: Rule
    path: Names
    """The way to the field; entries of lists of one are not named."""
    protects: Callable[[Any], bool]
    """True if a value protects; told is a change from one that does to one that does not."""
    says: str
    kinds: frozenset[GroupKind] = frozenset()
    """Kinds that have it; empty if all resources of AWS may."""

    def is_for(self, obj: KubeObject) -> bool:
        return (obj.group, obj.kind) in self.kinds if self.kinds else is_managed(obj)


def _is_on(value: Any) -> bool:
    return value is True


def _is_not_on(value: Any) -> bool:
    return value is not True


def _is_kept(value: Any) -> bool:
    return isinstance(value, (int, float)) and value > 0


def _is(wanted: str) -> Callable[[Any], bool]:
    return lambda value: value == wanted


def _is_not(wanted: object) -> Callable[[Any], bool]:
    return lambda value: value != wanted


_PROVIDER = ("spec", "forProvider")
_CLAIMS = ("spec", "persistentVolumeClaimRetentionPolicy")
_STATEFUL_SET: frozenset[GroupKind] = frozenset({("apps", "StatefulSet")})
_SWITCHES = (
    *(
        _Switch(UNPROTECTED, (*_PROVIDER, name), _is_on, "AWS does not refuse to delete it any more")
        for name in ("deletionProtection", "deletionProtectionEnabled", "enableDeletionProtection")
    ),
    _Switch(UNPROTECTED, (*_PROVIDER, "skipFinalSnapshot"), _is_not_on, "no snapshot is made when it is deleted"),
    _Switch(UNPROTECTED, (*_PROVIDER, "forceDestroy"), _is_not_on, "it is deleted with all that is in it"),
    _Switch(UNPROTECTED, (*_PROVIDER, "forceDelete"), _is_not_on, "it is deleted with all that is in it"),
    _Switch(UNPROTECTED, (*_PROVIDER, "recoveryWindowInDays"), _is_not(0), "it cannot be restored once it is deleted"),
    _Switch(
        UNPROTECTED,
        ("spec", "persistentVolumeReclaimPolicy"),
        _is("Retain"),
        "its data is deleted with its claim",
        frozenset({("", "PersistentVolume")}),
    ),
    _Switch(
        UNPROTECTED, (*_CLAIMS, "whenDeleted"), _is_not("Delete"), "its volumes are deleted with it", _STATEFUL_SET
    ),
    _Switch(
        UNPROTECTED,
        (*_CLAIMS, "whenScaled"),
        _is_not("Delete"),
        "the volumes of pods that go are deleted with them",
        _STATEFUL_SET,
    ),
    _Switch(NO_BACKUP, (*_PROVIDER, "backupRetentionPeriod"), _is_kept, "AWS keeps no backups of it"),
    _Switch(NO_BACKUP, (*_PROVIDER, "snapshotRetentionLimit"), _is_kept, "AWS keeps no snapshots of it"),
    _Switch(
        NO_BACKUP, (*_PROVIDER, "pointInTimeRecovery", "enabled"), _is_on, "it cannot be restored to a point in time"
    ),
    _Switch(
        NO_BACKUP,
        (*_PROVIDER, "versioningConfiguration", "status"),
        _is("Enabled"),
        "what is overwritten or deleted is not kept",
    ),
    _Switch(NO_BACKUP, (*_PROVIDER, "backupPolicy", "status"), _is("ENABLED"), "AWS makes no backups of it"),
    _Switch(
        NO_BACKUP,
        ("spec", "paused"),
        _is_not_on,
        "no more backups are made by it",
        frozenset({("velero.io", "Schedule"), ("volsync.backube", "ReplicationSource")}),
    ),
    _Switch(
        NO_BACKUP,
        ("spec", "suspend"),
        _is_not_on,
        "no more backups are made by it",
        frozenset({("postgresql.cnpg.io", "ScheduledBackup")}),
    ),
)


def _switches(pair: Pair) -> Iterator[_Found]:
    for switch in _SWITCHES:
        if not switch.is_for(pair.new):
            continue
        (before, _), (after, path) = (_at(obj.value, switch.path) for obj in (pair.old, pair.new))
        if is_unknown((before, after)) or not switch.protects(before) or switch.protects(after):
            continue
        yield switch.rule, path, f"{switch.says}: {'.'.join(switch.path)} is changed"


def _at(value: Any, names: Names) -> tuple[Any, Path]:
    """A field and the way to it, through lists of one."""
    path: Path = ()
    for name in names:
        if isinstance(value, list) and value:
            value, path = value[0], (*path, 0)
        value, path = mapping(value).get(name), (*path, name)
    return value, path
