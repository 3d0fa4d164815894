"""Templates of flux-operator as templates of helm.

Both are Go's (`text/template`, `parse/lex.go`), so nothing is evaluated here: a template is cut into its tokens as Go
cuts it with the delimiters `<<` and `>>`, and written anew with helm's. What would mean something else there is
replaced: `inputs`, the data at the start (none), and fields, since helm overlooks one that is missing and the operator
does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from slipway.fleet import go_functions
from slipway.fleet.errors import BuildError, NotFetched

INPUTS = "$slipway_inputs"
"""Helm's variable with the inputs."""
ROOT = "$slipway_root"
"""Helm's variable with what `$` and `.` are at the start: nothing."""


@dataclass(frozen=True)
class Action:
    """What is between two delimiters."""

    binds: bool
    """It is a `range` or `with`, or sets a variable."""
    decides: bool
    """It is an `if`, or hands values to functions that look at them."""
    names: frozenset[str]
    """Fields, and texts, which may be keys."""
    ends: frozenset[str]
    """The last field of each chain of them."""
    loose: bool
    """It has `.` or a variable without a field."""
    whole: bool
    """It has `inputs` without a field."""
    constants: tuple[str, ...]
    """Texts as written, with their quotes."""


@dataclass(frozen=True)
class Translated:
    """A template for helm; `.` is nothing in it, and the variables `INPUTS` and `ROOT` have to be set."""

    body: str
    """It has as many lines as the original."""
    functions: frozenset[str]
    actions: tuple[Action, ...]


def translate(source: str) -> Translated:
    """Write a template for helm.

    Raises:
        BuildError: the operator would refuse it; names the line. What else is wrong with it helm will say.
        NotFetched: it does what cannot be translated.
    """
    state = _State()
    pieces: list[str] = []
    position = 0
    while (start := source.find("<<", position)) >= 0:
        pieces.append(_text(source[position:start]))
        try:
            written, position = _action(source, start, state)
        except (BuildError, NotFetched) as err:
            raise type(err)(f"line {source.count(chr(10), 0, start) + 1}: {err.message}") from None
        pieces.append(written)
    pieces.append(_text(source[position:]))
    if state.blocks:
        raise BuildError(f"{state.blocks[-1]} has no end")
    return Translated("".join(pieces), frozenset(state.functions), tuple(state.actions))


@dataclass
class _State:
    blocks: list[str] = field(default_factory=list)
    """The `if`, `with` and `range` that are open."""
    functions: set[str] = field(default_factory=set)
    actions: list[Action] = field(default_factory=list)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def _text(text: str) -> str:
    """Text in which helm sees no delimiter."""
    return _BRACES.sub(lambda found: f'{{{{"{found[0]}"}}}}', text)


_BRACES = re.compile(r"\{{2,}|\{\Z")


def _action(source: str, start: int, state: _State) -> tuple[str, int]:
    """An action for helm, and where the next text starts."""
    position = start + 2
    trimmed = source.startswith("-", position) and source[position + 1 : position + 2] in _SPACES
    position += 2 if trimmed else 0
    left = "{{- " if trimmed else "{{"
    if source.startswith("/*", position):
        written, position = _comment(source, position)
        tokens: list[_Token] = []
    else:
        tokens, position = _tokens(source, position)
        _structure(tokens, state)
        written = _written(tokens)
        _note(tokens, state)
    if source.startswith(">>", position):
        return f"{left}{written}}}}}", position + 2
    return f"{left}{written} -}}}}", position + 4


_SPACES = (" ", "\t", "\r", "\n")


def _comment(source: str, start: int) -> tuple[str, int]:
    end = source.find("*/", start)
    if end < 0:
        raise BuildError("unclosed comment")
    if not _END.match(source, end + 2):
        raise BuildError("comment ends before closing delimiter")
    return f"/*{chr(10) * source.count(chr(10), start, end)}*/", end + 2


