"""Scalars that are easily misread."""

from __future__ import annotations

from typing import Any

from tests.generators.dice import Dice


class Plain(str):
    """Text that is written as it is, without quotes, whatever a reader takes it for."""

    __slots__ = ()


WORDS = ("a", "b", "web", "api", "v1", "prod", "0", "1", "true")
TEXTS = (
    *("", " ", "yes", "no", "on", "Off", "y", "N", "null", "~", "true", "False", "1", "0777", "0o17", "0x1F", "0b1"),
    *("1e3", "1E-7", "1_000", "1.0", ".5", "-.inf", ".nan", "12:30:45", "190:20", "2001-01-01", "1.2.3", "<<", "="),
    *("-", "- a", "a: b", "a:b", ": ", ":", "a #b", "#b", "# b", "---", "--- a", "...", "%TAG x", "@x", "`x`", "!x"),
    *("&x", "*x", "|", ">", "?", "? x", "[", "{", "}", "a,b", "{a: b}", "[a]", '{"a": 1, "b": [true, null]}'),
    *("it's", 'say "x"', "back\\slash", "\\n", "tab\there", " lead", "trail ", "é", "日本語", "😀", "a\u00a0b", "a/b"),
    *("two\nlines", "two\nlines\n", "end\n\n", "end\n\n\n", "\nstart", "\n", "\n\n", "  indented\nrest\n", "a\n b\n"),
    *("trail \nnext\n", "tab\t\nnext\n", " \n", "a\n\n\nb\n", "---\nkind: x\n", "a\n---\nb", "a\n...\n", "# x\ny: z\n"),
    *("k: v\n", "k:\n  - a\n  - b: c\n", "- a\n", "a\r\nb\r\n", "a\rb", "x" * 90, "word " * 30, "word " * 30 + "\nb\n"),
    *("line " * 20 + "\n" + "line " * 20, "a\u2028b", "a\u0085b", "\ufeffa", "a\u200bb", "\u001b[0m", "\x7f", "é\n€\n"),
    *("metadata:\n  annotations:\n    config.kubernetes.io/origin: |\n      path: x\n", "  path: x.yaml\n"),
)
"""Values of text."""
PLAINS = tuple(
    Plain(text)
    for text in (
        *("yes", "no", "on", "off", "y", "n", "Y", "NO", "true", "False", "null", "Null", "~", "", "=", "0777", "0o17"),
        *("0x1F", "0b11", "1_000", "1e3", "1E+2", "1e-7", "1.0", "1.50", "0.1", ".5", "5.", "-0", "-0.0", "+1", "007"),
        *("08", "1e21", "1e+06", "123456789.0", "12345678901234567890", "9223372036854775807", "9223372036854775808"),
        *("-9223372036854775809", "9007199254740993", "100000000000000000000", "3.4028236e38", "1e308", "1e400"),
        *("0.30000000000000004", "12:30:45", "2001-01-01", "2001-12-14t21:59:43.10-05:00", "1.2.3", "a b", "é", "😀"),
        *("a:b", "a#b", "x/y", "!!str 1", "!!int '1'", "!!float 1", "!!binary YQ==", "! x", "!x 1", "!!null ''", "<<"),
    )
)
"""Values without quotes."""
UNREADABLE = tuple(Plain(text) for text in (".inf", ".nan", "-.INF", "!!int x", "*gone", "[", "'", '"', "{a", "@a"))
"""Values that nobody can read, or that JSON cannot hold."""
NUMBERS = (0, 1, -1, 80, 8080, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 0.5, 1.5, 1e-7, 1e21, 123456789.125)
VARIABLES = (
    *("${VAR}", "${region}", "x-${VAR}-y", "${VAR}${region}", "$${VAR}", "$$", "$", "$VAR", "$(VAR)", "${count}"),
    *("${VAR:=default}", "${UNSET:=a b}", "${UNSET:-${region}}", "${VAR:-x}", "${EMPTY:=x}", "${EMPTY}", "${UNSET:=}"),
    *("${VAR:0:2}", "${VAR#*-}", "${region%%-*}", "${VAR^^}", "${#VAR}", "${VAR/a/b}", "${region//-/_}", "${lines}"),
    *("line ${VAR}\nnext $${VAR}\n", "- ${VAR}\n", "${VAR}: ${region}", "${yaml}", "${number}", "${UNSET}", "${VAR"),
)
"""Values that substitution changes; the last two are refused."""


def text(dice: Dice) -> str:
    """Some text."""
    kind = dice.number(0, 9)
    if kind < 5:
        return dice.pick(WORDS)
    return dice.pick(TEXTS) if kind < 8 else dice.pick(VARIABLES if dice.rarely(10) else VARIABLES[:-2])


def scalar(dice: Dice) -> Any:
    """Some value that is no collection."""
    kind = dice.number(0, 9)
    if kind < 5:
        return text(dice)
    if kind < 7:
        return dice.pick(PLAINS)
    if kind == 7 and dice.rarely(5):
        return dice.pick(UNREADABLE)
    return dice.pick((*NUMBERS, True, False, None))


def value(dice: Dice, depth: int = 0) -> Any:
    """Some value, collections of them included."""
    kind = dice.number(0, 9)
    if kind < 6 or depth > 3:
        return scalar(dice)
    if kind < 8:
        return {key(dice): value(dice, depth + 1) for _ in range(dice.number(0, 3))}
    return [value(dice, depth + 1) for _ in range(dice.number(0, 3))]


def key(dice: Dice) -> str:
    """Some key of a mapping."""
    return dice.pick(KEYS if dice.rarely(20) else ("a", "b", "c", "key", "spec", "name"))


KEYS = (
    *("yes", "1", "null", "", "~", "a b", "a.b/c", "é", "0777", "1e3", "- a", "a: b", "#", "'", '"', "${VAR}", "<<"),
    *(Plain("yes"), Plain("1"), Plain("1.50"), Plain("0777"), Plain("1e3"), Plain("a b"), "x" * 140, "a\nb", "$patch"),
)
