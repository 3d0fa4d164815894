"""Make a function of an expression, and run it.

Names and functions are looked up once, when it is compiled; types of values are looked at when it runs, since those of
an object's fields are known to be what its schema says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from slipway.checks.cel.access import find, index, item_at, select
from slipway.checks.cel.errors import NO_OVERLOAD, CelError, CelUnsupported
from slipway.checks.cel.folds import FOLDS
from slipway.checks.cel.functions import CONSTANTS, FUNCTIONS
from slipway.checks.cel.meter import Meter
from slipway.checks.cel.operators import OPERATORS
from slipway.checks.cel.parser import parse
from slipway.checks.cel.syntax import Call, Entries, Index, Items, Literal, Macro, Name, Node, Select, children, weight
from slipway.checks.cel.values import Optional, truth, type_name

METER = ""
"""Where the meter is among the variables: no variable has this name."""

Step = Callable[[dict[str, Any]], Any]
"""A compiled node: variables to value."""


class Program:
    """A compiled expression.

    Attributes:
        names: the variables that it uses.
        fields: the fields that it reads of them; None if it uses one as a whole.
    """

    def __init__(self, step: Step, tree: Node, scope: frozenset[str]) -> None:
        self._step = step
        self._cost = weight(tree)
        self.names = _used(tree, scope)
        self.fields = _fields(tree, scope)

    def run(self, variables: dict[str, Any], meter: Meter) -> Any:
        """The value.

        Raises:
            CelError: evaluating fails.
            CelUnsupported: it comes to something that is not known here.
            OverBudget: it costs more than the meter has left.
        """
        meter.charge(self._cost)
        return self._step({**variables, METER: meter})


def compile_expression(text: str, variables: Sequence[str]) -> Program:
    """Compile an expression.

    Args:
        text: the expression.
        variables: the names that it may use.

    Raises:
        CelUnsupported: it is none, or it uses what is not known here.
    """
    tree = parse(text)
    scope = frozenset(variables)
    return Program(_compile(tree, scope), tree, scope)


def _used(node: Node, scope: frozenset[str]) -> frozenset[str]:
    if isinstance(node, Name):
        return frozenset({node.name}) & scope
    if isinstance(node, Macro):
        inner = [node.body] if node.condition is None else [node.condition, node.body]
        below = frozenset[str]().union(*(_used(part, scope - set(node.variables)) for part in inner))
        return below | _used(node.target, scope)
    return frozenset[str]().union(*(_used(child, scope) for child in children(node)))


def _fields(node: Node, scope: frozenset[str]) -> frozenset[str] | None:
    if isinstance(node, Name):
        return None if node.name in scope else frozenset()
    if isinstance(node, Select) and isinstance(node.target, Name) and node.target.name in scope:
        return frozenset({node.field})
    inner = scope - set(node.variables) if isinstance(node, Macro) else scope
    found = frozenset[str]()
    for child in children(node):
        below = _fields(child, scope if isinstance(node, Macro) and child is node.target else inner)
        if below is None:
            return None
        found |= below
    return found


def _compile(node: Node, scope: frozenset[str]) -> Step:
    match node:
        case Literal(value=value):
            return lambda _: value
        case Name(name=name):
            return _name(name, scope)
        case Select():
            return _select(node, scope)
        case Index(target=target, key=key, optional=optional):
            of, by = _compile(target, scope), _compile(key, scope)
            return lambda env: index(of(env), by(env), optional=optional)
        case Items(items=items):
            return _items([(_compile(item, scope), optional) for item, optional in items])
        case Entries(entries=entries):
            return _entries([(_compile(key, scope), _compile(value, scope), maybe) for key, value, maybe in entries])
        case Macro():
            return _macro(node, scope)
        case Call():
            return _call(node, scope)


def _name(name: str, scope: frozenset[str]) -> Step:
    if name in scope:
        return lambda env: env[name]
    if name not in CONSTANTS:
        raise CelUnsupported(f"undeclared reference to '{name}'")
    value = CONSTANTS[name]
    return lambda _: value


def _select(node: Select, scope: frozenset[str]) -> Step:
    qualified = _qualified(node)
    if qualified in CONSTANTS and qualified.partition(".")[0] not in scope:
        value = CONSTANTS[qualified]
        return lambda _: value
    of, field, optional = _compile(node.target, scope), node.field, node.optional
    if node.test:
        return lambda env: find(of(env), field).present
    if optional:
        return lambda env: find(of(env), field)
    return lambda env: select(of(env), field)


def _qualified(node: Node) -> str:
    """`a.b.c` of what is only names; else empty."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Select) and not node.optional and not node.test and (before := _qualified(node.target)):
        return f"{before}.{node.field}"
    return ""


