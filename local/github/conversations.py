"""Driving a stand-in: what people say on issues and pull requests, and what they may do."""

from __future__ import annotations

from collections.abc import Sequence

from local.github.model import Json
from local.github.people import AUTHOR
from local.github.wire import Wire


class Conversations(Wire):
    """Issues, comments, roles, teams and deploy keys of a running stand-in."""

    def open_issue(
        self, repository: str, title: str, body: str = "", *, labels: Sequence[str] = (), user: str = AUTHOR
    ) -> int:
        """Open an issue; returns its number."""
        number: int = self._call("open_issue", name=repository, title=title, body=body, labels=list(labels), user=user)
        return number

    def edit_issue(
        self, repository: str, number: int, *, title: str | None = None, body: str | None = None, user: str = AUTHOR
    ) -> None:
        """Give an issue another title or body."""
        self._call("edit_issue", name=repository, number=number, title=title, body=body, user=user)

    def close_issue(self, repository: str, number: int, *, reason: str = "completed", user: str = AUTHOR) -> None:
        """Close an issue as `completed` or `not_planned`."""
        self._call("close_issue", name=repository, number=number, reason=reason, user=user)

    def reopen_issue(self, repository: str, number: int, *, user: str = AUTHOR) -> None:
        """Open a closed issue again."""
        self._call("reopen_issue", name=repository, number=number, user=user)

    def label_issue(self, repository: str, number: int, label: str, *, user: str = AUTHOR) -> None:
        """Put a label on an issue."""
        self._call("label_issue", name=repository, number=number, label=label, user=user)

    def comment(self, repository: str, number: int, body: str, *, user: str = AUTHOR) -> int:
        """Comment on an issue or pull request; returns the comment's id."""
        said: int = self._call("comment", name=repository, number=number, body=body, user=user)
        return said

    def edit_comment(self, comment: int, body: str, *, user: str = AUTHOR) -> None:
        """Have a comment say something else."""
        self._call("edit_comment", comment=comment, body=body, user=user)

    def delete_comment(self, comment: int, *, user: str = AUTHOR) -> None:
        """Delete a comment."""
        self._call("delete_comment", comment=comment, user=user)

    # Who may do what

    def set_role(self, repository: str, user: str, role: str) -> None:
        """Give somebody a role in a repository: `admin`, `maintain`, `write`, `triage`, `read` or `none`."""
        self._call("set_role", name=repository, user=user, role=role)

    def set_team(self, organization: str, slug: str, members: Sequence[str], *, invited: Sequence[str] = ()) -> None:
        """Let an organization have a team with these members, and with others who have not accepted yet."""
        self._call("set_team", organization=organization, slug=slug, members=list(members), invited=list(invited))

    def require_checks(self, repository: str, *checks: str) -> None:
        """Let Apps merge nothing into a repository before these check runs have passed."""
        self._call("require_checks", name=repository, checks=list(checks))

    def set_status(self, repository: str, sha: str, context: str, state: str) -> None:
        """Have some other system set a commit status: `error`, `failure`, `pending` or `success`."""
        self._call("set_status", name=repository, sha=sha, context=context, state=state)

    def add_deploy_key(
        self, repository: str, title: str, key: str, *, read_only: bool = True, user: str = AUTHOR
    ) -> int:
        """Add a deploy key to a repository; returns its id."""
        made: int = self._call("add_deploy_key", name=repository, title=title, key=key, read_only=read_only, user=user)
        return made

    def change_deploy_key(self, key_id: int, *, created_at: str | None = None, last_used: str | None = None) -> None:
        """Let a deploy key have been made, or used, at another time, e.g. `2026-11-26T12:00:00Z`."""
        self._call("change_deploy_key", key_id=key_id, created_at=created_at, last_used=last_used)

    # What came of it

    def deploy_keys(self, repository: str) -> list[Json]:
        """The deploy keys of a repository, oldest first."""
        found: list[Json] = self._call("deploy_keys", repository=repository)
        return found

    def issues(self, repository: str) -> list[Json]:
        """All issues of a repository, oldest first; pull requests not among them."""
        found: list[Json] = self._call("issues", repository=repository)
        return found

    def comments(self, repository: str, number: int) -> list[Json]:
        """The comments on an issue or pull request, oldest first."""
        found: list[Json] = self._call("comments", repository=repository, number=number)
        return found
