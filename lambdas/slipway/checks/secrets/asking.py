"""The SealedSecrets of a change, asked of whoever has the fleet's key: each once, all at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slipway.checks.finding import NotValidated
from slipway.checks.keyholder import KeyHolder
from slipway.checks.secrets.fleet_key import FleetKey, fleet_keys
from slipway.checks.secrets.sealing import is_sealed_secret
from slipway.checks.subject import Landed, Subject
from slipway.errors import InputError
from slipway.fleet.objects import KubeObject, mapping
from slipway.sealing.published import CERTIFICATE_FILE

if TYPE_CHECKING:  # cryptography, which a check without a key has no use for
    from slipway.sealing.exchange import Failure, KeyState, Told

MAX_ASKED = 5_000
"""Sealed values that are asked for in one check. A value takes 10 ms (docs/sealing.md), so that this takes a minute."""
MAX_NAMED = 3
"""Clusters that are named; the others are counted."""


@dataclass(frozen=True)
class Asked:
    """A SealedSecret that was asked for."""

    landed: Landed
    clusters: tuple[str, ...]
    """Those that have the fleet's key."""
    told: Told


@dataclass(frozen=True)
class Answers:
    """What was answered; nothing without a key holder, and of a change without SealedSecrets."""

    state: KeyState | None = None
    asked: tuple[Asked, ...] = ()
    keys: Mapping[str, FleetKey] = field(default_factory=dict)
    """What the clusters have, by their names."""
    not_validated: tuple[NotValidated, ...] = ()

    def opened(self) -> set[int]:
        """The SealedSecrets that open wherever they land, by their identity."""
        return {id(one.landed.obj) for one in self.asked if not one.told.failed and one.clusters == one.landed.clusters}

    def closed(self) -> set[int]:
        """Those that certainly do not open, wherever they land."""
        return {
            id(one.landed.obj)
            for one in self.asked
            if one.told.failed
            and one.clusters == one.landed.clusters
            and all(self.certain(failure, one.clusters) == one.clusters for failure in one.told.failed)
        }

    def certain(self, failure: Failure, clusters: tuple[str, ...]) -> tuple[str, ...]:
        """The clusters on which a value certainly does not open: of those with another key besides, only that knows."""
        if failure.reason == "unknown":
            return ()
        return tuple(name for name in clusters if failure.reason != "no key" or not self.keys[name].others)


def ask(subject: Subject) -> Answers:
    """Ask for the SealedSecrets that a change brings to clusters or changes there; for all if there is no base."""
    holder = subject.key_holder
    wanted = list(_wanted(subject)) if holder else []
    other_certificate = holder is not None and changes_certificate(subject)
    if holder is None or not (wanted or other_certificate):
        return Answers()
    keys = fleet_keys(subject.fleet, holder.secret, {name for _, names in wanted for name in names})
    not_validated = [item for landed, names in wanted for item in _without_key(landed, names, keys)]
    askable = [(landed, with_key) for landed, names in wanted if (with_key := tuple(n for n in names if keys[n].has))]
    some, rest = _within_limit(askable)
    why = f"there are over {MAX_ASKED:,} sealed values in this change (MAX_ASKED)"
    not_validated += [NotValidated(about(landed, names), why, 1) for landed, names in rest]
    if not (some or other_certificate):
        return Answers(None, (), keys, tuple(not_validated))
    try:
        state, told = holder.state(), _told(holder, [landed.obj for landed, _ in some])
    except InputError as err:
        not_validated += [NotValidated(about(landed, names), err.message, 1) for landed, names in some]
        if other_certificate:
            not_validated.append(NotValidated(CERTIFICATE_FILE, err.message, 1))
        return Answers(None, (), keys, tuple(not_validated))
    asked = tuple(Asked(landed, names, each) for (landed, names), each in zip(some, told, strict=True))
    return Answers(state, asked, keys, tuple(not_validated))


def changes_certificate(subject: Subject) -> bool:
    """True if a change brings another published certificate."""
    if subject.against is None:
        return CERTIFICATE_FILE in subject.root
    before, after = (
        tree.read(CERTIFICATE_FILE) if CERTIFICATE_FILE in tree else b""
        for tree in (subject.against.root, subject.root)
    )
    return bool(after) and before != after


def about(landed: Landed, clusters: Iterable[str]) -> str:
    """An object with the clusters that something is said of."""
    names = sorted(clusters)
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return f"{landed.obj.key} on {', '.join(names[:MAX_NAMED])}{more}"


def _wanted(subject: Subject) -> Iterator[tuple[Landed, tuple[str, ...]]]:
    """SealedSecrets, each with the clusters on which it is new or another one.

    What the base could not render, it does not have: so it is asked for, too.
    """
    before: dict[tuple[str, object], list[KubeObject]] = {}
    if subject.against is not None:
        for cluster in subject.against.fleet.clusters.values():
            for obj in cluster.objects:
                if is_sealed_secret(obj):
                    before.setdefault((cluster.name, obj.key), []).append(obj)
    for landed in subject.distinct:
        if not is_sealed_secret(landed.obj) or not _has_values(landed.obj):
            continue
        names = tuple(
            name
            for name in landed.clusters
            if subject.is_chosen(name)
            and all(_differ(old, landed.obj) for old in before.get((name, landed.obj.key), ()))
        )
        if names:
            yield landed, names


def _has_values(obj: KubeObject) -> bool:
    return any(obj.spec.get(name) for name in ("encryptedData", "data"))


def _differ(one: KubeObject, other: KubeObject) -> bool:
    return one.value is not other.value and one.value != other.value


def _without_key(landed: Landed, names: Iterable[str], keys: Mapping[str, FleetKey]) -> Iterator[NotValidated]:
    """Clusters of which nothing is claimed, by the reason."""
    reasons: dict[str, list[str]] = {}
    for name in names:
        if not keys[name].has:
            reasons.setdefault(keys[name].why, []).append(name)
    for why, some in reasons.items():
        yield NotValidated(
            about(landed, some), f"whether the cluster has the fleet's sealing key is not known: {why}", 1
        )


_Wanted = list[tuple[Landed, tuple[str, ...]]]


def _within_limit(wanted: _Wanted) -> tuple[_Wanted, _Wanted]:
    """What is asked for, and what would be too much; objects that are alike count once."""
    seen: set[str] = set()
    room = MAX_ASKED
    some: _Wanted = []
    rest: _Wanted = []
    for landed, names in wanted:
        what = _question(landed.obj)
        number = 0 if what in seen else len(mapping(landed.obj.spec.get("encryptedData")))
        if number > room:
            rest.append((landed, names))
            continue
        seen.add(what)
        room -= number
        some.append((landed, names))
    return some, rest


def _told(holder: KeyHolder, objects: list[KubeObject]) -> list[Told]:
    """One answer for each object, in their order."""
    questions = [_question(obj) for obj in objects]
    distinct = dict(zip(questions, (obj.value for obj in objects), strict=True))
    if not distinct:
        return []
    answers = dict(zip(distinct, holder.check(list(distinct.values())), strict=True))
    return [answers[what] for what in questions]


def _question(obj: KubeObject) -> str:
    """What tells one question from another."""
    from slipway.sealing.exchange import trimmed

    return json.dumps(trimmed(obj.value), sort_keys=True)
