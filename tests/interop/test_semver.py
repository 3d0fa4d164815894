"""Versions are in the ranges that Masterminds/semver, which Flux asks, says they are in."""

from random import Random
from typing import TypeVar

from slipway.fleet.semver import parse_range, parse_version
from tests.interop.reference import FluxReference

T = TypeVar("T")

CASES = 20_000
VERSIONS_EACH = 12
OPERATORS = ("", "", "", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^", "^", "^")
NUMBERS = ("0", "0", "0", "1", "1", "2", "3", "10")
WILD = (*NUMBERS, "x", "X", "*")
PRERELEASES = ("0", "1", "2", "10", "alpha", "alpha.1", "alpha.beta", "rc.1", "rc.10", "rc.2", "-", "a-b", "rc-1")
SPACES = ("", "", "", " ", " ", "  ", "\t", "\n")
ODD_OPERATORS = ("!", "==", "><", "=>=")
ODD_NUMBERS = ("01", "18446744073709551615", "18446744073709551616", "xx", "1x", "|", "")
ODD_PRERELEASES = (
    "01",
    "1.01",
    "x.",
    ".x",
    "é",
    "",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999",
)
ODD_SPACES = ("\v", "\u00a0", "\f", "\r")
ODD = 0.01
"""How often something is odd; a case has some dozen of them."""


def test_random_versions_are_in_the_same_ranges_in_the_same_order(flux: FluxReference) -> None:
    random = Random(1)
    cases = [(_range(random), [_version(random) for _ in range(VERSIONS_EACH)]) for _ in range(CASES)]
    answers = flux.in_range(cases)
    wrong = [
        (wanted, versions, theirs, ours)
        for (wanted, versions), theirs in zip(cases, answers, strict=True)
        if (ours := _ours(wanted, versions)) != theirs
    ]
    assert wrong == []
    assert sum(answer is not None for answer in answers) > CASES * 0.7  # most of what is compared are ranges


def test_ranges_at_the_limits_of_their_length_are_the_same(flux: FluxReference) -> None:
    cases = [
        *(("1.2.3" + " " * length, ["1.2.3"]) for length in (506, 507, 508)),
        *((" || ".join(["1.2.3"] * count), ["1.2.3"]) for count in (31, 32, 33)),
        *((f"1.2.3-{'a' * length}", [f"1.2.3-{'a' * length}"]) for length in (249, 250, 251)),
    ]
    assert [_ours(*case) for case in cases] == flux.in_range(cases)


def _ours(wanted: str, versions: list[str]) -> list[str] | None:
    parsed = parse_range(wanted)
    if parsed is None:
        return None
    found = [(version, text) for text in versions if (version := parse_version(text)) and version in parsed]
    return [text for _, text in sorted(found, key=lambda item: item[0].precedence)]


def _range(random: Random) -> str:
    return _one(random, ("||", " || "), ("|", "|||")).join(
        _all_of(random) for _ in range(random.choice((1, 1, 1, 2, 3)))
    )


def _all_of(random: Random) -> str:
    if random.random() < 0.15:
        before, after = (_one(random, SPACES, ODD_SPACES) for _ in range(2))
        return f"{_partial(random)} {before}-{after} {_partial(random)}"
    parts = (_condition(random) for _ in range(random.choice((1, 1, 1, 2, 2, 3))))
    return _one(random, (" ", " ", ",", ", ", " , ", "  "), ("",)).join(parts)


def _condition(random: Random) -> str:
    before, between, after = (_one(random, SPACES, ODD_SPACES) for _ in range(3))
    return f"{before}{_one(random, OPERATORS, ODD_OPERATORS)}{between}{_partial(random)}{after}"


def _partial(random: Random) -> str:
    return _written(random, random.choice((NUMBERS, NUMBERS, WILD)), random.choice((1, 2, 2, 3, 3, 3, 3)))


def _version(random: Random) -> str:
    return _written(random, NUMBERS, _one(random, (1, 2, 3, 3, 3, 3, 3, 3), (4,)))


def _written(random: Random, numbers: tuple[str, ...], parts: int) -> str:
    prefix = _one(random, ("", "", "", "v"), ("V", "vv"))
    prerelease = f"-{_one(random, PRERELEASES, ODD_PRERELEASES)}" if random.random() < 0.3 else ""
    build = f"+{_one(random, PRERELEASES, ODD_PRERELEASES)}" if random.random() < 0.1 else ""
    return f"{prefix}{'.'.join(_one(random, numbers, ODD_NUMBERS) for _ in range(parts))}{prerelease}{build}"


def _one(random: Random, usual: tuple[T, ...], odd: tuple[T, ...]) -> T:
    return random.choice(odd if random.random() < ODD else usual)
