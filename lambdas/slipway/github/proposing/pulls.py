"""The pull request of a branch of ours: one that is open, and merged as it was looked at or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from slipway.github.failures import OutcomeUnknown
from slipway.github.names import is_sha
from slipway.github.proposals import BRANCH_PREFIX, Merge, MergeMethod, Proposal
from slipway.github.proposing.branches import SOON, check_ours
from slipway.github.proposing.conversation import check_body, check_title, same_text
from slipway.github.rounds import until_known


class Pulls(Protocol):
    """The pull requests of one repository."""

    def get(self, number: int) -> Proposal:
        """The pull request as it is now."""
        ...

    def of(self, branch: str) -> Sequence[Proposal]:
        """Those of a branch, open or not, the newest first."""
        ...

    def open(self) -> Sequence[Proposal]:
        """All that are open, of branches of the repository itself."""
        ...

    def create(self, branch: str, base: str, title: str, body: str) -> Proposal | None:
        """Open a pull request; None if the branch has an open one already."""
        ...

    def update(self, number: int, base: str, title: str, body: str) -> Proposal:
        """Have a pull request say something else."""
        ...

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        """Put labels on a pull request, besides those that it has."""
        ...

    def close(self, number: int) -> None:
        """Close a pull request."""
        ...

    def merge(self, number: int, sha: str, method: MergeMethod) -> Merge:
        """Merge a pull request if its head is `sha`."""
        ...

    def pause(self, attempt: int) -> None:
        """Leave GitHub alone for a moment."""
        ...


def open_pulls(pulls: Pulls) -> tuple[Proposal, ...]:
    """Those of branches of ours; see `Proposals.open_pulls`."""
    return tuple(pull for pull in pulls.open() if pull.branch.startswith(BRANCH_PREFIX))


def put_pull(pulls: Pulls, branch: str, base: str, title: str, body: str, labels: Sequence[str]) -> Proposal:
    """Let a branch have one open pull request; see `Proposals.put_pull`."""
    check_ours(branch)
    check_title(title)
    check_body(body)
    return until_known(lambda: _put_pull(pulls, branch, base, title, body, labels), pulls.pause)


def _put_pull(pulls: Pulls, branch: str, base: str, title: str, body: str, labels: Sequence[str]) -> Proposal:
    pull = _open_one(pulls, branch, base) or pulls.create(branch, base, title, body) or _open_one(pulls, branch, base)
    if pull is None:
        # GitHub says that there is one, and lists none: the list is of a moment ago.
        raise OutcomeUnknown(f"the pull request of {branch} is not to be seen yet", after=SOON)
    if pull.base != base or not same_text(pull.title, title) or not same_text(pull.body, body):
        pull = pulls.update(pull.number, base, title, body)
    missing = [label for label in dict.fromkeys(labels) if label not in pull.labels]
    if missing:
        pulls.add_labels(pull.number, missing)
    return replace(pull, labels=(*pull.labels, *missing))


def _open_one(pulls: Pulls, branch: str, base: str) -> Proposal | None:
    """The open pull request of a branch; GitHub allows one for each base, and the one for ours comes first."""
    found = [pull for pull in pulls.of(branch) if pull.state == "open"]
    return min(found, key=lambda pull: (pull.base != base, pull.number), default=None)


def close_pull(pulls: Pulls, number: int) -> None:
    """Close a pull request if it is open; see `Proposals.close_pull`."""

    def once() -> None:
        if pulls.get(number).state == "open":
            pulls.close(number)

    until_known(once, pulls.pause)


def merge(pulls: Pulls, number: int, sha: str, method: MergeMethod) -> Merge:
    """Merge a pull request as it was looked at; see `Proposals.merge`."""
    if not is_sha(sha):
        raise ValueError(f"{sha!r} is not the full id of a commit")
    return until_known(lambda: _merge(pulls, number, sha, method), pulls.pause)


def _merge(pulls: Pulls, number: int, sha: str, method: MergeMethod) -> Merge:
    pull = pulls.get(number)
    if pull.merged:
        return Merge(done=True, sha=pull.merge_commit_sha)
    if pull.state == "closed":
        return Merge(done=False, reason="the pull request is closed")
    if pull.head_sha != sha:
        return Merge(done=False, reason=f"its head is {pull.head_sha[:12]} now, and no more {sha[:12]}")
    outcome = pulls.merge(number, sha, method)
    if not outcome.done and (now := pulls.get(number)).merged:
        # Somebody else was as quick.
        return Merge(done=True, sha=now.merge_commit_sha)
    return outcome