_END = re.compile(r">>|[ \t\r\n]->>")
_TOKENS = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<declare>:=)
    |(?P<assign>=)
    |(?P<pipe>\|)
    |(?P<comma>,)
    |(?P<open>\()
    |(?P<close>\))
    |(?P<text>"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`)
    |(?P<character>'(?:[^'\\\n]|\\[^\n])*')
    |(?P<variable>\$\w*)
    |(?P<number>[+-]?(?:
        0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?
        |0[oO][0-7_]*(?:\.[0-7_]*)?
        |0[bB][01_]*(?:\.[01_]*)?
        |(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]*)?
        )i?)
    |(?P<field>\.\w+)
    |(?P<dot>\.)
    |(?P<word>\w+)
    """,
    re.VERBOSE,
)
_TERMINATOR = re.compile(r"[ \t\r\n.,|:()]|>>|\Z")
_ENDED = frozenset(("variable", "field", "dot", "word"))
"""Tokens that something has to come after which ends them."""


def _tokens(source: str, position: int) -> tuple[list[_Token], int]:
    """The tokens of an action, and where its closing delimiter starts, space and minus included."""
    found: list[_Token] = []
    depth = 0
    while not (end := _END.match(source, position)):
        token = _TOKENS.match(source, position)
        if not token:
            rest = source[position : position + 1]
            raise BuildError(f"unexpected {rest!r} in a template" if rest else "unclosed action")
        kind, text = str(token.lastgroup), token[0]
        position = token.end()
        if kind == "space" and source.startswith("->>", position):
            position -= 1
            text = text[:-1]
        if kind in _ENDED and not _TERMINATOR.match(source, position):
            raise BuildError(f"bad character {source[position]!r}")
        if kind == "number" and re.match(r"\w", source[position : position + 1]):
            raise BuildError(f"bad number syntax: {text + source[position]!r}")
        depth += {"open": 1, "close": -1}.get(kind, 0)
        if depth < 0:
            raise BuildError("unexpected right paren")
        if text:
            found.append(_Token(kind, text))
    if depth:
        raise BuildError("unclosed left paren")
    return found, end.start()


_BLOCKS = ("if", "with", "range")
_KEYWORDS = frozenset((*_BLOCKS, "else", "end", "break", "continue", "define", "block", "template"))


def _structure(tokens: list[_Token], state: _State) -> None:
    """Check that an action is no end of what the operator does not see, the blocks of ours."""
    word = _keyword(tokens)
    if word in ("define", "block", "template"):
        raise NotFetched(f"templates with {word!r} are not translated for helm")
    if word in ("else", "end") and not state.blocks:
        raise BuildError(f"unexpected {{{{{word}}}}}")
    if word in ("break", "continue") and "range" not in state.blocks:
        raise BuildError(f"{{{{{word}}}}} outside {{{{range}}}}")
    if word == "end":
        state.blocks.pop()
    elif word in _BLOCKS:
        state.blocks.append(word)


def _keyword(tokens: list[_Token]) -> str:
    first = next((token for token in tokens if token.kind != "space"), None)
    return first.text if first and first.kind == "word" and first.text in _KEYWORDS else ""


def _written(tokens: list[_Token]) -> str:
    """An action's content for helm."""
    levels: list[list[str]] = [[]]
    behind = [""]
    for term, fields in _terms(tokens):
        text = term.text
        if term.kind == "open":
            levels.append([])
            behind.append("")
            continue
        if term.kind == "close":
            text = f"({''.join(levels.pop())}{behind.pop()})"
        elif term.kind == "pipe":
            text = f"{behind[-1].lstrip()} |".lstrip()
            behind[-1] = ""
        elif term.kind == "variable":
            text = _variable(text)
        elif term.kind == "field":
            text = _looked_up(".", text)
        elif term.kind == "word" and text not in _KEYWORDS:
            behind[-1] = behind[-1] or go_functions.AFTERWARDS.get(text, "")
            text = _word(text)
            if fields and text != INPUTS:
                text = f"({text})"
        for name in fields:
            text = _looked_up(text, name)
        levels[-1].append(text)
    return "".join(levels[0]) + behind[0]


def _terms(tokens: list[_Token]) -> Iterator[tuple[_Token, list[str]]]:
    """Tokens, those that a value stands for with the fields right behind them."""
    position = 0
    while position < len(tokens):
        term = tokens[position]
        position += 1
        fields: list[str] = []
        takes_fields = term.kind in ("close", "variable", "field") or (
            term.kind == "word" and term.text not in ("true", "false", "nil")
        )
        while takes_fields and position < len(tokens) and tokens[position].kind == "field":
            fields.append(tokens[position].text)
            position += 1
        yield term, fields


def _looked_up(value: str, name: str) -> str:
    """A field of a value; fails if there is none."""
    return f'(index (pluck "{name[1:]}" {value}) 0)'


def _variable(text: str) -> str:
    if text.startswith("$slipway_"):
        raise NotFetched(f"the variable {text} has a name that Slipway needs for itself")
    return ROOT if text == "$" else text


def _word(text: str) -> str:
    if text == "inputs":
        return INPUTS
    go_functions.check(text)
    return go_functions.STAND_INS.get(text, text)


def _note(tokens: list[_Token], state: _State) -> None:
    """Note what an action is made of."""
    keyword = _keyword(tokens)
    terms = list(_terms(tokens))
    words = {term.text for term, _ in terms if term.kind == "word"} - _KEYWORDS - {"true", "false", "nil"}
    functions = words - {"inputs"}
    chains = [
        [name[1:] for name in ((term.text, *fields) if term.kind == "field" else fields)] for term, fields in terms
    ]
    constants = tuple(term.text for term, _ in terms if term.kind in ("text", "character"))
    state.functions |= functions
    state.actions.append(
        Action(
            binds=keyword in ("range", "with") or any(term.kind in ("declare", "assign") for term, _ in terms),
            decides="if" in {term.text for term, _ in terms[:4] if term.kind == "word"}
            or not functions <= go_functions.PASSING,
            names=frozenset(name for chain in chains for name in chain) | {text[1:-1] for text in constants},
            ends=frozenset(chain[-1] for chain in chains if chain),
            loose=any(term.kind in ("dot", "variable") and not fields for term, fields in terms),
            whole=any(term.text == "inputs" and not fields for term, fields in terms if term.kind == "word"),
            constants=constants,
        )
    )
