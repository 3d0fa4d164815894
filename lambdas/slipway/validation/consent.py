"""What people have said of a pull request that may approve what it destroys."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from slipway.checks.consent import Consent
from slipway.events import APPROVING_LABELS
from slipway.github.protocol import PullRequest, Review

_VERDICTS = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
"""States by which a review takes the place of the same person's earlier ones; a comment leaves them as they are."""


def consent(pull: PullRequest, reviews: Iterable[Review]) -> Consent:
    """The labels that approve something, and those whose last word approves this very head.

    Args:
        pull: the pull request; its author has no say.
        reviews: all of its reviews, in the order in which they were given.
    """
    last = {review.user.lower(): review for review in reviews if review.user and review.state in _VERDICTS}
    approvers = {login for login, review in last.items() if review.state == "APPROVED" and review.sha == pull.head_sha}
    labels = frozenset(label for label in pull.labels if label.startswith(APPROVING_LABELS))
    return Consent(labels, frozenset(approvers - {pull.author.lower()}))


def mark(given: Consent) -> str:
    """A few characters that tell one consent from another; empty if nobody has said anything."""
    if not (given.labels or given.approvers):
        return ""
    said = "\0".join([*sorted(given.labels), "", *sorted(given.approvers)])
    return hashlib.sha256(said.encode()).hexdigest()[:8]
