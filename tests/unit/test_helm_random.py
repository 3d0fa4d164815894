"""What differs between two renderings is replaced by a word."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from slipway.fleet.helm_random import masked


def _object(**fields: Any) -> dict[str, Any]:
    return {"kind": "Secret", **fields}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("first", "second", "kept", "paths"),
    [
        ({"a": 1}, {"a": 1}, {"a": 1}, ""),
        ({"a": "x7f"}, {"a": "k2d"}, {"a": "random"}, "a"),
        ({"a": 1}, {"a": 2}, {"a": "random"}, "a"),
        (
            {"data": {"p": _encoded("one")}},
            {"data": {"p": _encoded("two")}},
            {"data": {"p": _encoded("random")}},
            "data.p",
        ),
        ({"data": {"p": "abcd"}}, {"data": {"p": "abcdef=="}}, {"data": {"p": _encoded("random")}}, "data.p"),
        ({"data": {"p": "a b"}}, {"data": {"p": "a c"}}, {"data": {"p": "a random"}}, "data.p"),
        (
            {"metadata": {"name": "job-x7f"}},
            {"metadata": {"name": "job-a9c"}},
            {"metadata": {"name": "job-random"}},
            "metadata.name",
        ),
        ({"a": "x-1-z"}, {"a": "x-2-z"}, {"a": "x-random-z"}, "a"),
        ({"a": ["x", "y1"]}, {"a": ["x", "y2"]}, {"a": ["x", "random"]}, "a[1]"),
        ({"a": ["x"]}, {"a": ["x", "y"]}, {"a": "random"}, "a"),
        ({"a": {"k1": 1}}, {"a": {"k2": 1}}, {"a": {"k1": "random", "k2": "random"}}, "a.k1, a.k2"),
    ],
)
def test_fields_that_differ_are_masked_and_named(
    first: dict[str, Any], second: dict[str, Any], kept: dict[str, Any], paths: str
) -> None:
    objects, random = masked([_object(**first)], [_object(**second)])
    assert objects == [_object(**kept)]
    assert [fields for _, fields in random] == ([paths] if paths else [])


def test_two_pairs_of_renderings_come_to_the_same() -> None:
    def rendering(chance: str) -> list[dict[str, Any]]:
        return [_object(metadata={"name": f"web-{chance}"}, data={"key": _encoded(chance * 3)}, kept="same")]

    assert masked(rendering("ab1"), rendering("cd2")) == masked(rendering("ef3"), rendering("gh4"))


def test_an_object_is_named_as_it_is_kept() -> None:
    first, second = ({"kind": "Job", "metadata": {"name": f"job-{chance}"}} for chance in ("x7f", "a9c"))
    assert masked([first], [second])[1] == [("Job job-random", "metadata.name")]


def test_an_object_of_one_rendering_only_is_kept_and_named() -> None:
    one, other = _object(metadata={"name": "a"}), {"kind": "Job"}
    assert masked([one], []) == ([one], [("Secret a", "all")])
    assert masked([one], [other]) == ([one], [("Secret a", "all")])
    assert masked([], [other]) == ([], [])
