"""What Slipway does at GitHub when it proposes a change: issues, comments, branches, pull requests and their merge.

Implemented by `slipway.github.proposing.client` (the real thing) and `slipway.github.proposing.memory` (the twin that
tests use). As with `slipway.github.protocol.GitHub`, both raise `RetryLater` when GitHub is down, slow or rate-limits
us, `OutcomeUnknown` (one of it) when a write was not answered several times over, and `InputError` when what was asked
for does not exist or GitHub refuses it (`Refused`, with its status and words, if it was GitHub who did).

Whatever is done here can be done again: a repetition finds what there is and changes only what differs. Of several at
once, all come to the same issue, comment, branch or pull request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from slipway.errors import InputError

BRANCH_PREFIX = "slipway/"
"""What the names of our branches begin with: no other branch is ever written or deleted."""

MAX_TITLE = 256
"""Characters of a title that GitHub takes."""

MAX_BODY = 65_536
"""Characters of the body of an issue, a comment or a pull request that GitHub takes."""

Permission = Literal["admin", "maintain", "write", "triage", "read", "none"]
CheckState = Literal["success", "failure", "pending", "none"]
MergeMethod = Literal["squash", "merge"]


class NothingToChange(InputError):
    """The base already holds all the files as they were to be: there is nothing to propose."""


@dataclass(frozen=True)
class Issue:
    """An issue, or what a pull request has of one."""

    repository: str
    """`owner/name`."""
    number: int
    title: str
    body: str
    """As it was written; `""` if nothing was."""
    state: Literal["open", "closed"]
    author: str
    """Login; `""` if the account is no more."""
    labels: tuple[str, ...]
    is_pull_request: bool
    url: str
    """For people."""


@dataclass(frozen=True)
class Comment:
    """A comment on an issue or on a pull request as a whole."""

    id: int
    body: str
    author: str
    """Login; `""` if the account is no more."""
    by_app: bool
    """True if an App wrote it, ours or another: not a person's words."""
    number: int
    """Of the issue or pull request that it is on."""
    url: str
    """For people."""


@dataclass(frozen=True)
class Proposal:
    """A pull request from a branch of its own repository."""

    number: int
    state: Literal["open", "closed"]
    merged: bool
    draft: bool
    title: str
    body: str
    labels: tuple[str, ...]
    branch: str
    head_sha: str
    base: str
    """Branch that it goes, or went, into."""
    merge_commit_sha: str
    """If merged, the commit on the base that it became; else the would-be merge, or `""`."""
    url: str
    """For people."""
    author: str = ""
    """Login; `""` if the account is no more."""


@dataclass(frozen=True)
class Merge:
    """What came of the wish to merge."""

    done: bool
    """It is merged: by this call, an earlier one, or somebody else."""
    reason: str = ""
    """If not: why, in GitHub's words. It may be otherwise later."""
    sha: str = ""
    """If so: the commit on the base that it became, `""` if GitHub does not say."""


