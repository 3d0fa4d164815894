"""Counting, listing, and making somebody else's text harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.report.words import WIDTH, count, inert, listed, plain, plain_lines, wrapped


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 clusters"), (1, "1 cluster"), (3, "3 clusters"), (1204, "1,204 clusters")]
)
def test_counts_in_english(number: int, expected: str) -> None:
    assert count(number, "cluster") == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("", ""),
        ("a", "a"),
        ("ab", "a and b"),
        ("abcde", "a, b, c, d and e"),
        ("abcdefg", "a, b, c, d, e and 2 more"),
    ],
)
def test_lists_in_english(names: str, expected: str) -> None:
    assert listed(list(names)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flux-system/ünï ☃ 😀", "flux-system/ünï ☃ 😀"),
        ("a\tb", "a\tb"),
        ("no\u00a0break", "no\u00a0break"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b31m", r"\x9b31m"),
        ("a\r\nb", r"a\r\nb"),
        ("a\x08\x7f\x00", r"a\x08\x7f\x00"),
        ("exe\u202etxt", r"exe\u202etxt"),
        ("a\u2028b\u2066c", r"a\u2028b\u2066c"),
        ("a\u200bb", r"a\u200bb"),
        ("\udcff.yaml", r"\udcff.yaml"),
    ],
    ids=[
        "letters",
        "a tab",
        "a space",
        "an escape sequence",
        "an escape sequence of one byte",
        "line breaks",
        "control characters",
        "text that runs backwards",
        "separators",
        "what has no width",
        "what is not UTF-8",
    ],
)
def test_shows_what_would_not_be_seen(text: str, expected: str) -> None:
    assert plain(text) == expected


@given(st.text())
def test_nothing_is_left_that_moves_a_cursor(text: str) -> None:
    shown = plain(text)

    assert len(shown.splitlines()) <= 1
    assert all(character.isprintable() or character == "\t" or character.isspace() for character in shown)
    assert "\x1b" not in shown


def test_lines_stay_lines() -> None:
    assert plain_lines("one\n\n  two \x1b \nthree\r\n") == ["one", r"  two \x1b", "three"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("::error::x", r":\:error::x"),
        ("  \t::stop-commands::x", "  \t:\\:stop-commands::x"),
        ("arn:aws:iam::1:role", "arn:aws:iam::1:role"),
        ("a ##[error]b ##[group]", r"a ##\[error]b ##\[group]"),
        (": :", ": :"),
    ],
)
def test_a_log_takes_no_line_for_a_command(line: str, expected: str) -> None:
    assert inert(line) == expected


@given(st.text("#[: \t\u00a0e]", max_size=12))
def test_no_line_is_a_command_of_a_log(line: str) -> None:
    safe = inert(line)

    assert not safe.lstrip().startswith("::")
    assert "##[" not in safe


def test_long_lists_are_wrapped_between_names() -> None:
    names = [f"namespace-{number}/a-rather-long-name" for number in range(20)]

    lines = wrapped(", ".join(names), "  ")

    assert all(len(line) <= WIDTH for line in lines)
    assert " ".join(line.strip() for line in lines) == ", ".join(names)
    assert (lines[0][:3], lines[1][:5]) == ("  n", "    n")
