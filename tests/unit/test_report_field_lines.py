"""Fields that differ, in as few lines as say it."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.fleet.diff import ObjectChange
from slipway.fleet.fields import field_changes
from slipway.fleet.list_keys import kubernetes_keys
from slipway.fleet.objects import ObjectKey
from slipway.report.field_lines import MAX_LINE, change_lines
from tests.unit.small_fleets import at

LONG = "x" * 1000
UNREAD = ("too long " * 10_000,)


def lines(
    old: Any, new: Any, *, colours: bool = False, unified: tuple[str, ...] = ("too long " * 10_000,)
) -> list[str]:
    fields = field_changes(old, new, kubernetes_keys)
    change = ObjectChange("changed", ObjectKey("", "ConfigMap", "web", "a"), unified, at("a.yaml"), fields)
    return change_lines(change, colours=colours)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 2}, ["~ a: 1 → 2"]),
        ({"a": "1"}, {"a": 1}, ['~ a: "1" → 1']),
        ({"a": None}, {}, ["- a: null"]),
        ({}, {"a": ""}, ['+ a: ""']),
        ({"a": {}}, {"a": []}, ["~ a: {} → []"]),
        ({}, {"a": {"b": 1, "c": ["x", {"d": True}]}}, ["+ a: {b: 1, c: [x, {d: true}]}"]),
        ({}, {"a": {"b": "x" * 90}}, ["+ a:", f"+   b: {'x' * 90}"]),
        ({}, {"a": {"b": "x\ny\n"}}, ["+ a:", "+   b: |", "+     x", "+     y"]),
        ({}, {"a": "x\n\ny"}, ["+ a:", "+   x", "+", "+   y"]),
        ({"a": "x\ny\n"}, {"a": "x\nz\n"}, ["~ a:", "    @@ -1,3 +1,3 @@", "     x", "    -y", "    +z", "     "]),
        ({"a": "x"}, {"a": "x\ny"}, ["- a: x", "+ a:", "+   x", "+   y"]),
        ({"a": "x\r\ny"}, {"a": "x\ny"}, ["~ a:", "    @@ -1,2 +1,2 @@", "    -x\u240d", "    +x", "     y"]),
        ({"a": "x" * 50}, {"a": "y" * 50}, ["~ a:", f"    - {'x' * 50}", f"    + {'y' * 50}"]),
        (
            {"env": [{"name": "A"}, {"name": "B"}]},
            {"env": [{"name": "B"}, {"name": "A"}]},
            ["~ env, in order: [name=A], [name=B] → [name=B], [name=A]"],
        ),
    ],
)
def test_a_field_is_on_one_line_where_it_fits(old: Any, new: Any, expected: list[str]) -> None:
    assert lines(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 2}, ["- a: 1", "+ a: 2"]),
        ({"a": "x\ny\n"}, {"a": "x\nz\n"}, ["@@ a @@", "@@ -1,3 +1,3 @@", " x", "-y", "+z", " "]),
    ],
)
def test_each_value_has_its_colour(old: Any, new: Any, expected: list[str]) -> None:
    assert lines(old, new, colours=True) == expected


@pytest.mark.parametrize("where", ["start", "middle", "end", "everywhere"])
def test_all_that_differs_in_a_long_value_is_shown_and_little_else(where: str) -> None:
    parts = {"start": ("", LONG), "middle": (LONG, LONG), "end": (LONG, ""), "everywhere": ("", "")}[where]
    old, new = (parts[0] + mark * 400 + parts[1] for mark in "ab")
    _, first, second = lines({"a": old}, {"a": new})
    assert "a" * 400 in first
    assert "b" * 400 in second
    assert max(len(first), len(second)) < 500
    assert ("…" in first) == (where != "everywhere")


def test_a_long_value_within_the_other_is_shown() -> None:
    _, first, second = lines({"a": LONG}, {"a": LONG + "x"})
    assert len(second) == len(first) + 1


def test_long_lines_that_do_not_differ_are_cut() -> None:
    unified = (f" {LONG}", f"-{LONG}", f"+{LONG}y")
    shown = lines({}, {}, unified=unified)
    assert shown == [f" {'x' * (MAX_LINE - 1)}… (1,000 characters)", *unified[1:]]


def test_what_is_less_to_read_is_shown() -> None:
    unified = ("@@ -1 +1 @@", "-a: 1", "+b: 1")
    many = {f"f{n}": n for n in range(9)}
    assert lines({"a": 1}, {"a": 2}, unified=unified) == ["~ a: 1 → 2"]
    assert lines({}, many, unified=unified) == list(unified)


def test_texts_that_take_long_to_compare_are_not() -> None:
    old, new = ("".join(f"{n}{mark}\n" for n in range(3_000)) for mark in "ab")
    assert lines({"a": old}, {"a": new}, unified=("@@ too different @@",)) == ["@@ too different @@"]
