"""What the templates of an ExternalSecret make of a secret's properties, as far as they are simple.

Read are text, fields (`{{ .crt }}`, `{{ index . "tls.crt" }}`), texts, `if`, `else if`, `else` and `end`, and the
functions `eq`, `ne`, `and`, `or` and `not`; anything else is not known. Source: external-secrets,
`runtime/template/v2/template.go`: Go's text/template with `missingkey=error`, so that a field that is not there fails
the ExternalSecret, and its Secret stays as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from slipway.errors import InputError

Properties = Mapping[str, str]
"""What a template gets: texts by name."""


class NotRead(InputError):
    """It does more than is read here."""


class NoProperty(InputError):
    """It names a property that is not there."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no property {name}")
        self.name = name


def execute(template: str, properties: Properties) -> str:
    """The text that comes of a template.

    Raises:
        NotRead: something in it is not read.
        NoProperty: it asks for what is not there.
    """
    state = _State(properties)
    texts = _ACTION.split(template)
    for at, piece in enumerate(texts):
        if at % 2:
            state.act(piece.strip())
        else:
            state.write(_trimmed(piece, after=texts[at - 1] if at else "", before=texts[at + 1 : at + 2]))
    if state.blocks or "{{" in "".join(texts[::2]):
        raise NotRead("an action in its template has no end")
    return "".join(state.written)


_ACTION = re.compile(r"\{\{(-?\s.*?\s-?|.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(r'\s*(?:(\.\w*(?![\w.]))|("(?:[^"\\]|\\.)*"|`[^`]*`)|([A-Za-z]\w*)|([()]))')


def _trimmed(text: str, *, after: str, before: list[str]) -> str:
    if after.startswith("-"):
        text = text.lstrip()
    return text.rstrip() if before and before[0].endswith("-") else text


@dataclass
class _Block:
    """An `if` that is open."""

    taken: bool
    """One of its branches was taken already, or none may be."""
    active: bool
    """What follows is written."""
    last: bool = False
    """It is at its `else`."""


@dataclass
class _State:
    properties: Properties
    blocks: list[_Block] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    def write(self, text: str) -> None:
        if all(block.active for block in self.blocks):
            self.written.append(text)

    def act(self, action: str) -> None:
        """Follow an action, without its delimiters."""
        action = action.strip("-").strip()
        word, _, rest = action.partition(" ")
        outer = all(block.active for block in self.blocks)
        if word == "if":
            truth = outer and bool(self._value(rest))
            self.blocks.append(_Block(truth or not outer, truth))
        elif word == "else":
            self._turn(rest.strip())
        elif action == "end":
            if not self.blocks:
                raise NotRead("an end in its template ends nothing")
            self.blocks.pop()
        elif outer and not action.startswith("/*"):
            value = self._value(action)
            self.write(value if isinstance(value, str) else str(value).lower())

    def _turn(self, rest: str) -> None:
        if not self.blocks or self.blocks[-1].last:
            raise NotRead("an else in its template has no if")
        block = self.blocks[-1]
        if rest and not rest.startswith("if "):
            raise NotRead(f"its template has {{{{ else {rest} }}}}")
        block.last = not rest
        block.active = not block.taken and (not rest or bool(self._value(rest.removeprefix("if "))))
        block.taken = block.taken or block.active

    def _value(self, source: str) -> str | bool:
        tokens = _tokens(source)
        value = _Call(tokens, self.properties).value()
        if tokens:
            raise NotRead(f"its template has {{{{ {source} }}}}")
        return value


def _tokens(source: str) -> list[str]:
    """In the reverse order, so that the next one is popped."""
    tokens, position, source = [], 0, source.strip()
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise NotRead(f"its template has {{{{ {source} }}}}")
        tokens.append(match[0].strip())
        position = match.end()
    return tokens[::-1]


@dataclass
class _Call:
    """One command: a value, or a function with its arguments."""

    tokens: list[str]
    properties: Properties

    def value(self) -> str | bool:
        """What it comes to; the tokens that belong to it are taken."""
        name = self.tokens[-1] if self.tokens else ""
        if name not in (*_FUNCTIONS, "index"):
            return self._term()
        self.tokens.pop()
        if name == "index":
            return self._indexed()
        arguments: list[str | bool] = []
        while self.tokens and self.tokens[-1] != ")":
            try:
                arguments.append(self._term())
            except NoProperty as err:
                if name in ("and", "or") and arguments:  # Go may have decided before it comes to it
                    raise NotRead(f"its template may need the property {err.name}, or not") from None
                raise
        if len(arguments) < (1 if name == "not" else 2):
            raise NotRead(f"its template gives {name} too little")
        return _called(name, arguments)

    def _term(self) -> str | bool:
        word = self.tokens.pop() if self.tokens else ""
        if word == "(":
            value = self.value()
            if not self.tokens or self.tokens.pop() != ")":
                raise NotRead("a bracket in its template is not closed")
            return value
        if word in ("true", "false"):
            return word == "true"
        if word[:1] in ('"', "`"):
            return _constant(word)
        if len(word) > 1 and word.startswith("."):
            return self._property(word[1:])
        raise NotRead(f"its template uses {word or 'nothing'}, which is not read")

    def _indexed(self) -> str:
        if len(self.tokens) < 2 or self.tokens.pop() != "." or self.tokens[-1][0] not in ('"', "`"):
            raise NotRead("its template uses index for more than a property")
        # Other than a field, an index that is not there is empty.
        return self.properties.get(_constant(self.tokens.pop()), "")

    def _property(self, name: str) -> str:
        if name not in self.properties:
            raise NoProperty(name)
        return self.properties[name]


_FUNCTIONS = ("eq", "ne", "and", "or", "not")


def _called(name: str, arguments: list[str | bool]) -> str | bool:
    first, *rest = arguments
    match name:
        case "eq":
            return any(first == other for other in rest)
        case "ne":
            return first != rest[0]
        case "not":
            return not first
        case "and":
            return next((value for value in arguments if not value), arguments[-1])
        case _:
            return next((value for value in arguments if value), arguments[-1])


def _constant(token: str) -> str:
    if token[0] == "`":
        return token[1:-1]
    try:
        return str(json.loads(token))
    except ValueError:
        raise NotRead(f"its template has the text {token}, which is not read") from None
