"""Flux's `postBuild` variable substitution.

Flux applies it to the whole YAML text of each resource, after the build, if `spec.postBuild` yields at least one
variable or says `substituteStrategy: Always`; the caller decides that, takes line breaks out of the values and checks
names by `valid_name`. The rules are those of fluxcd/pkg, `kustomize/kustomize_varsub.go` and `envsubst/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from slipway.errors import LimitError
from slipway.fleet.expressions import Expression, Piece, SubstitutionError, line_at, parse
from slipway.fleet.operators import DEFAULTS, MAX_EFFORT, MAX_SIZE, apply, effort

__all__ = ["KEEP", "Keep", "Reference", "SubstitutionError", "references", "substitute", "valid_name"]


class Keep(Enum):
    """The type of `KEEP`."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
"""The value of a variable that is set, but known only on the cluster: its expression stays in the text as written."""

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
        variables: the values by name. `KEEP` leaves an expression as written, and every other that needs its value.
        strict: a variable that is neither set nor given a default is an error (Flux 2.9 and later), not empty. Flux
            evaluates a default even if it is not used, so the variables in it must be set too.

    Raises:
        SubstitutionError: Flux would refuse the text, a variable is not set, or the result is not UTF-8.
        LimitError: expressions nest too deep, wildcards take too long, or the result is larger than `MAX_SIZE`.
    """
    if "$" not in text or ("${" not in text and "$$" not in text):
        return text
    lookup = variables.get if isinstance(variables, Mapping) else variables
    evaluation = _Evaluation(text, lookup, strict=strict)
    try:
        result, _ = evaluation.joined(parse(text))
        # Halves of a character that met again become that character.
        return result if result.isascii() else result.encode(errors="surrogateescape").decode()
    except UnicodeError:
        raise SubstitutionError(
            "the result is not UTF-8: offsets and wildcards, as in ${name:0:1}, count bytes and cut a character in two",
        ) from None


def references(text: str) -> tuple[Reference, ...]:
    """Every variable that substitution would look up, in the text's order, with those in defaults and other arguments.

    Raises:
        SubstitutionError: Flux would refuse the text.
        LimitError: expressions nest too deep.
    """
    if "${" not in text:
        return ()
    found: list[Reference] = []
    line, counted = 1, 0
    for expression in _expressions(parse(text)):
        line += text.count("\n", counted, expression.start)
        counted = expression.start
        found.append(Reference(expression.name, line, expression.operator in DEFAULTS))
    return tuple(found)


def valid_name(name: str) -> bool:
    """True if Flux accepts a variable of this name; one that it does not accept fails the whole Kustomization."""
    return _VALID_NAME.fullmatch(name) is not None


class _Evaluation:
    """One pass over a text's pieces; each value comes with whether a kept expression is part of it."""

    def __init__(self, text: str, lookup: Callable[[str], str | Keep | None], *, strict: bool) -> None:
        self._text = text
        self._lookup = lookup
        self._strict = strict
        self._effort = 0

    def joined(self, pieces: Iterable[Piece]) -> tuple[str, bool]:
        values: list[str] = []
        size = 0
        kept = False
        for piece in pieces:
            value, is_kept = (piece, False) if isinstance(piece, str) else self._value(piece)
            size += len(value)
            if size > MAX_SIZE:
                raise LimitError(f"substitution makes a resource larger than {MAX_SIZE} characters")
            kept = kept or is_kept
            values.append(value)
        return "".join(values), kept

    def _value(self, expression: Expression) -> tuple[str, bool]:
        operator = expression.operator
        has_default = operator in DEFAULTS
        value = self._lookup(expression.name)
        if value is None:
            if self._strict and not has_default:
                raise self._missing(expression)
            value = ""
        if not operator:
            return (self._source(expression), True) if value is KEEP else (value, False)
        # Flux evaluates every argument, needed or not. A default is one word in parts.
        words = [expression.arguments] if has_default else [(argument,) for argument in expression.arguments]
        arguments = [self.joined(word) for word in words]
        kept = any(is_kept for _, is_kept in arguments)
        if value is KEEP or (kept and not has_default):
            return self._source(expression), True
        return self._applied(expression, value, [argument for argument, _ in arguments]), kept and not value

    def _applied(self, expression: Expression, value: str, arguments: list[str]) -> str:
        self._effort += effort(expression.operator, value, arguments)
        if self._effort > MAX_EFFORT:
            raise LimitError(f"wildcards in variables would take more than {MAX_EFFORT} steps")
        return apply(expression.operator, value, arguments)

    def _source(self, expression: Expression) -> str:
        return self._text[expression.start : expression.end]

    def _missing(self, expression: Expression) -> SubstitutionError:
        name = expression.name
        return SubstitutionError(
            f"the variable {name} is not set: set it in postBuild.substitute or in a source of "
            f"substituteFrom, give it a default as ${{{name}:=default}}, or write $${{{name}}} if it is not Flux's",
            line=line_at(self._text, expression.start),
            near=f"${{{name}",
            is_unset=True,
        )


def _expressions(pieces: Iterable[Piece]) -> Iterator[Expression]:
    for piece in pieces:
        if isinstance(piece, Expression):
            yield piece
            yield from _expressions(piece.arguments)
