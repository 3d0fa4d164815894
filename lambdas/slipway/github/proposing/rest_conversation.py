"""Issues and comments by GitHub's REST API."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from slipway.github.calls import Answer, Calls
from slipway.github.failures import Refused, Wish
from slipway.github.proposals import Comment, Issue
from slipway.github.proposing.conversation import Ours
from slipway.github.proposing.pages import PER_PAGE, all_of, pages
from slipway.github.tokens import TokenSource

MAX_ISSUES = 1_000
"""With one label, the newest: ten calls."""

MAX_COMMENTS = 2_000
"""On one issue: twenty calls."""


class RestIssues:
    """`Issues` of a repository."""

    def __init__(self, calls: Calls, repository: str, tokens: TokenSource) -> None:
        self._calls = calls
        self._repository = repository
        self._path = f"/repos/{repository}/issues"
        self._tokens = tokens
        self.pause = calls.pause

    def get(self, number: int) -> Issue:
        """See `Issues`."""
        wish = Wish(f"issue {self._repository}#{number}", "issues: read")
        return self._calls.get(f"{self._path}/{number}", lambda answer: _issue(self._repository, answer.json), wish)

    def comment(self, comment: int) -> Comment:
        """A comment on any of them."""
        wish = Wish(f"comment {comment} of {self._repository}", "issues: read")
        return self._calls.get(f"{self._path}/comments/{comment}", _comment, wish)

    def ours(self, label: str) -> Sequence[Ours]:
        """See `Issues`."""
        app = self._tokens.current().app_id
        wish = Wish(f"issues of {self._repository} with the label {label}", "issues: read")
        query = {"labels": label, "state": "all", "sort": "created", "direction": "desc"}
        found = islice(pages(self._calls, self._path, dict, wish, parameters=query), MAX_ISSUES // PER_PAGE)
        return [_our_issue(each) for page in found for each in page if _is_issue_by(app, each)]

    def create(self, title: str, body: str, labels: Sequence[str]) -> Ours:
        """See `Issues`."""
        wish = Wish(f"new issue of {self._repository}", "issues: write")
        sent = {"title": title, "body": body, "labels": list(labels)}
        return self._calls.write("POST", self._path, sent, lambda answer: _our_issue(answer.json), wish)

    def close(self, number: int, *, completed: bool) -> None:
        """See `Issues`."""
        wish = Wish(f"issue {self._repository}#{number}", "issues: write")
        sent = {"state": "closed", "state_reason": "completed" if completed else "not_planned"}
        self._calls.write("PATCH", f"{self._path}/{number}", sent, lambda answer: answer.json["state"], wish)


class RestComments:
    """`Comments` on an issue."""

    def __init__(self, calls: Calls, repository: str, number: int, tokens: TokenSource) -> None:
        self._calls = calls
        self._path = f"/repos/{repository}/issues"
        self._on = f"{self._path}/{number}/comments"
        self._wish = Wish(f"comments on {repository}#{number}", "issues: write")
        self._tokens = tokens
        self.pause = calls.pause

    def ours(self) -> Sequence[Ours]:
        """See `Comments`."""
        app = self._tokens.current().app_id
        found = all_of(pages(self._calls, self._on, dict, self._wish), MAX_COMMENTS, "MAX_COMMENTS", self._wish)
        return [_our_comment(each) for each in found if _is_comment_by(app, each)]

    def create(self, body: str) -> Ours:
        """See `Comments`."""
        return self._calls.write("POST", self._on, {"body": body}, lambda answer: _our_comment(answer.json), self._wish)

    def update(self, comment: int, body: str) -> None:
        """See `Comments`."""
        path = f"{self._path}/comments/{comment}"
        self._calls.write("PATCH", path, {"body": body}, lambda answer: answer.json["id"], self._wish)

    def delete(self, comment: int) -> None:
        """See `Comments`."""
        try:
            self._calls.write("DELETE", f"{self._path}/comments/{comment}", None, lambda _: None, self._wish)
        except Refused as err:
            if err.status != 404:
                raise


def _is_comment_by(app: int, comment: dict[str, Any]) -> bool:
    """True if our App has said it itself, and not a person through it."""
    via = comment.get("performed_via_github_app")
    return _is_by_bot(comment) and via is not None and bool(via["id"] == app)


def _is_issue_by(app: int, issue: dict[str, Any]) -> bool:
    """True if our App has opened it: of issues GitHub does not always say which App it was, so the marker has to."""
    via = issue.get("performed_via_github_app")
    return _is_by_bot(issue) and not _is_pull(issue) and (via is None or bool(via["id"] == app))


def _is_by_bot(said: dict[str, Any]) -> bool:
    return said["user"] is not None and bool(said["user"]["type"] == "Bot")


def _is_pull(issue: dict[str, Any]) -> bool:
    return issue.get("pull_request") is not None


def _our_issue(issue: dict[str, Any]) -> Ours:
    return Ours(issue["number"], issue["body"] or "", open=issue["state"] == "open")


def _our_comment(comment: dict[str, Any]) -> Ours:
    return Ours(comment["id"], comment["body"] or "")


def _issue(repository: str, found: dict[str, Any]) -> Issue:
    return Issue(
        repository=repository,
        number=found["number"],
        title=found["title"],
        body=found["body"] or "",
        state=found["state"],
        author=login_of(found["user"]),
        labels=tuple(label if isinstance(label, str) else label["name"] for label in found["labels"]),
        is_pull_request=_is_pull(found),
        url=found["html_url"],
    )


def _comment(answer: Answer) -> Comment:
    found = answer.json
    return Comment(
        id=found["id"],
        body=found["body"] or "",
        author=login_of(found["user"]),
        by_app=_is_by_bot(found),
        number=int(found["issue_url"].rpartition("/")[2]),
        url=found["html_url"],
    )


def login_of(user: dict[str, Any] | None) -> str:
    """The login of an account, `""` of one that is no more."""
    return str(user["login"]) if user else ""
