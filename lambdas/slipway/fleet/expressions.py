"""The grammar of Flux's post-build substitution: a text's literal parts and its `${…}` expressions.

The rules are those of Flux's own scanner and parser (fluxcd/pkg, `envsubst/parse`), including where they differ from its
README and from bash:

- A name is letters, digits and `_` of any script, in any order; whether it is a valid variable name is another rule.
- `$$` stands for `$` outside of expressions, and in the pattern and replacement of `${v/pattern/replacement}`; there `\\/` and
  `\\\\` are escapes too. A `$` before anything else, as in `$v` or `$(v)`, is text.
- Arguments hold text or nested expressions. Only default values mix the two; elsewhere an argument is one or the other.
- `${v-d}`, `${v+d}` and `${v?d}` are errors. So is a character outside of ASCII right after the `:` of an offset.
- A NUL character ends the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from slipway.errors import InputError, LimitError

MAX_DEPTH = 32
"""How deep expressions may be nested in each other's arguments."""

_EXCERPT = 60
"""How many characters of an expression a message quotes."""

_NEXT = re.compile(r"\$(?:\$|\{(?:([A-Za-z0-9_]+)\})?)")
"""The next place that is not literal text; the common `${name}` is read whole."""
_OPERATOR = re.compile(r":[=?+-]|[:=]|##?|%%?|/[/#%]?|[,^]{1,2}")
_WORD = re.compile(r"(?:[^}$]|\$(?!\{))+")
_OFFSET = re.compile(r"(?:[^:}$]|\$(?!\{))+")
_PATTERN = re.compile(r"(?:\$\$|\$(?!\{)|\\[/\\]|[^/$])+")
_REPLACEMENT = re.compile(r"(?:\$\$|\$(?!\{)|\\[/\\]|[^}$])+")
_ESCAPE = re.compile(r"\$(\$)|\\([/\\])")
_SLASHES = re.compile("/+")
_COLONS = re.compile(":+")


class SubstitutionError(InputError):
    """A text in which Flux cannot substitute variables; `line` counts in that text."""


@dataclass(frozen=True, slots=True)
class Expression:
    """One `${…}`."""

    name: str
    """The variable."""
    operator: str
    """What is done with its value, as written: `""`, `:=`, `##`, `/`, …; `#` without arguments is the length."""
    arguments: tuple[Piece, ...]
    """The words after the operator, escapes resolved. For the operators that give a default they are one word in parts."""
    line: int
    """1-based line of the text at which it starts."""
    source: str
    """The expression as it is written."""


Piece = str | Expression


def parse(text: str) -> list[Piece]:
    """The literal parts (`$$` resolved) and the expressions of a text, in their order.

    Raises:
        SubstitutionError: the text is not one that Flux accepts.
        LimitError: expressions are nested deeper than `MAX_DEPTH`.
    """
    text = text.partition("\0")[0]
    parser = _Parser(text)
    pieces: list[Piece] = []
    literal = position = 0
    while found := _NEXT.search(text, position):
        start, position = found.span()
        if position - start == 2 and text[start + 1] == "$":
            pieces.append(text[literal : start + 1])
        else:
            pieces.append(text[literal:start])
            line = parser.advance_line(start)
            if found[1]:
                pieces.append(Expression(found[1], "", (), line, found[0]))
            else:
                expression, position = parser.expression(start, depth=1)
                pieces.append(expression)
        literal = position
    pieces.append(text[literal:])
    return pieces


class _Parser:
    """Reads expressions at given positions of one text; positions only move forward."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line = 1
        self._counted = 0

    def advance_line(self, position: int) -> int:
        """The line of a position that is not before the last one asked for."""
        self._line += self._text.count("\n", self._counted, position)
        self._counted = position
        return self._line

    def expression(self, start: int, depth: int) -> tuple[Expression, int]:
        """The expression whose `${` is at `start`, and the position after its `}`."""
        line = self.advance_line(start)
        if depth > MAX_DEPTH:
            raise LimitError(f"line {line}: variables are nested more than {MAX_DEPTH} deep", line=line)
        text = self._text
        position = start + 2
        is_length = text.startswith("#", position)
        name, position = self._name(position + is_length)
        if not name:
            raise self._error(start, "no variable name follows `${`; write ${name}, or $${ for text that is not Flux's")
        operator, arguments = ("#", []) if is_length else ("", [])
        if not is_length and (found := _OPERATOR.match(text, position)):
            operator = found[0]
            arguments, position = self._arguments(operator, start, found.end(), depth)
        if not text.startswith("}", position):
            raise self._unclosed(start, name, position, operator)
        source = text[start : position + 1]
        return Expression(name, operator, tuple(arguments), line, source), position + 1

    def _name(self, position: int) -> tuple[str, int]:
        text, end = self._text, position
        while end < len(text) and (text[end] == "_" or text[end].isalpha() or text[end].isdecimal()):
            end += 1
        return text[position:end], end

    def _arguments(self, operator: str, start: int, position: int, depth: int) -> tuple[list[Piece], int]:
        text = self._text
        arguments: list[Piece] = []

        def read(word: re.Pattern[str]) -> None:
            nonlocal position
            argument, position = self._argument(word, start, position, depth)
            arguments.append(argument)

        match operator[0]:
            case "," | "^":
                pass
            case "=" | ":" if operator != ":":
                while position < len(text) and text[position] != "}":
                    read(_WORD)
            case ":":
                if not text[position : position + 1].isascii():
                    raise self._error(start, "an offset must be a number")
                read(_OFFSET)
                if colons := _COLONS.match(text, position):
                    position = colons.end()
                    read(_WORD)
            case "/":
                read(_PATTERN)
                slashes = _SLASHES.match(text, position)
                if not slashes:
                    raise self._error(start, "the `/` after the pattern is missing; write ${name/pattern/replacement}")
                position = slashes.end()
                if not text.startswith("}", position):
                    read(_REPLACEMENT)
            case _:
                read(_WORD)
        return arguments, position

    def _argument(self, word: re.Pattern[str], start: int, position: int, depth: int) -> tuple[Piece, int]:
        if self._text.startswith("${", position):
            return self.expression(position, depth + 1)
        found = word.match(self._text, position)
        if not found:
            raise self._error(start, "a word is missing after the operator; to write it as text, begin with $${")
        if word is _PATTERN or word is _REPLACEMENT:
            return _ESCAPE.sub(r"\1\2", found[0]), found.end()
        return found[0], found.end()

    def _unclosed(self, start: int, name: str, position: int, operator: str) -> SubstitutionError:
        following = self._text[position : position + 1]
        if not following:
            return self._error(start, "its closing `}` is missing")
        if operator:
            return self._error(start, f"`{following}` stands where its closing `}}` should; it takes one word there")
        if following in "-+?":
            return self._error(start, f"Flux does not know `{following}` here; write ${{{name}:=default}}")
        return self._error(
            start,
            f"`{following}` stands where its closing `}}` or an operator should; names are letters, digits and `_`; "
            "write $${ for text that is not Flux's",
        )

    def _error(self, start: int, why: str) -> SubstitutionError:
        line = self._text.count("\n", 0, start) + 1
        excerpt = self._text[start : start + _EXCERPT].partition("\n")[0]
        return SubstitutionError(f"line {line}: cannot read the variable in `{excerpt}`: {why}", line=line)
