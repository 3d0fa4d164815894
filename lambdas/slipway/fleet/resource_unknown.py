"""What is not known of the inputs of a ResourceSet, and whether it matters.

A value with a variable that only the cluster knows, or the id of a provider, stays readable where it is put into a text
as it is. Where a template looks at it, what comes out may be anything else on the cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.fleet.errors import NotFetched
from slipway.fleet.go_template import Action
from slipway.fleet.resource_inputs import Inputs, stand_in

VARIABLE = "${"
"""Begins a variable that was left as written because only the cluster knows its value."""


@dataclass(frozen=True)
class Unknown:
    """Which inputs only the cluster knows, by the names of fields."""

    fields: frozenset[str]
    """Those whose own value it is, or is in a list there."""
    above: frozenset[str]
    """Those that have them somewhere below."""
    why: str = ""

    def __bool__(self) -> bool:
        return bool(self.fields)


def unknown_in(inputs: Inputs) -> Unknown:
    """What only the cluster knows of some inputs."""
    fields: set[str] = set()
    above: set[str] = set()
    why = ""
    stand_ins = {stand_in(name): name for name in inputs.stand_ins}
    for text, path in (found for part in inputs.parts for found in _texts(part, ())):
        if VARIABLE in text:
            why = why or f"input {path[-1]!r} holds a variable that only the cluster knows"
        elif path == ("id",) and text in stand_ins:
            why = why or f"the id of ResourceSetInputProvider {stand_ins[text]} is given by the cluster"
        else:
            continue
        fields.add(path[-1])
        above.update(path[:-1])
    return Unknown(frozenset(fields), frozenset(above), why)


def matters(actions: Iterable[Action], unknown: Unknown) -> bool:
    """True if templates have to do with what is not known, be it that they only put it into a text."""
    below = unknown.fields | unknown.above
    return bool(unknown) and any(action.whole or action.names & below for action in actions)


def check(actions: Iterable[Action], unknown: Unknown) -> None:
    """Check that templates only put into texts what is not known.

    Raises:
        NotFetched: one of them looks at it.
    """
    actions = list(actions)
    if any(action.decides and any(VARIABLE in text for text in action.constants) for action in actions):
        raise NotFetched("a template decides by a variable that only the cluster knows")
    if not unknown:
        return
    below = unknown.fields | unknown.above
    loose = any(action.decides and action.loose for action in actions)
    for action in actions:
        looked_at = action.decides and (action.whole or action.names & below)
        bound = action.binds and (action.ends & unknown.fields or (loose and (action.whole or action.names & below)))
        if looked_at or bound:
            raise NotFetched(f"{unknown.why}, and a template decides by it")


def _texts(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The texts in a value, each with the names of the fields that lead to it."""
    waiting: list[tuple[Any, tuple[str, ...]]] = [(value, path)]
    while waiting:
        item, at = waiting.pop()
        if isinstance(item, str):
            yield item, at
        elif isinstance(item, Mapping):
            for name, below in item.items():
                if VARIABLE in name:
                    yield name, (*at, name)
                waiting.append((below, (*at, name)))
        elif isinstance(item, list):
            waiting.extend((below, at) for below in item)