class Proposals(Protocol):
    """GitHub as one installation of the App sees it, with a token cut to the job and its repositories.

    A repository is always `owner/name`; a branch is a short name.
    """

    def issue(self, repository: str, number: int) -> Issue:
        """The issue, or pull request, as it is now."""
        ...

    def comment(self, repository: str, comment_id: int) -> Comment:
        """The comment as it is now."""
        ...

    def open_issue(self, repository: str, title: str, body: str, labels: Sequence[str], marker: str) -> int:
        """Open the one issue of ours that has `marker`; returns its number.

        Args:
            repository: `owner/name`.
            title: of the issue, if it is made.
            body: Markdown, if it is made; the marker is added if it is not in it.
            labels: at least one, by the first of which the issue is looked for. Those that do not exist are made.
            marker: an HTML comment (`<!-- … -->`) that no other issue has, nor one of another Slipway's: of issues
                GitHub does not always say which App has opened them.

        An issue that exists is left as it is, open or closed. It is looked for among the newest 1,000 with the label.

        Raises:
            LimitError: title or body is longer than GitHub takes.
        """
        ...

    def put_comment(self, repository: str, number: int, marker: str, body: str) -> int:
        """Make the one comment of ours with `marker` on an issue or pull request say `body`; returns its id.

        Comments of others do not count, whatever they hold. Should there be several of ours, the oldest stays.

        Raises:
            LimitError: the body is longer than GitHub takes, or there are more comments than are read.
        """
        ...

    def close_issue(self, repository: str, number: int, *, completed: bool) -> None:
        """Close an issue as completed, or as not planned; one that is closed is left as it is."""
        ...

    def permission(self, repository: str, login: str) -> Permission:
        """What somebody may do with a repository; a custom role counts as the one that it is based on.

        `none` also if there is nobody of that name.
        """
        ...

    def is_member(self, organization: str, team: str, login: str) -> bool:
        """True if somebody is a member of a team (its slug) or of a team below it; an invitation does not count.

        False also if there is no such team.
        """
        ...

    def branch(self, repository: str, name: str) -> str | None:
        """The sha of a branch's tip, None if there is no such branch."""
        ...

    def default_branch(self, repository: str) -> str:
        """The name of the default branch."""
        ...

    def is_own_commit(self, repository: str, sha: str) -> bool:
        """True if our App has made a commit through GitHub's API, as `put_branch` does, and nobody else can have.

        Whoever may push to a branch of ours may put another commit there, and write any name into it: what counts is
        that GitHub has signed it for our App.
        """
        ...

    def put_branch(
        self,
        repository: str,
        name: str,
        base_sha: str,
        files: Mapping[str, bytes | None],
        message: str,
        *,
        stay_on: str = "",
    ) -> str:
        """Let a branch be one commit on top of `base_sha` with these files written; returns the sha of its tip.

        If it is that already, nothing is written. Else its commit is replaced: the branch is ours alone. Commits are
        signed by GitHub for the App, and shown as verified. A file that exists keeps its mode.

        Args:
            repository: `owner/name`.
            name: begins with `BRANCH_PREFIX`.
            base_sha: full id of the commit to stand on.
            files: path → what it shall hold; None deletes it, and may be of a file that is not there.
            message: of the commit.
            stay_on: an earlier commit that is a part of `base_sha`: a branch that is one commit on that is left alone,
                if merging it comes to the same: it changes these files, to this, and no others, and both commits hold
                the same of them.

        Raises:
            InputError: a path is not plain (absolute, `..`, in `.git`), or is that of a folder, link or submodule, or
                below that of a file.
            NothingToChange: the base holds all of that already; nothing was written.
        """
        ...

    def pulls_of(self, repository: str, branch: str) -> tuple[Proposal, ...]:
        """The pull requests that a branch of the repository has or had, the newest first."""
        ...

    def open_pulls(self, repository: str) -> tuple[Proposal, ...]:
        """The open pull requests from branches of ours (`BRANCH_PREFIX`) in the repository itself, in no order.

        Raises:
            LimitError: it has more open pull requests than are read.
        """
        ...

    def put_pull(
        self, repository: str, branch: str, base: str, title: str, body: str, labels: Sequence[str]
    ) -> Proposal:
        """Let a branch have one open pull request, and that say this; returns it.

        Title, body and base are made what is given. Labels are added: those that people have put there stay.

        Raises:
            LimitError: title or body is longer than GitHub takes.
        """
        ...

    def close_pull(self, repository: str, number: int) -> None:
        """Close a pull request without merging it; one that is closed or merged is left as it is."""
        ...

    def delete_branch(self, repository: str, name: str) -> None:
        """Delete a branch of ours (`BRANCH_PREFIX`), if it exists."""
        ...

    def check_state(self, repository: str, sha: str) -> CheckState:
        """What all checks say of a commit: the latest run of each name and App, and the latest status of each context.

        `failure` if one has failed, else `pending` if one has not ended or waits for somebody (`action_required`), else
        `success`; `none` if there are none.

        Raises:
            LimitError: there are more than are read.
        """
        ...

    def check_run(self, repository: str, sha: str, name: str, *, app: int | None = None) -> str:
        """The conclusion of the latest check run of a name; `pending` while it has none, `none` if there is no run.

        Args:
            repository: `owner/name`.
            sha: full id of the commit.
            name: of the check run.
            app: id of the App that made it; ours if None. Anybody's App can make one of the same name.
        """
        ...

    def merge(self, repository: str, number: int, sha: str, method: MergeMethod = "squash") -> Merge:
        """Merge a pull request if its head is still `sha`; a merged one stays merged.

        It is no error if it cannot be merged: `Merge.reason` says why.
        """
        ...