def _items(items: list[tuple[Step, bool]]) -> Step:
    def made(env: dict[str, Any]) -> list[Any]:
        found = []
        for step, optional in items:
            value = step(env)
            if not optional:
                found.append(value)
            elif not isinstance(value, Optional):
                raise CelError("cannot initialize optional list element from non-optional value")
            elif value.present:
                found.append(value.value)
        return found

    return made


def _entries(entries: list[tuple[Step, Step, bool]]) -> Step:
    def made(env: dict[str, Any]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key_step, value_step, optional in entries:
            key, value = key_step(env), value_step(env)
            if type_name(key) not in ("string", "int", "uint", "bool"):
                raise CelError(f"unsupported key type: {type_name(key)}")
            if optional:
                if not isinstance(value, Optional):
                    raise CelError("cannot initialize optional entry from non-optional value")
                if not value.present:
                    continue
                value = value.value
            found[key] = value
        return found

    return made


def _macro(node: Macro, scope: frozenset[str]) -> Step:
    of = _compile(node.target, scope)
    inner = scope | set(node.variables)
    body = _compile(node.body, inner)
    condition = None if node.condition is None else _compile(node.condition, inner)
    cost = weight(node.body) + (0 if node.condition is None else weight(node.condition))
    names = node.variables
    fold = FOLDS[node.name]
    only_optional = node.name in ("optMap", "optFlatMap")

    def folded(env: dict[str, Any]) -> Any:
        target = of(env)
        meter: Meter = env[METER]
        within = dict(env)

        def pairs() -> list[tuple[Any, Any]]:
            if isinstance(target, Optional):
                if not only_optional:
                    raise CelError(NO_OVERLOAD)
                return [(target.value, None)] if target.present else []
            if only_optional:
                raise CelError(NO_OVERLOAD)
            return item_at(target, two=len(names) > 1)

        def bind(pair: tuple[Any, Any]) -> None:
            meter.charge(cost)
            for name, value in zip(names, pair, strict=False):
                within[name] = value

        return fold(pairs(), bind, lambda: condition is None or truth(condition(within)), lambda: body(within))

    return folded


def _call(node: Call, scope: frozenset[str]) -> Step:
    arguments = [_compile(argument, scope) for argument in node.arguments]
    if node.target is None:
        if node.function in _CONTROL:
            return _CONTROL[node.function](arguments)
        if node.function in OPERATORS:
            return _function(OPERATORS[node.function], arguments)
        return _function(_found(node.function, len(arguments), method=False), arguments)
    qualified = f"{_qualified(node.target)}.{node.function}"
    if qualified.partition(".")[0] not in scope and (qualified, False) in FUNCTIONS:
        return _function(_found(qualified, len(arguments), method=False), arguments)
    target = _compile(node.target, scope)
    if node.function == "orValue" and len(arguments) == 1:
        return lambda env: _or_value(target(env), arguments[0], env)
    if node.function == "or" and len(arguments) == 1:
        return lambda env: _or(target(env), arguments[0], env)
    return _function(_found(node.function, len(arguments), method=True), [target, *arguments])


def _found(name: str, count: int, *, method: bool) -> Callable[..., Any]:
    function = FUNCTIONS.get((name, method))
    if function is None:
        raise CelUnsupported(f"undeclared reference to '{name}'")
    least, most = function.counts
    if not least <= count + int(method) <= most:
        raise CelUnsupported(f"found no matching overload for '{name}'")
    return function.run


def _function(run: Callable[..., Any], steps: list[Step]) -> Step:
    if len(steps) == 1:
        only = steps[0]
        return lambda env: run(env[METER], only(env))
    if len(steps) == 2:
        first, second = steps
        return lambda env: run(env[METER], first(env), second(env))
    return lambda env: run(env[METER], *(step(env) for step in steps))


def _or_value(target: Any, other: Step, env: dict[str, Any]) -> Any:
    if not isinstance(target, Optional):
        raise CelError(NO_OVERLOAD)
    return target.value if target.present else other(env)


def _or(target: Any, other: Step, env: dict[str, Any]) -> Any:
    if not isinstance(target, Optional):
        raise CelError(NO_OVERLOAD)
    return target if target.present else other(env)


def _logic(*, decisive: bool) -> Callable[[list[Step]], Step]:
    """`||` and `&&`: an error does not count if another operand decides, on whichever side it stands."""

    def compiled(steps: list[Step]) -> Step:
        def run(env: dict[str, Any]) -> bool:
            error: CelError | None = None
            for step in steps:
                try:
                    value = step(env)
                    if truth(value) is decisive:
                        return decisive
                except CelError as err:
                    error = error or err
            if error is not None:
                raise error
            return not decisive

        return run

    return compiled


def _conditional(steps: list[Step]) -> Step:
    condition, yes, no = steps
    return lambda env: yes(env) if truth(condition(env)) else no(env)


_CONTROL: dict[str, Callable[[list[Step]], Step]] = {
    "||": _logic(decisive=True),
    "&&": _logic(decisive=False),
    "?:": _conditional,
}
