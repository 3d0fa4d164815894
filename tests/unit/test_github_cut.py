"""Texts are cut where a reader can bear it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.github.cut import cut

POINTER = "*Cut: all of it is at https://reports.example/1.*"


def room_for(text: str) -> int:
    return len(text.encode()) + len(POINTER.encode())


def test_a_text_that_fits_stays_as_it_is() -> None:
    assert cut("é" * 50, 100, POINTER) == "é" * 50


CASES = [
    ("whole lines stay", "one\ntwo\nthree\n" + "x" * 200, "one\ntwo\nthree\n\n"),
    ("a code fence is closed", "```diff\n+ a\n+ b\n" + "+ c" * 90 + "\n```\n", "```diff\n+ a\n+ b\n```\n\n"),
    ("with as many ticks as it has", "````md\n```\n" + "x" * 200 + "\n````", "````md\n```\n````\n\n"),
    ("tildes too", "~~~\n```\n" + "x" * 200 + "\n~~~", "~~~\n```\n~~~\n\n"),
    ("a closed fence needs nothing", "```\na\n```\n" + "x" * 200, "```\na\n```\n\n"),
    ("ticks inline open nothing", "```a```\n" + "x" * 200, "```a```\n\n"),
    ("details are closed", "<details><summary>a</summary>\n\nb\n" + "x" * 200, None),
    (
        "a table row stays whole",
        "| a | b |\n|---|---|\n| 1 | 2 |\n| " + "3" * 200,
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n",
    ),
    ("a header does not stay alone", "text\n\n| a | b |\n|---|" + "-" * 200 + "|\n| 1 |", "text\n\n\n"),
    ("a diagram is left out", "text\n```mermaid\ngraph TD\na --> b\n" + "c --> d\n" * 50 + "```\nend", "text\n\n"),
]


@pytest.mark.parametrize(("text", "kept"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_cut(text: str, kept: str | None) -> None:
    kept = kept or "<details><summary>a</summary>\n\nb\n\n</details>\n\n"
    assert cut(text, room_for(kept) + 1, POINTER) == kept + POINTER


def test_a_first_line_that_does_not_fit_is_cut_between_characters() -> None:
    assert cut("é" * 100, room_for("éé…\n\n") + 1, POINTER) == "éé…\n\n" + POINTER


@pytest.mark.parametrize("text", ["| a |" * 50, "<details>" * 50, "```" + "x" * 300], ids=["a row", "a tag", "a fence"])
def test_a_first_line_that_means_nothing_in_part_is_left_out(text: str) -> None:
    assert cut(text, room_for("") + 20, POINTER) == POINTER


def test_no_room_for_the_pointer_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="a limit of 10 bytes leaves no room for the pointer"):
        cut("x" * 11, 10, POINTER)


LINES = st.lists(
    st.sampled_from(
        ["text", "é" * 9, "", "```", "````yaml", "~~~", "```mermaid", "<details>", "</details>", "| a |", "|---|"]
    ),
    max_size=40,
)


@given(lines=LINES, limit=st.integers(len(POINTER), 300))
def test_whatever_is_cut_fits_keeps_a_start_and_ends_with_the_pointer(lines: list[str], limit: int) -> None:
    text = "\n".join(lines)
    result = cut(text, limit, POINTER)
    assert len(result.encode()) <= limit
    kept, pointer, rest = result.partition(POINTER)
    if result != text:
        assert (pointer, rest) == (POINTER, "")
        assert not kept or kept.endswith("\n\n")
        ours = {*lines, "", "</details>", "```", "````", "~~~"}
        assert all(line in ours or line.endswith("…") for line in kept.split("\n"))
