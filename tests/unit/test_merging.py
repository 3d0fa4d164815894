"""Merges of pull requests that policy lets Slipway merge: whose approval counts."""

from __future__ import annotations

import pytest

from slipway.fleet.settings.requests import AutoMerge, What
from slipway.github.proposing.memory import MemoryProposals
from slipway.github.protocol import Review
from slipway.merging import CHECK, merge_all

REPOSITORY, BASE = "acme/gitops-system", "a" * 40


@pytest.mark.parametrize(
    ("permissions", "reviews", "is_merged"),
    [
        ({"mona": "write"}, [("mona", "APPROVED")], True),
        ({"mona": "admin"}, [("mona", "APPROVED")], True),
        ({"mona": "read"}, [("mona", "APPROVED")], False),
        ({"mona": "triage"}, [("mona", "APPROVED")], False),
        ({}, [("mona", "APPROVED")], False),
        ({"mona": "read", "octo": "write"}, [("mona", "APPROVED"), ("octo", "APPROVED")], True),
        ({"mona": "write", "octo": "write"}, [("mona", "APPROVED"), ("octo", "CHANGES_REQUESTED")], False),
        ({"mona": "write"}, [("mona", "APPROVED"), ("mona", "DISMISSED")], False),
        ({"mona": "write"}, [], False),
    ],
)
def test_the_approvals_of_those_who_may_write_count(
    permissions: dict[str, str], reviews: list[tuple[str, str]], is_merged: bool
) -> None:
    proposals = MemoryProposals()
    proposals.github.add_commit(REPOSITORY, BASE, {"a.yaml": b"{}\n"}, refs=["main", "HEAD"])
    proposals.put_branch(REPOSITORY, "slipway/a", BASE, {"a.yaml": b"a: 1\n"}, "Change a\n")
    pull = proposals.put_pull(REPOSITORY, "slipway/a", "main", "Change a", "", ["slipway"])
    proposals.add_run(REPOSITORY, pull.head_sha, CHECK, "success")
    for login, permission in permissions.items():
        proposals.permit(REPOSITORY, login, permission)  # type: ignore[arg-type]
    proposals.github.put_reviews(REPOSITORY, pull.number, *(Review(*each, pull.head_sha) for each in reviews))
    done = merge_all(
        [(REPOSITORY, pull)], AutoMerge(What(), 1, "squash"), lambda _: proposals, lambda _: proposals.github
    )
    assert done is is_merged
