"""What Slipway asks of GitHub, and in which shapes the answers come.

Implemented by `slipway.github.client` (the real thing) and `slipway.github.memory` (the twin that tests use). Both
raise `RetryLater` when GitHub is down, slow or rate-limits us, and `InputError` when what was asked for does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from slipway.fleet.tree import Tree

Conclusion = Literal["success", "failure", "neutral", "cancelled", "action_required"]
Level = Literal["failure", "warning", "notice"]


@dataclass(frozen=True)
class PullRequest:
    """A pull request as it is now."""

    repository: str
    """`owner/name` of the base repository."""
    number: int
    state: Literal["open", "closed"]
    draft: bool
    head_sha: str
    head_repository: str
    """`owner/name` that the head lives in, `""` if it was deleted."""
    base_ref: str
    """Branch that it would be merged into."""
    base_sha: str
    """Tip of the base branch when GitHub last looked: it does not follow the branch. `merge_sha` has the true base."""
    merge_sha: str
    """Commit of the would-be merge, `""` while GitHub has not computed it or if there is none."""
    mergeable: bool | None
    """None: GitHub has not computed it yet."""
    labels: tuple[str, ...] = ()
    author: str = ""
    """Login; `""` if the account is no more."""

    @property
    def from_fork(self) -> bool:
        """True if the head lives in another repository: its author may have no rights here."""
        return self.head_repository != self.repository


@dataclass(frozen=True)
class Commit:
    """A commit and its parents; the first parent of a would-be merge is the base that it merges into."""

    sha: str
    parents: tuple[str, ...]
    committed: str = ""
    """When, in ISO 8601 with a time zone; `""` if nobody knows."""


@dataclass(frozen=True)
class Review:
    """What somebody has said of a pull request."""

    user: str
    """Login; `""` if the account is no more."""
    state: str
    """`APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, or `DISMISSED`, which any of them can become."""
    sha: str
    """The head that it is about; `""` if it is no more."""


@dataclass(frozen=True)
class Tag:
    """A tag of a repository."""

    name: str
    sha: str
    """The commit that it names."""


@dataclass(frozen=True)
class Annotation:
    """A finding on a line of a file of the head."""

    path: str
    line: int
    """1-based; a finding about a whole file stands on line 1."""
    level: Level
    title: str
    message: str


@dataclass(frozen=True)
class CheckRun:
    """A check run to make or to update: the whole of what it should say."""

    name: str
    head_sha: str
    external_id: str
    """What the run is about; there is never more than one run with one `external_id` on a commit.

    It stands for one state of everything that is judged: the annotations of a run can be added to, never taken back, so
    a re-run, or a run against another base, has an `external_id` of its own.
    """
    status: Literal["queued", "in_progress", "completed"]
    title: str
    summary: str
    text: str = ""
    conclusion: Conclusion | None = None
    """Set exactly if the status is `completed`."""
    annotations: tuple[Annotation, ...] = field(default=())
    details_url: str = ""


class GitHub(Protocol):
    """GitHub as one installation of the App sees it, with a token cut to the job and its repositories."""

    def pull_request(self, repository: str, number: int) -> PullRequest:
        """The pull request as it is now."""
        ...

    def reviews(self, repository: str, number: int) -> tuple[Review, ...]:
        """The reviews of a pull request, in the order in which they were given.

        Raises:
            LimitError: there are more than are read.
        """
        ...

    def commit(self, repository: str, ref: str) -> Commit:
        """The commit that a branch, tag or sha names.

        Args:
            repository: `owner/name`.
            ref: a short name (`main`, `v1.0`), a full one (`refs/heads/main`, `refs/tags/v1.0`, `refs/pull/7/head`),
                `HEAD` for the default branch, or a sha.
        """
        ...

    def tags(self, repository: str) -> tuple[Tag, ...]:
        """All tags of a repository, in no particular order.

        Raises:
            LimitError: there are more than are read.
        """
        ...

    def tree(self, repository: str, sha: str) -> Tree:
        """All files of a commit, each as it was committed.

        Args:
            repository: `owner/name`.
            sha: full id of the commit.

        Raises:
            InputError: the archive is not one that we accept; `LimitError` names the limit and the file.
        """
        ...

    def put_check_run(self, repository: str, run: CheckRun) -> int:
        """Make the check run or update the one with its `external_id`; returns its id.

        Texts beyond GitHub's 65,535 bytes must be cut by the caller (`slipway.github.cut`); annotations are sent 50 at
        a time, in order, and those that an earlier, interrupted call has sent are not sent again.
        """
        ...
