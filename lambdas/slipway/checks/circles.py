"""Circles in a graph."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

MAX_CIRCLES = 20
"""Circles that are named at once; a hostile graph has more than anybody can count."""

T = TypeVar("T", bound=Any)
"""Nodes: anything that has an order, which decides which circles are named and where they start."""


def circles(edges: Mapping[T, Sequence[T]]) -> Iterator[tuple[T, ...]]:
    """Circles that have every node that is on any: for each node a shortest one, if no earlier one has it.

    Each comes once and starts at its smallest node. No more than `MAX_CIRCLES`.
    """
    return islice(_circles(edges), MAX_CIRCLES)


def _circles(edges: Mapping[T, Sequence[T]]) -> Iterator[tuple[T, ...]]:
    covered: set[T] = set()
    for component in sorted(map(sorted, _components(edges))):
        for node in component:
            if node not in covered and (len(component) > 1 or node in edges[node]):
                circle = _shortest(edges, node, frozenset(component))
                covered.update(circle)
                at = circle.index(min(circle))
                yield (*circle[at:], *circle[:at])


def _shortest(edges: Mapping[T, Sequence[T]], start: T, component: frozenset[T]) -> tuple[T, ...]:
    """A shortest way from a node back to itself; there is one within its component."""
    came_from: dict[T, T] = {}
    queue = deque([start])
    while start not in came_from:
        node = queue.popleft()
        for after in sorted(edges[node]):
            if after in component and after not in came_from:
                came_from[after] = node
                queue.append(after)
    way = [came_from[start]]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return tuple(reversed(way))


def _components(edges: Mapping[T, Sequence[T]]) -> Iterator[list[T]]:
    """Sets of nodes that reach each other (Kosaraju's algorithm, without recursion)."""
    backwards: dict[T, list[T]] = {node: [] for node in edges}
    for node, following in edges.items():
        for after in following:
            backwards[after].append(node)
    assigned: set[T] = set()
    for node in reversed(list(_finished(edges))):
        if node in assigned:
            continue
        component, stack = [], [node]
        assigned.add(node)
        while stack:
            component.append(stack.pop())
            new = [before for before in dict.fromkeys(backwards[component[-1]]) if before not in assigned]
            assigned.update(new)
            stack.extend(new)
        yield component


def _finished(edges: Mapping[T, Sequence[T]]) -> Iterator[T]:
    """Nodes in the order in which a depth-first search leaves them."""
    seen: set[T] = set()
    for start in edges:
        if start in seen:
            continue
        seen.add(start)
        stack = [(start, iter(edges[start]))]
        while stack:
            node, following = stack[-1]
            after = next((after for after in following if after not in seen), None)
            if after is None:
                stack.pop()
                yield node
            else:
                seen.add(after)
                stack.append((after, iter(edges[after])))
