"""A place that may have written a field of a build's output, and how a build is asked whether it has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from slipway.fleet.manifests import Path
from slipway.fleet.marks import Node, other
from slipway.fleet.sheets import Inputs, Place, Sheet

OBJECT: Final = "object"
"""`Writer.through` of the object's own file."""


@dataclass(frozen=True)
class Writer:
    """A candidate."""

    through: str
    """What it is: `OBJECT`, or the field of a kustomization or of a Flux Kustomization, e.g. `patches`, `images`."""
    place: Callable[[int], Place]
    """Its place; that of what holds it, so many levels up."""
    otherwise: Callable[[], Inputs]
    """What the build is made from if it writes something else."""
    is_whole: bool = True
    """True if what it writes is all of the field's value."""


def of_node(through: str, sheet: Sheet, way: tuple[Node, ...], *, is_whole: bool = True, text: str = "") -> Writer:
    """A value in a sheet.

    Args:
        through: see `Writer`.
        sheet: where it stands.
        way: the way to it: keys and items, and the value at last.
        is_whole: see `Writer`.
        text: what it may be instead, in the flow style; by default another value of the same type.
    """
    keys, value = way[:-1], way[-1]

    def place(levels: int) -> Place:
        if levels >= len(keys):
            return sheet.place(keys[0] if keys else value)
        return sheet.place(keys[len(keys) - 1 - levels], None if levels else value)

    def otherwise() -> Inputs:
        return sheet.rewritten(sheet.marks.with_text(value, text or other(value)))

    return Writer(through, place, otherwise, is_whole=is_whole)


def of_spec(through: str, inputs: Inputs, path: Path, new: Any, *, is_whole: bool = True) -> Writer:
    """A value in the spec of the Flux Kustomization.

    Args:
        through: see `Writer`.
        inputs: what the build is made from.
        path: where it stands in the spec.
        new: what it may be instead.
        is_whole: see `Writer`.
    """

    def place(levels: int) -> Place:
        return Place("", 0, path[: max(len(path) - levels, 1)])

    return Writer(through, place, lambda: inputs.with_spec(path, new), is_whole=is_whole)
