"""Merges of pull requests that policy lets Slipway merge."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from slipway.fleet.settings.requests import AutoMerge
from slipway.github.proposals import Proposal, Proposals
from slipway.github.protocol import GitHub

WRITERS = frozenset(("admin", "maintain", "write"))
"""Whose approval counts, as for GitHub's own rules ("About protected branches"): whoever may read can approve, too."""
CHECK = "Slipway"
"""Name of the check run that has to be there and green, whatever others there are."""


def merge_all(
    pulls: Sequence[tuple[str, Proposal]],
    how: AutoMerge,
    proposals: Callable[[str], Proposals],
    github: Callable[[str], GitHub],
) -> bool:
    """Merge pull requests that belong together as far as they may be; returns whether all of them are.

    All need their approving reviews before any is merged. Then each is, once Slipway's own check and all others are
    green on its head: one may be green only when the one beside it is merged, as a cluster's definition is when its
    applications have a folder.
    """
    waiting = [(name, pull) for name, pull in pulls if not pull.merged]
    if not all(_is_approved(name, pull, how, proposals(name), github(name)) for name, pull in waiting):
        return False
    done = [
        _is_green(name, pull, proposals(name))
        and proposals(name).merge(name, pull.number, pull.head_sha, how.method).done
        for name, pull in waiting
    ]
    return all(done)


def _is_approved(name: str, pull: Proposal, how: AutoMerge, proposals: Proposals, github: GitHub) -> bool:
    return pull.state == "open" and not pull.draft and _approvals(name, pull, proposals, github) >= how.approvals


def _is_green(name: str, pull: Proposal, proposals: Proposals) -> bool:
    if proposals.check_run(name, pull.head_sha, CHECK) != "success":
        return False
    return proposals.check_state(name, pull.head_sha) == "success"


def _approvals(name: str, pull: Proposal, proposals: Proposals, github: GitHub) -> int:
    """How many people who may write approve of the head, and nobody asks for changes."""
    said: dict[str, str] = {}
    for review in github.reviews(name, pull.number):
        if review.user and review.state != "COMMENTED":
            said[review.user] = (
                review.state if review.sha == pull.head_sha or review.state == "CHANGES_REQUESTED" else ""
            )
    if "CHANGES_REQUESTED" in said.values():
        return 0
    approving = (user for user, state in said.items() if state == "APPROVED")
    return sum(proposals.permission(name, user) in WRITERS for user in approving)
