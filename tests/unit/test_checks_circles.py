"""Circles are found once each, in the same order every time, however many there are."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.checks.circles import MAX_CIRCLES, circles
from slipway.fleet.objects import ObjectKey


def key(name: str) -> ObjectKey:
    return ObjectKey("", "Kustomization", "flux-system", name)


def found(edges: dict[str, str]) -> list[str]:
    """Circles of a graph of one-letter nodes, `{"a": "bc"}` being the edges a → b and a → c."""
    graph = {key(name): [key(to) for to in targets] for name, targets in edges.items()}
    return ["".join(node.name for node in circle) for circle in circles(graph)]


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ({}, []),
        ({"a": "b", "b": "c", "c": ""}, []),
        ({"a": "bc", "b": "d", "c": "d", "d": ""}, []),
        ({"a": "a"}, ["a"]),
        ({"a": "b", "b": "a"}, ["ab"]),
        ({"c": "a", "a": "b", "b": "c"}, ["abc"]),
        ({"a": "bb", "b": "a"}, ["ab"]),
        ({"a": "bc", "b": "a", "c": "a"}, ["ab", "ac"]),
        ({"a": "b", "b": "a", "c": "d", "d": "c"}, ["ab", "cd"]),
        ({"a": "b", "b": "ac", "c": "d", "d": "c"}, ["ab", "cd"]),
        ({"a": "ab", "b": "a"}, ["a", "ab"]),
        ({"a": "b", "b": "c", "c": "bd", "d": ""}, ["bc"]),
    ],
    ids=[
        "nothing",
        "a chain",
        "a diamond",
        "a node that waits for itself",
        "two nodes",
        "three nodes, from the smallest",
        "an edge given twice",
        "two that share a node",
        "two apart",
        "one that leads to another",
        "a node on itself and on a larger one",
        "what leads in and what leads out is on none",
    ],
)
def test_finds_circles(edges: dict[str, str], expected: list[str]) -> None:
    assert found(edges) == expected


@given(st.dictionaries(st.sampled_from("abcdef"), st.text("abcdef", max_size=4)), st.randoms())
def test_the_order_of_the_input_does_not_matter_and_no_node_on_a_circle_is_missed(
    edges: dict[str, str], order: random.Random
) -> None:
    edges = {name: edges.get(name, "") for name in "abcdef"}
    names = list(edges)
    order.shuffle(names)
    shuffled = {name: "".join(order.sample(edges[name], len(edges[name]))) for name in names}

    assert found(shuffled) == found(edges)
    assert {node for circle in found(edges) for node in circle} == {node for node in edges if _returns(node, edges)}


def _returns(start: str, edges: dict[str, str]) -> bool:
    reached: set[str] = set()
    while new := {to for node in reached or {start} for to in edges[node]} - reached:
        reached |= new
    return start in reached


def test_a_hostile_graph_costs_little() -> None:
    """A wheel of 5,000 circles, behind a chain of 20,000 that recursion would not survive."""
    hub = key("hub")
    spokes = [key(f"spoke-{number:05}") for number in range(5_000)]
    chain = [key(f"chain-{number:05}") for number in range(20_000)]
    edges = {hub: spokes, **{spoke: [hub] for spoke in spokes}}
    edges |= {node: [after] for node, after in zip(chain, [*chain[1:], hub], strict=True)}

    assert len(list(circles(edges))) == MAX_CIRCLES
