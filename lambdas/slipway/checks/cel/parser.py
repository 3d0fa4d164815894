"""Parse an expression. Source: cel-spec doc/langdef.md, "Syntax" and "Macros"; cel-go parser/macro.go."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from slipway.checks.cel.errors import CelUnsupported
from slipway.checks.cel.lexer import Token, tokens
from slipway.checks.cel.syntax import Call, Entries, Index, Items, Literal, Macro, Name, Node, Select

T = TypeVar("T")

MAX_DEPTH = 60
"""Levels of an expression: parsing and evaluating recurse. Real rules have some 15."""

_LEVELS = (("||",), ("&&",), ("==", "!=", "<", "<=", ">", ">=", "in"), ("+", "-"), ("*", "/", "%"))
_FOLDING = {"all": "all", "exists": "exists", "exists_one": "exists_one", "existsOne": "exists_one"}
_BINDING = ("optMap", "optFlatMap", "sortBy", "filter")


def parse(text: str) -> Node:
    """The syntax tree, with macros taken apart.

    Raises:
        CelUnsupported: it is no expression.
    """
    return _Parser(tokens(text)).whole()


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._expression()
        if self._next.kind != "end":
            raise self._unexpected()
        return node

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _unexpected(self) -> CelUnsupported:
        return CelUnsupported(f"syntax error at {self._next.text}")

    def _took(self, *signs: str) -> str:
        """The sign that comes next, if it is one of these; then it is behind us."""
        token = self._next
        if token.text in signs and (token.kind == "sign" or (token.kind == "word" and token.text == "in")):
            self._at += 1
            return token.text
        return ""

    def _expect(self, sign: str) -> None:
        if not self._took(sign):
            raise self._unexpected()

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise CelUnsupported(f"it has more than {MAX_DEPTH} levels (MAX_DEPTH)")
        node = self._binary(0)
        if self._took("?"):
            yes = self._binary(0)
            self._expect(":")
            node = Call("?:", None, (node, yes, self._expression()))
        self._depth -= 1
        return node

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        node = self._binary(level + 1)
        operands = [node]
        while sign := self._took(*_LEVELS[level]):
            operand = self._binary(level + 1)
            if level < 2:
                operands.append(operand)
            else:
                node = Call(sign, None, (node, operand))
        return Call(_LEVELS[level][0], None, tuple(operands)) if len(operands) > 1 else node

    def _unary(self) -> Node:
        signs = 0
        sign = self._took("!", "-")
        while sign and self._took(sign):
            signs += 1
        if not sign:
            return self._member()
        value = self._next.value
        if sign == "-" and self._next.kind == "value" and type(value) in (int, float):
            self._tokens[self._at] = Token("value", "", -value)
            node = self._member()
            return Call("-", None, (node,)) if signs % 2 else node
        node = self._member()
        return Call(sign, None, (node,)) if signs % 2 == 0 else node

    def _member(self) -> Node:
        node = self._primary()
        length = 0
        while True:
            length += 1
            if length > MAX_DEPTH:
                raise CelUnsupported(f"it has more than {MAX_DEPTH} levels (MAX_DEPTH)")
            if self._took("."):
                optional = bool(self._took("?"))
                name = self._word()
                if not optional and self._took("("):
                    node = _call(name, node, self._arguments(")"))
                else:
                    node = Select(node, name, optional)
            elif self._took("["):
                optional = bool(self._took("?"))
                node = Index(node, self._expression(), optional)
                self._expect("]")
            else:
                return node

    def _word(self) -> str:
        token = self._next
        if token.kind != "word" or token.text == "in":
            raise self._unexpected()
        self._at += 1
        return token.text

    def _primary(self) -> Node:
        token = self._next
        if token.kind == "value":
            self._at += 1
            return Literal(token.value)
        if self._took("("):
            node = self._expression()
            self._expect(")")
            return node
        if self._took("["):
            return Items(self._sequence("]", self._item))
        if self._took("{"):
            return Entries(self._sequence("}", self._entry))
        self._took(".")
        name = self._word()
        if self._next == Token("sign", "{"):
            raise CelUnsupported(f"it makes a {name}, which is no type of custom objects")
        if not self._took("("):
            return Name(name)
        arguments = self._arguments(")")
        if name == "has" and len(arguments) == 1:
            field = arguments[0]
            if not isinstance(field, Select):
                raise CelUnsupported("syntax error: has() takes a field")
            return Select(field.target, field.field, field.optional, test=True)
        return Call(name, None, arguments)

    def _arguments(self, closing: str) -> tuple[Node, ...]:
        return self._sequence(closing, self._expression, trailing=False)

    def _sequence(self, closing: str, one: Callable[[], T], *, trailing: bool = True) -> tuple[T, ...]:
        found: list[T] = []
        while not self._took(closing):
            if found:
                self._expect(",")
                if trailing and self._took(closing):
                    break
            found.append(one())
        return tuple(found)

    def _item(self) -> tuple[Node, bool]:
        optional = bool(self._took("?"))
        return self._expression(), optional

    def _entry(self) -> tuple[Node, Node, bool]:
        optional = bool(self._took("?"))
        key = self._expression()
        self._expect(":")
        return key, self._expression(), optional


def _call(name: str, target: Node, arguments: tuple[Node, ...]) -> Node:
    """A call, or the macro that it stands for."""
    count = len(arguments)
    if name in _FOLDING and (count == 3 or (count == 2 and name != "existsOne")):
        return Macro(_FOLDING[name], target, _variables(arguments[:-1]), None, arguments[-1])
    if name in _BINDING and count == 2:
        return Macro(name, target, _variables(arguments[:1]), None, arguments[1])
    if name == "map" and count in (2, 3):
        condition = arguments[1] if count == 3 else None
        return Macro("map", target, _variables(arguments[:1]), condition, arguments[-1])
    if name in ("transformList", "transformMap", "transformMapEntry") and count in (3, 4):
        condition = arguments[2] if count == 4 else None
        return Macro(name, target, _variables(arguments[:2]), condition, arguments[-1])
    return Call(name, target, arguments)


def _variables(arguments: tuple[Node, ...]) -> tuple[str, ...]:
    names = tuple(argument.name for argument in arguments if isinstance(argument, Name))
    if len(set(names)) != len(arguments):
        raise CelUnsupported("syntax error: a macro's variables are simple names that differ")
    return names
