"""Flux's `postBuild` variable substitution.

Flux applies it to the whole YAML text of each resource, after the build, if `spec.postBuild` yields at least one variable or says
`substituteStrategy: Always`; the caller decides that, takes line breaks out of the values and checks names by `valid_name`. The
rules are those of fluxcd/pkg, `kustomize/kustomize_varsub.go` and `envsubst/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from slipway.errors import LimitError
from slipway.fleet.expressions import Expression, Piece, SubstitutionError, parse
from slipway.fleet.operators import DEFAULTS, MAX_SIZE, apply

__all__ = ["KEEP", "Keep", "Reference", "SubstitutionError", "references", "substitute", "valid_name"]


class Keep(Enum):
    """The type of `KEEP`."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
"""The value of a variable that is set, but known only on the cluster: its expression stays in the text as it is written."""

Lookup = Callable[[str], str | Keep | None] | Mapping[str, str | Keep]
"""A variable's value by its name; None, or no entry, if it is not set."""

_VALID_NAME = re.compile(r"[_A-Za-z][_A-Za-z0-9]*")


@dataclass(frozen=True, slots=True)
class Reference:
    """A variable that substitution would look up."""

    name: str
    """Its name."""
    line: int
    """1-based line of the text at which its expression starts."""
    has_default: bool
    """True if the expression has a default, so that the variable need not be set."""


def substitute(text: str, variables: Lookup, *, strict: bool) -> str:
    """The text with the value of every `${…}` in its place, and `$` for every `$$`.

    Args:
        text: the YAML of one resource.
        variables: the values by name; `KEEP` leaves an expression as it is, and with it every expression that needs its value.
        strict: a variable that is neither set nor given a default is an error (Flux 2.9 and later) rather than empty. Flux
            evaluates defaults even where they are not used, so a variable in a default must be set too.

    Raises:
        SubstitutionError: Flux would refuse the text, a variable is missing, or the result is not UTF-8.
        LimitError: expressions nest too deep, a value is too long for wildcards, or the result is larger than `MAX_SIZE`.
    """
    if "${" not in text and "$$" not in text:
        return text
    lookup = variables.get if isinstance(variables, Mapping) else variables
    evaluation = _Evaluation(lookup, strict=strict)
    result, _ = evaluation.joined(parse(text))
    return result if result.isascii() else _whole(result)


def references(text: str) -> tuple[Reference, ...]:
    """Every variable that substitution would look up, in the order of the text; those in defaults and other arguments too.

    Raises:
        SubstitutionError: Flux would refuse the text.
        LimitError: expressions nest too deep.
    """
    return tuple(_references(parse(text))) if "${" in text else ()


def valid_name(name: str) -> bool:
    """True if Flux accepts a variable of this name; one that it does not accept fails the whole Kustomization."""
    return _VALID_NAME.fullmatch(name) is not None


class _Evaluation:
    """One pass over a text's pieces; each value comes with whether it holds an expression that was kept."""

    def __init__(self, lookup: Callable[[str], str | Keep | None], *, strict: bool) -> None:
        self._lookup = lookup
        self._strict = strict

    def joined(self, pieces: Iterable[Piece]) -> tuple[str, bool]:
        values: list[str] = []
        size = 0
        kept = False
        for piece in pieces:
            value = piece
            if isinstance(piece, Expression):
                value, is_kept = self._value(piece)
                kept = kept or is_kept
            ...
        return "".join(values), kept


def _references(pieces: Iterable[Piece]) -> Iterator[Reference]:
    for piece in pieces:
        if isinstance(piece, Expression):
            yield Reference(piece.name, piece.line, piece.operator in DEFAULTS)
            yield from _references(piece.arguments)


def _whole(text: str) -> str:
    """Halves of a character that met again become that character."""
    try:
        return text.encode(errors="surrogateescape").decode()
    except UnicodeError:
        raise SubstitutionError("") from None
