r"""The grammar of Flux's post-build substitution: a text's literal parts and its `${…}` expressions.

The rules are those of Flux's own scanner and parser (fluxcd/pkg, `envsubst/parse`), where they differ from its README
and from bash too:

- A name is letters, digits and `_` of any script in any order; which names a variable may have is another rule.
- `$$` stands for `$` outside of expressions and in the pattern and replacement of `${v/pattern/replacement}`; there
  `\/` and `\\` are escapes too. A `$` before anything else, as in `$v` or `$(v)`, is text.
- Arguments hold text or nested expressions. Only a default mixes the two; elsewhere an argument is one or the other.
- `${v-d}`, `${v+d}` and `${v?d}` are errors. So is a character outside of ASCII right after the `:` of an offset.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from slipway.errors import InputError, LimitError

MAX_DEPTH = 32
"""How deep expressions may be nested in each other's arguments."""

_NEXT = re.compile(r"\$(?:\$|\{(?:([A-Za-z0-9_]++)\})?)")
"""The next place that is not literal text; the common `${name}` is read whole."""
_OPERATOR = re.compile(r":[=?+-]|[:=]|##?|%%?|/[/#%]?|[,^]{1,2}")
_WORD = re.compile(r"(?:[^}$]++|\$(?!\{))++")
_OFFSET = re.compile(r"(?:[^:}$]++|\$(?!\{))++")
_PATTERN = re.compile(r"(?:[^/$\\]++|\$\$|\$(?!\{)|\\[/\\]?)++")
_REPLACEMENT = re.compile(r"(?:[^}$\\]++|\$\$|\$(?!\{)|\\[/\\]?)++")
_ESCAPE = re.compile(r"\$(\$)|\\([/\\])")
_SLASHES = re.compile("/+")
_COLONS = re.compile(":+")


class SubstitutionError(InputError):
    """A text in which Flux cannot substitute variables; `line` counts in that text, whose file the caller knows.

    Attributes:
        near: how the expression begins that it is about, e.g. `${REGION`; `""` if it is about no single one.
        is_unset: true if all that is wrong is that a variable is not set.
    """

    def __init__(self, message: str, *, file: str = "", line: int = 0, near: str = "", is_unset: bool = False) -> None:
        super().__init__(message, file=file, line=line)
        self.near = near
        self.is_unset = is_unset


class Expression(NamedTuple):
    """One `${…}`; a tuple, since texts hold many and it is made in a third of a dataclass's time."""

    name: str
    """The variable."""
    operator: str
    """What is done with its value, as written: `""`, `:=`, `##`, `/`, …; `#` without arguments is the length."""
    arguments: tuple[str | Expression, ...]
    """The words after the operator, escapes resolved; of an operator that gives a default, the parts of one word."""
    start: int
    """Offset in the text of its `$`."""
    end: int
    """Offset after its `}`."""


Piece = str | Expression


def parse(text: str) -> list[Piece]:
    """The literal parts (`$$` resolved) and the expressions of a text, in their order.

    Raises:
        SubstitutionError: the text is not one that Flux accepts.
        LimitError: expressions are nested deeper than `MAX_DEPTH`.
    """
    parser = _Parser(text)
    pieces: list[Piece] = []
    literal = 0
    for found in _NEXT.finditer(text):
        start, end = found.span()
        if start < literal:
            continue  # inside the expression that was just read
        name = found[1]
        if name:
            pieces += (text[literal:start], Expression(name, "", (), start, end))
        elif found[0] == "$$":
            pieces.append(text[literal : start + 1])
        else:
            expression = parser.expression(start, depth=1)
            pieces += (text[literal:start], expression)
            end = expression.end
        literal = end
    pieces.append(text[literal:])
    return pieces


def line_at(text: str, offset: int) -> int:
    """The 1-based line of an offset."""
    return text.count("\n", 0, offset) + 1


class _Parser:
    """Reads expressions at given positions of one text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def expression(self, start: int, depth: int) -> Expression:
        """The expression whose `${` is at `start`."""
        text = self._text
        if depth > MAX_DEPTH:
            raise LimitError(f"variables are nested more than {MAX_DEPTH} deep", line=line_at(text, start))
        position = start + 2
        is_length = text.startswith("#", position)
        name, position = self._name(position + is_length)
        if not name:
            raise self._error(start, "no variable name follows `${`; write ${name}, or $${ for text that is not Flux's")
        operator = "#" if is_length else ""
        arguments: list[Piece] = []
        if not is_length and (found := _OPERATOR.match(text, position)):
            operator = found[0]
            arguments, position = self._arguments(operator, start, found.end(), depth)
        if not text.startswith("}", position):
            raise self._unclosed(start, name, position, operator)
        return Expression(name, operator, tuple(arguments), start, position + 1)

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
            nested = self.expression(position, depth + 1)
            return nested, nested.end
        found = word.match(self._text, position)
        if not found:
            raise self._error(start, "a word is missing after the operator; to write it as text, begin with $${")
        if word is _PATTERN or word is _REPLACEMENT:
            return _ESCAPE.sub(r"\1\2", found[0]), found.end()
        return found[0], found.end()

    def _unclosed(self, start: int, name: str, position: int, operator: str) -> SubstitutionError:
        following = self._text[position : position + 1]
        if following in ("", "\n"):
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
        # No more of the text than this: it may be a Secret's.
        name, _ = self._name(start + 2)
        line, near = line_at(self._text, start), f"${{{name}"
        return SubstitutionError(f"Flux cannot read `{near}`: {why}", line=line, near=near if name else "")
