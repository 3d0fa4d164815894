"""Who has approved a pull request: by a label, or by a review of its very head."""

from __future__ import annotations

import pytest

from slipway.checks.consent import Consent
from slipway.github.protocol import PullRequest, Review
from slipway.validation.consent import consent, mark

HEAD, OLD = "a" * 40, "b" * 40


def pull(*labels: str) -> PullRequest:
    return PullRequest(
        repository="acme/gitops-system",
        number=7,
        state="open",
        draft=False,
        head_sha=HEAD,
        head_repository="acme/gitops-system",
        base_ref="main",
        base_sha=OLD,
        merge_sha="c" * 40,
        mergeable=True,
        labels=labels,
        author="dora",
    )


@pytest.mark.parametrize(
    ("reviews", "approvers"),
    [
        ([("mona", "APPROVED", HEAD)], {"mona"}),
        ([("Mona", "APPROVED", HEAD)], {"mona"}),
        ([("mona", "APPROVED", HEAD), ("mona", "COMMENTED", HEAD)], {"mona"}),
        ([("mona", "CHANGES_REQUESTED", OLD), ("mona", "APPROVED", HEAD)], {"mona"}),
        ([("mona", "APPROVED", HEAD), ("hubot", "APPROVED", HEAD)], {"mona", "hubot"}),
        ([("mona", "APPROVED", OLD)], set()),
        ([("mona", "APPROVED", "")], set()),
        ([("mona", "DISMISSED", HEAD)], set()),
        ([("mona", "APPROVED", HEAD), ("mona", "CHANGES_REQUESTED", HEAD)], set()),
        ([("dora", "APPROVED", HEAD)], set()),
        ([("Dora", "APPROVED", HEAD)], set()),
        ([("", "APPROVED", HEAD)], set()),
        ([("mona", "COMMENTED", HEAD)], set()),
    ],
)
def test_the_last_word_of_each_on_this_head_counts(reviews: list[tuple[str, str, str]], approvers: set[str]) -> None:
    given = consent(pull(), [Review(*each) for each in reviews])

    assert given == Consent(frozenset(), frozenset(approvers))


def test_only_labels_that_may_approve_count() -> None:
    assert consent(pull("bug", "slipway/go", "Slipway/go"), []).labels == {"slipway/go"}


def test_what_is_said_makes_another_mark_and_saying_nothing_none() -> None:
    said = [Consent(frozenset({"a"})), Consent(frozenset(), frozenset({"a"})), Consent(frozenset({"a", "b"}))]

    assert mark(Consent()) == ""
    assert len({mark(each) for each in said}) == 3
    assert mark(Consent(frozenset({"b", "a"}))) == mark(said[2])
