"""The values of expressions: Python's own for what JSON has, and these for the rest.

`int`, `float`, `str`, `bytes`, `bool`, `None`, `list` and `dict` stand for themselves. A `CelError` as an element of a
list or map is what reading that element comes to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.checks.cel.errors import NO_OVERLOAD, CelError, CelUnsupported
from slipway.checks.cel.meter import Meter

MIN_INT, MAX_INT, MAX_UINT = -(2**63), 2**63 - 1, 2**64 - 1

CHARACTERS_PER_STEP = 10
"""How much of a text costs as much as a node, as the API server counts."""


class Uint(int):
    """An unsigned integer, which literals with `u` are."""


@dataclass(frozen=True)
class TypeValue:
    """A type, as `type(x)` gives it."""

    name: str


@dataclass(frozen=True, order=True)
class Duration:
    """A span of time."""

    nanoseconds: int


@dataclass(frozen=True, order=True)
class Timestamp:
    """A point in time."""

    nanoseconds: int
    """Since 1970, in UTC."""


@dataclass(frozen=True)
class Optional:
    """A value that may be missing."""

    present: bool
    value: Any = None

    def got(self) -> Any:
        """The value."""
        if not self.present:
            raise CelError("optional.none() dereference")
        return self.value


NONE = Optional(present=False)


def some(value: Any) -> Optional:
    """A value that is there."""
    return Optional(present=True, value=value)


class Struct(dict[str, Any]):
    """An object whose schema names its fields.

    Attributes:
        declared: what fields there may be; others are not to be seen.
        unseen: the fields that are there and not to be seen.
    """

    def __init__(self, fields: Mapping[str, Any], declared: frozenset[str], unseen: Mapping[str, Any]) -> None:
        super().__init__(fields)
        self.declared = declared
        self.unseen = unseen


class SetList(list[Any]):
    """A list in which order does not count."""


class KeyedList(list[Any]):
    """A list whose elements are told apart by some of their fields.

    Attributes:
        keys: the names of those fields.
    """

    def __init__(self, items: list[Any], keys: tuple[str, ...]) -> None:
        super().__init__(items)
        self.keys = keys

    def key(self, item: Any) -> tuple[Any, ...]:
        """What tells an element from others."""
        return tuple(scalar_key(item.get(key)) for key in self.keys) if isinstance(item, dict) else ()


class Opaque:
    """A value without a schema, of which only equality is known.

    Attributes:
        value: as JSON has it.
    """

    def __init__(self, value: Any) -> None:
        self.value = value


_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "bool"),
    (Uint, "uint"),
    (int, "int"),
    (float, "double"),
    (str, "string"),
    (bytes, "bytes"),
    (list, "list"),
    (dict, "map"),
    (type(None), "null_type"),
    (Timestamp, "google.protobuf.Timestamp"),
    (Duration, "google.protobuf.Duration"),
    (Optional, "optional_type"),
    (TypeValue, "type"),
)


def type_name(value: Any) -> str:
    """The name of a value's type."""
    for python, name in _TYPES:
        if isinstance(value, python):
            return name
    return str(getattr(value, "type_name", "unknown"))


def read(value: Any) -> Any:
    """An element, or the error that it is."""
    if isinstance(value, CelError):
        raise value
    return value


def truth(value: Any) -> bool:
    """A bool.

    Raises:
        CelError: it is none.
    """
    if not isinstance(value, bool):
        raise CelError(NO_OVERLOAD)
    return value


def is_number(value: Any) -> bool:
    """True for int, uint and double."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def equal(one: Any, other: Any, meter: Meter) -> bool:
    """What `==` says; values of different types are not equal, but numbers are compared by value."""
    read(one), read(other)
    if is_number(one) and is_number(other):
        return bool(one == other)
    if isinstance(one, Opaque) or isinstance(other, Opaque):
        return _same_json(_json(one), _json(other), meter)
    if isinstance(one, list) and isinstance(other, list):
        return _equal_lists(one, other, meter)
    if isinstance(one, dict) and isinstance(other, dict):
        return _equal_maps(one, other, meter)
    if isinstance(one, Optional) and isinstance(other, Optional):
        return one.present == other.present and (not one.present or equal(one.value, other.value, meter))
    if isinstance(one, str) and isinstance(other, str):
        meter.charge(min(len(one), len(other)) // CHARACTERS_PER_STEP)
    return type_name(one) == type_name(other) and bool(one == other)


def _json(value: Any) -> Any:
    return value.value if isinstance(value, Opaque) else value


def _same_json(one: Any, other: Any, meter: Meter) -> bool:
    meter.charge(1)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same_json(one[key], other[key], meter) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            _same_json(left, right, meter) for left, right in zip(one, other, strict=True)
        )
    return type(one) is type(other) and bool(one == other)


def _equal_lists(one: list[Any], other: list[Any], meter: Meter) -> bool:
    meter.charge(len(one))
    if len(one) != len(other):
        return False
    if isinstance(one, SetList):
        return {scalar_key(item) for item in one} == {scalar_key(item) for item in other}
    if isinstance(one, KeyedList):
        known = {one.key(item): item for item in one}
        return all(one.key(item) in known and equal(known[one.key(item)], item, meter) for item in other)
    return all(equal(left, right, meter) for left, right in zip(one, other, strict=True))


def scalar_key(item: Any) -> tuple[str, Any]:
    """What tells one scalar from others, `true` from `1` too."""
    read(item)
    if isinstance(item, list | dict | Opaque):
        raise CelError("listSet operations are only supported on lists of scalar values")
    return type_name(item), item


def _equal_maps(one: dict[Any, Any], other: dict[Any, Any], meter: Meter) -> bool:
    meter.charge(len(one))
    if size_of_map(one) != size_of_map(other):
        return False
    if not all(key in other and equal(value, other[key], meter) for key, value in one.items()):
        return False
    if isinstance(one, Struct) and isinstance(other, Struct):
        shared = one.unseen.keys() & other.unseen.keys()
        return all(_same_json(one.unseen[key], other.unseen[key], meter) for key in shared)
    return True


def size_of_map(value: dict[Any, Any]) -> int:
    """How many entries; those of an object that its schema does not name count too."""
    return len(value) + (len(value.unseen) if isinstance(value, Struct) else 0)


def not_a_struct(value: Any) -> None:
    """Refuse what the server's compiler refuses: to take an object with named fields for a map."""
    if isinstance(value, Struct):
        raise CelUnsupported("an object with named fields is taken for a map")


def compare(one: Any, other: Any) -> int:
    """Which comes first, as -1, 0 or 1.

    Raises:
        CelError: there is no order between them.
    """
    numbers = is_number(one) and is_number(other)
    if not numbers and type_name(one) != type_name(other):
        raise CelError(NO_OVERLOAD)
    if not numbers and not isinstance(one, str | bytes | bool | Timestamp | Duration):
        raise CelError(NO_OVERLOAD)
    if one != one or other != other:  # that is what NaN is
        raise CelError("NaN values cannot be ordered")
    return int(one > other) - int(one < other)
