"""Our substitution gives what Flux's own gives, byte for byte, and refuses what Flux refuses."""

import sys
import unicodedata
from collections.abc import Callable
from random import Random

import pytest

from slipway.fleet.substitute import SubstitutionError, references, substitute
from tests.interop import grammar
from tests.interop.reference import Answer, FluxReference, SubstitutionCase

CASES = 10_000
"""Texts of each kind."""


@pytest.mark.parametrize("make", [grammar.text, grammar.soup])
@pytest.mark.parametrize("strict", [True, False], ids=["strict", "lenient"])
def test_random_texts_come_out_as_from_flux(flux: FluxReference, make: Callable[[Random], str], strict: bool) -> None:
    random = Random(f"{make.__name__} {strict}")
    cases = [SubstitutionCase(make(random), grammar.variables(random), strict) for _ in range(CASES)]
    assert _differences(flux, cases) == []


def test_every_character_changes_its_case_as_in_flux(flux: FluxReference) -> None:
    # Of an old Unicode, since Python's and Go's newest characters are not the same ones.
    characters = [character for character in map(chr, range(0x80, sys.maxunicode + 1)) if _has_case(character)]
    cases = [
        SubstitutionCase("${v^} ${v^^} ${v,} ${v,,}", {"v": character + character}, strict=True)
        for character in characters
    ]
    assert len(cases) > 1_500
    assert _differences(flux, cases) == []


@pytest.mark.parametrize("size", [1, 50, 300])
def test_long_values_match_wildcards_as_in_flux(flux: FluxReference, size: int) -> None:
    value = "a.é/" * size
    patterns = ["*.", "*/", "?", "a*é", "*é*", "[a-z]*.", "*a?é", "*[!-~]", "é", "*"]
    cases = [
        SubstitutionCase(f"${{v{operator}{pattern}}}", {"v": value}, strict=True)
        for operator in ("#", "##", "%", "%%")
        for pattern in patterns[: 3 if size > 100 else None]
    ]
    assert _differences(flux, cases) == []


def test_a_variable_without_a_default_is_one_that_flux_wants_set(flux: FluxReference) -> None:
    random = Random(1)
    texts = [text for text in (grammar.text(random) for _ in range(CASES)) if _is_readable(text)]
    answers = flux.envsubst(
        SubstitutionCase(text, {r.name: "" for r in references(text) if not r.has_default}, strict=True)
        for text in texts
    )
    assert [answer.error for answer in answers if answer.error and "panic" not in answer.error] == []


def _differences(flux: FluxReference, cases: list[SubstitutionCase]) -> list[tuple[SubstitutionCase, Answer, str]]:
    return [
        (case, theirs, ours)
        for case, theirs in zip(cases, flux.envsubst(cases), strict=True)
        if (ours := _ours(case)) != _expected(theirs)
    ]


def _ours(case: SubstitutionCase) -> str:
    try:
        return substitute(case.text, case.variables, strict=case.strict)
    except SubstitutionError:
        return "refused"


def _expected(theirs: Answer) -> str:
    """Text that is no UTF-8 gets past Flux's substitution, but not past the YAML parser that comes next."""
    if theirs.error:
        return "refused"
    try:
        return theirs.output.decode()
    except UnicodeDecodeError:
        return "refused"


def _is_readable(text: str) -> bool:
    try:
        references(text)
    except SubstitutionError:
        return False
    return True


def _has_case(character: str) -> bool:
    changed = character.upper() + character.lower() + character.title()
    return changed != character * 3 and unicodedata.ucd_3_2_0.category(character) != "Cn"
