"""Functions that do one thing or another by the types of what they are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slipway.checks.cel.errors import CelError
from slipway.checks.cel.meter import Meter
from slipway.checks.cel.values import CHARACTERS_PER_STEP, read, type_name

Overload = tuple[tuple[str, ...], Callable[..., Any]]
"""The names of the types that it is for, `""` for any; and what it does."""


class Function:
    """A function or method; a method's first argument is its target.

    Attributes:
        counts: the least and most arguments.
    """

    def __init__(self, name: str, overloads: tuple[Overload, ...], *, metered: bool = False) -> None:
        """Take the name as errors have it, and what there is to choose from.

        Args:
            name: of the function.
            overloads: in which to look, in this order.
            metered: they take the meter as their first argument.
        """
        self._name = name
        self._overloads = overloads
        self._metered = metered
        counts = [len(types) for types, _ in overloads]
        self.counts = min(counts), max(counts)

    def run(self, meter: Meter, *arguments: Any) -> Any:
        """Call it.

        Raises:
            CelError: it fails, or it is not for such values.
        """
        names = [type_name(read(argument)) for argument in arguments]
        meter.charge(sum(map(_size, arguments)))
        for types, called in self._overloads:
            if len(types) == len(names) and all(type_ in ("", name) for type_, name in zip(types, names, strict=True)):
                result = called(meter, *arguments) if self._metered else called(*arguments)
                meter.charge(_size(result))
                return result
        raise CelError(f"no such overload: {self._name}({', '.join(names)})")


def _size(value: Any) -> int:
    if isinstance(value, str | bytes):
        return len(value) // CHARACTERS_PER_STEP
    return len(value) if isinstance(value, list) else 0


Table = Mapping[str, tuple[Overload, ...]]


def methods(table: Table, *, metered: bool = False) -> dict[tuple[str, bool], Function]:
    """Methods by name."""
    return {(name, True): Function(name, overloads, metered=metered) for name, overloads in table.items()}


def functions(table: Table, *, metered: bool = False) -> dict[tuple[str, bool], Function]:
    """Functions by name."""
    return {(name, False): Function(name, overloads, metered=metered) for name, overloads in table.items()}
