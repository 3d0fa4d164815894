"""YAML as Go's library writes it."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.fleet.go_yaml import go_yaml


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("<< inputs.a >>", "<< inputs.a >>"),
        ("<< inputs.a | quote >>", "<< inputs.a | quote >>"),
        ('"<< x >>"', "'\"<< x >>\"'"),
        ("# x", "'# x'"),
        ("a: b", "'a: b'"),
        ("yes", '"yes"'),
        ("1:20", '"1:20"'),
        ("2001-01-01", '"2001-01-01"'),
        ("<<", '"<<"'),
        ("", '""'),
        ("a\nb\n", "|\n  a\n  b"),
        (" a\nb", "|2-\n   a\n  b"),
        ("x" * 200 + " y", "x" * 200 + " y"),
        (1e21, "1e+21"),
        (1.5, "1.5"),
        (None, "null"),
        ([], "[]"),
        ({}, "{}"),
    ],
)
def test_a_value_is_written_as_in_go(value: Any, written: str) -> None:
    assert go_yaml({"a": value}) == f"a: {written}\n"


def test_lists_are_not_indented() -> None:
    assert go_yaml({"a": [1, [2], {"b": []}]}) == "a:\n- 1\n- - 2\n- b: []\n"


def test_keys_are_ordered_by_the_numbers_in_them() -> None:
    keys = ["a10", "a9", "a09", "B", "_", "1", "a", "ab", "a-b", "a01", "a1"]
    written = go_yaml(dict.fromkeys(keys, 0)).replace(": 0", "").replace('"', "").split()
    assert written == ["_", "1", "B", "a", "a-b", "a1", "a01", "a9", "a09", "a10", "ab"]
