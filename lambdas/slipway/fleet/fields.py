"""What differs between two values, field by field.

Entries of lists are compared with those that are the same to Kubernetes, or that look alike; an order that changes is
told. So nothing is left out: the changes, applied to the old value, give the new one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from slipway.fleet.alignment import align
from slipway.fleet.field_path import Entry, Position, Steps, field_names, path_text
from slipway.fleet.list_keys import Keys, ListKeys


class Missing(Enum):
    """The type of `MISSING`."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
"""In place of the value of a field that is not there, which is something else than a field that is null."""


@dataclass(frozen=True)
class FieldChange:
    """One field that differs."""

    steps: Steps
    """The way to the field, from the object down; empty if it is the whole value."""
    old: Any = field(hash=False)
    """Its value before, or `MISSING`."""
    new: Any = field(hash=False)
    """Its value after, or `MISSING`."""
    at: int | None = None
    """Of an entry that comes into a list: its position there."""
    reordered: bool = False
    """True if it is a list whose entries, of those that stay, have another order; old and new are their names."""

    @property
    def path(self) -> str:
        """E.g. `spec.template.spec.containers[name=main].image`."""
        return path_text(self.steps)


def same(one: Any, other: Any) -> bool:
    """True if two values are alike in JSON, which tells `1` from `true` and Python does not."""
    return one is other or (one == other and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))


def field_changes(old: Any, new: Any, keys: ListKeys) -> tuple[FieldChange, ...]:
    """The fields that differ, in the order that the object has them.

    Args:
        old: mappings, lists and scalars.
        new: the same.
        keys: by which fields the entries of a list are told apart.
    """
    return tuple(_changes(old, new, (), keys))


def _changes(old: Any, new: Any, steps: Steps, keys: ListKeys) -> Iterator[FieldChange]:
    if same(old, new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in _merged(old, new):
            yield from _changes(old.get(name, MISSING), new.get(name, MISSING), (*steps, name), keys)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_changes(old, new, steps, keys)
    else:
        yield FieldChange(steps, old, new)


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """The names of both: in the order of the new, those that go after what they came after."""
    gone: dict[str | None, list[str]] = {}
    before = None
    for name in old:
        if name in new:
            before = name
        else:
            gone.setdefault(before, []).append(name)
    yield from gone.get(None, ())
    for name in new:
        yield name
        yield from gone.get(name, ())


def _list_changes(old: list[Any], new: list[Any], steps: Steps, keys: ListKeys) -> Iterator[FieldChange]:
    names = field_names(steps)
    for wanted in filter(None, (keys(names) if names else (), _BY_NAME)):
        before, after = _entries(old, wanted), _entries(new, wanted)
        if before is not None and after is not None:
            yield from _keyed_changes(before, after, steps, keys)
            return
    pairs = align(old, new)
    if pairs is None:
        yield FieldChange(steps, old, new)
        return
    for before_at, after_at in pairs:
        if after_at is None:
            yield FieldChange((*steps, Position(before_at or 0)), old[before_at or 0], MISSING)
        elif before_at is None:
            yield FieldChange((*steps, Position(after_at)), MISSING, new[after_at], at=after_at)
        else:
            yield from _changes(old[before_at], new[after_at], (*steps, Position(after_at)), keys)


_BY_NAME: Keys = (("name", None),)
"""What tells entries apart where nothing says so and each has one, as in `dependsOn` of a Kustomization."""

_Entries = dict[str, tuple[Entry, int, Any]]
"""The entries of a list by what tells them apart: how they are called, where they are, what they are."""


def _entries(values: list[Any], keys: Keys) -> _Entries | None:
    """None if they cannot be told apart."""
    found: _Entries = {}
    for index, value in enumerate(values):
        if not isinstance(value, Mapping):
            return None
        told = tuple(value.get(name, default) for name, default in keys)
        if not all(isinstance(item, (str, int)) for item in told):
            return None
        shown = tuple((name, value[name]) for name, _ in keys if name in value)
        identity = json.dumps(told)
        if identity in found or not shown:
            return None
        found[identity] = Entry(shown), index, value
    return found


def _keyed_changes(old: _Entries, new: _Entries, steps: Steps, keys: ListKeys) -> Iterator[FieldChange]:
    for identity in _merged(old, new):
        if identity not in new:
            entry, _, value = old[identity]
            yield FieldChange((*steps, entry), value, MISSING)
            continue
        entry, index, value = new[identity]
        if identity in old:
            yield from _changes(old[identity][2], value, (*steps, entry), keys)
        else:
            yield FieldChange((*steps, entry), MISSING, value, at=index)
    before = [str(new[identity][0]) for identity in old if identity in new]
    after = [str(entry) for identity, (entry, _, _) in new.items() if identity in old]
    if before != after:
        yield FieldChange(steps, before, after, reordered=True)
