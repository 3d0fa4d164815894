"""Substitution in an object that many clusters have, without reading its YAML anew for each.

Flux substitutes in the text of an object, and what is there then is read as YAML. Where every value is a plain word,
the text has the same structure whatever the values are: it is read once, with words in place of the expressions, and
the values are put into the scalars that hold these. Everything else is left to `slipway.fleet.post_build`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.errors import InputError
from slipway.fleet import dialect
from slipway.fleet.composer import Composer
from slipway.fleet.expressions import Expression, parse
from slipway.fleet.substitute import substitute

MAX_VALUE = 256
"""Characters of a value that is put in here."""
MAX_TEXT = 1_000_000
"""Characters of a text that is looked at here."""

_WORD = re.compile(rf"[A-Za-z0-9](?:[A-Za-z0-9_./:@-]{{0,{MAX_VALUE - 2}}}[A-Za-z0-9_./-])?")
"""A value that is neither syntax nor the end of a scalar, wherever a scalar may hold it."""


@dataclass(frozen=True)
class Template:
    """An object with gaps."""

    expressions: tuple[str, ...]
    """What stands in each gap, as written."""
    value: Any
    marks: Any
    """Where the gaps are: of a mapping or list those of its values that have some by key, of a scalar the scalar."""
    gap: re.Pattern[str]
    """A gap in a scalar, with its number."""

    def filled(self, values: Mapping[str, str], *, strict: bool) -> Any:
        """The object with values in its gaps; None if that is to be done by its text.

        Args:
            values: the variables.
            strict: see `slipway.fleet.substitute`.
        """
        words = []
        for expression in self.expressions:
            try:
                word = substitute(expression, values, strict=strict)
            except InputError:
                return None
            if not _WORD.fullmatch(word):
                return None
            words.append(word)
        try:
            return self._filled(self.value, self.marks, words)
        except InputError:
            return None

    def _filled(self, value: Any, marks: Any, words: list[str]) -> Any:
        if isinstance(marks, _Scalar):
            text = self.gap.sub(lambda found: words[int(found[1])], value)
            if not marks.is_plain:
                return text
            read = dialect.plain(text)
            return dialect.finite(read) if type(read) is float else read
        copy = value.copy()
        for key, inner in marks.items():
            copy[key] = self._filled(value[key], inner, words)
        return copy


def template_of(text: str) -> Template | None:
    """The object that a text is, for more than one set of values; None if it has to be read for each.

    Args:
        text: YAML with expressions.
    """
    if len(text) > MAX_TEXT:
        return None
    word = next(word for number in range(len(text)) if (word := f"gap{number}x") not in text)
    try:
        pieces = parse(text)
        expressions = [piece for piece in pieces if isinstance(piece, Expression)]
        numbers = iter(range(len(expressions)))
        with_gaps = "".join(piece if isinstance(piece, str) else f"{word}{next(numbers)}x" for piece in pieces)
        if re.search(rf"[&*!%]\S*{word}", with_gaps):
            return None  # the name of an anchor or a tag, which no scalar holds
        composer = _Composer(with_gaps.encode(), word)
        event = next(composer.events.roots(), None)
        value = None if event is None else composer.compose(event, 0)
        marks = _marks(value)
    except (InputError, _NotFound, UnicodeError):
        return None
    written = tuple(text[each.start : each.end] for each in expressions)
    return Template(written, value, marks, re.compile(rf"{word}(\d+)x")) if marks else None


class _NotFound(Exception):
    """A gap is where none is put."""


class _Scalar(str):
    """A scalar with gaps."""

    __slots__ = ("is_plain",)
    is_plain: bool


class _Composer(Composer):
    """Marks the scalars that hold a word."""

    def __init__(self, data: bytes, word: str) -> None:
        super().__init__(data, "")
        self._word = word

    def _read(self, event: Any, text: str) -> Any:
        if self._word not in text:
            return super()._read(event, text)
        if event.tag is not None or self._awaits_key():
            raise _NotFound
        scalar = _Scalar(text)
        scalar.is_plain = not event.style and event.implicit[0]
        return scalar


def _marks(value: Any) -> Any:
    if isinstance(value, _Scalar):
        return value
    if isinstance(value, dict):
        found = {key: inner for key, item in value.items() if (inner := _marks(item))}
    elif isinstance(value, list):
        found = {index: inner for index, item in enumerate(value) if (inner := _marks(item))}
    else:
        return None
    return found or None
