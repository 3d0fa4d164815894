"""The syntax tree of an expression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Literal:
    """A value."""

    value: Any


@dataclass(frozen=True)
class Name:
    """A variable, a type or the begin of a function's qualified name."""

    name: str


@dataclass(frozen=True)
class Select:
    """`target.field`, `target.?field` or, if `test`, `has(target.field)`."""

    target: Node
    field: str
    optional: bool = False
    test: bool = False


@dataclass(frozen=True)
class Index:
    """`target[key]` or `target[?key]`."""

    target: Node
    key: Node
    optional: bool = False


@dataclass(frozen=True)
class Call:
    """A function; with a target, `target.function(…)`. Operators have their signs for names."""

    function: str
    target: Node | None
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Items:
    """`[a, ?b]`."""

    items: tuple[tuple[Node, bool], ...]
    """Each with whether it is optional."""


@dataclass(frozen=True)
class Entries:
    """`{a: b, ?c: d}`."""

    entries: tuple[tuple[Node, Node, bool], ...]


@dataclass(frozen=True)
class Macro:
    """What looks like a call and binds variables: `target.all(x, …)`."""

    name: str
    target: Node
    variables: tuple[str, ...]
    condition: Node | None
    """What filters the elements, for those that have both."""
    body: Node


Node = Literal | Name | Select | Index | Call | Items | Entries | Macro


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below one."""
    match node:
        case Select(target=target):
            return (target,)
        case Index(target=target, key=key):
            return target, key
        case Call(target=target, arguments=arguments):
            return arguments if target is None else (target, *arguments)
        case Items(items=items):
            return tuple(item for item, _ in items)
        case Entries(entries=entries):
            return tuple(part for key, value, _ in entries for part in (key, value))
        case Macro(target=target, condition=condition, body=body):
            return (target, body) if condition is None else (target, condition, body)
        case _:
            return ()


def weight(node: Node) -> int:
    """How many nodes a tree has."""
    return 1 + sum(map(weight, children(node)))
