"""Lines of a would-be merge, and the lines of the head that they come from."""

from __future__ import annotations

import random

import pytest

from slipway.fleet.head_lines import MAX_LINES, HeadLines
from slipway.fleet.tree import Tree


def head_lines(merged: list[str], head: list[str]) -> HeadLines:
    return HeadLines(*(Tree({"a.yaml": "".join(f"{line}\n" for line in lines).encode()}) for lines in (merged, head)))


@pytest.mark.parametrize(
    ("merged", "head", "expected"),
    [
        ("abc", "abc", [1, 2, 3]),
        ("xabc", "abc", [1, 1, 2, 3]),  # the base has added a line above
        ("abcx", "abc", [1, 2, 3, 3]),  # … below
        ("abxyc", "abc", [1, 2, 2, 2, 3]),  # … between
        ("ac", "abc", [1, 3]),  # … and has taken one away
        ("xaybzc", "aqbrc", [1, 1, 1, 3, 3, 5]),  # here and there, also what the head has
        ("xyz", "", [1, 1, 1]),
    ],
)
def test_a_line_is_where_the_head_has_it_or_the_last_one_before(merged: str, head: str, expected: list[int]) -> None:
    lines = head_lines(list(merged), list(head))
    assert [lines.line("a.yaml", number) for number in range(1, len(merged) + 1)] == expected


def test_a_line_that_both_have_is_found_whatever_was_added() -> None:
    dice = random.Random(3)
    head = [f"line {n}" for n in range(200)]
    merged = list(head)
    for n in range(60):
        merged.insert(dice.randrange(len(merged)), f"new {n}")
    lines = head_lines(merged, head)
    assert [lines.line("a.yaml", merged.index(text) + 1) for text in head] == list(range(1, 201))


def test_a_whole_file_stays_a_whole_file() -> None:
    assert head_lines(["x", "a"], ["a"]).line("a.yaml", 0) == 0


def test_a_file_that_the_head_lacks_keeps_its_lines() -> None:
    assert HeadLines(Tree({"a.yaml": b"a\nb\n"}), Tree({})).line("a.yaml", 2) == 2


def test_too_many_differences_are_not_compared() -> None:
    merged = ["top", *(f"m{n}" for n in range(MAX_LINES + 1)), "bottom"]
    lines = head_lines(merged, ["top", *(f"h{n}" for n in range(10)), "bottom"])
    assert [lines.line("a.yaml", number) for number in (1, 100, len(merged))] == [1, 1, 12]
