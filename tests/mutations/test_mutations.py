"""Each way to break the fleet is caught, on the line that somebody wrote, and docs/mutations.md says so."""

from __future__ import annotations

from functools import cache

import pytest

from slipway.checks.families import RULES
from tests.mutations.broken import MUTATIONS
from tests.mutations.mutation import Mutation
from tests.mutations.outcomes import CAUGHT_BY, NOT_CAUGHT
from tests.mutations.table import END, PAGE, PEERS, START, caught, peers_on_page, row

NAMES = [mutation.name for mutation in MUTATIONS]
EVERY = pytest.mark.parametrize("mutation", MUTATIONS, ids=NAMES)


def test_there_are_ninety_and_more_of_which_no_two_have_one_name() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 90


def test_each_has_either_a_rule_that_catches_it_or_a_reason_why_none_does() -> None:
    assert sorted([*CAUGHT_BY, *NOT_CAUGHT]) == sorted(NAMES)
    assert {rule for rules in CAUGHT_BY.values() for rule in rules} <= set(RULES)


@EVERY
def test_it_is_caught_as_the_page_says(mutation: Mutation) -> None:
    finding = caught(mutation)

    assert (finding.rule.id if finding else None) in CAUGHT_BY.get(mutation.name, (None,))
    assert _rows()[mutation.name].startswith(row(mutation, finding)), "run python -m tests.mutations.table --write"


def test_the_page_counts_what_is_in_its_rows() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert f"| **Slipway** | **{len(CAUGHT_BY)} of {len(NAMES)}** |" in text
    for peer in PEERS:
        said = [verdicts[peer] for verdicts in peers_on_page(text).values() if verdicts.get(peer)]
        assert f"| {peer} | {said.count('yes')} of {len(said)} |" in text


@cache
def _rows() -> dict[str, str]:
    """The table's rows by the mutations' names."""
    text = PAGE.read_text(encoding="utf-8").split(START)[1].split(END)[0]
    return {line.split(" | ")[0].removeprefix("| "): line for line in text.splitlines() if line.startswith("| ")}
