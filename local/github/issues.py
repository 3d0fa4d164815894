"""What is done to issues and said on them and on pull requests, by people on the web and by Apps through the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from local.github import payloads, pushes
from local.github.model import Comment, Issue, Json, StandInError, now
from local.github.site import Site

MAX_TITLE, MAX_BODY = 256, 65_536
"""Characters that GitHub takes."""


class Issues:
    """The issues of a stand-in; one change at a time."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def open_issue(self, name: str, *, title: str, body: str, labels: Sequence[str], user: str) -> Issue:
        """Open an issue."""
        with self._site.lock:
            repository, table = pushes.known(self._site, name), self._site.store.issues
            number = self._site.next_number(name)
            issue = Issue(table.next_id(), repository.name, number, title, body, user, tuple(dict.fromkeys(labels)))
            payloads.issue(self._site, table.put(issue), "opened", user)
            for label in issue.labels:
                payloads.issue_label(self._site, issue, label, user)
            return issue

    def edit_issue(
        self, name: str, number: int, *, title: str | None = None, body: str | None = None, user: str
    ) -> Issue:
        """Give an issue another title or body."""
        with self._site.lock:
            before = self._issue(name, number)
            changes: dict[str, Json] = {}
            if title not in (None, before.title):
                changes["title"] = {"from": before.title}
            if body not in (None, before.body):
                changes["body"] = {"from": before.body}
            if not changes:
                return before
            edited = replace(
                before,
                title=before.title if title is None else title,
                body=before.body if body is None else body,
            )
            return self._changed(edited, "edited", user, changes=changes)

    def close_issue(self, name: str, number: int, *, user: str, reason: str = "completed") -> Issue:
        """Close an issue; one that is closed gets the reason."""
        with self._site.lock:
            before = self._issue(name, number)
            closed = replace(before, state="closed", state_reason=reason, closed_at=now(), closed_by=user)
            if before.state == "closed":
                return self._site.store.issues.put(replace(before, state_reason=reason))
            return self._changed(closed, "closed", user)

    def reopen_issue(self, name: str, number: int, *, user: str) -> Issue:
        """Open a closed issue again."""
        with self._site.lock:
            before = self._issue(name, number)
            if before.state == "open":
                return before
            opened = replace(before, state="open", state_reason="reopened", closed_at=None, closed_by=None)
            return self._changed(opened, "reopened", user)

    def label_issue(self, name: str, number: int, *, label: str, user: str) -> None:
        """Put a label on an issue."""
        with self._site.lock:
            before = self._issue(name, number)
            if label not in before.labels:
                labeled = replace(before, labels=(*before.labels, label), updated_at=now())
                payloads.issue_label(self._site, self._site.store.issues.put(labeled), label, user)

    def comment(self, name: str, number: int, *, body: str, user: str) -> Comment:
        """Comment on an issue or pull request."""
        with self._site.lock:
            table = self._site.store.comments
            if self._site.store.pulls.get(f"{name}#{number}") is None:
                self._issue(name, number)
            said = table.put(Comment(table.next_id(), name, number, body, user))
            payloads.comment(self._site, said, "created", user)
            return said

    def edit_comment(self, comment: int, *, body: str, user: str) -> Comment:
        """Have a comment say something else."""
        with self._site.lock:
            before = self._comment(comment)
            edited = self._site.store.comments.put(replace(before, body=body, updated_at=now()))
            if before.body != body:
                payloads.comment(self._site, edited, "edited", user, changes={"body": {"from": before.body}})
            return edited

    def delete_comment(self, comment: int, *, user: str) -> None:
        """Delete a comment."""
        with self._site.lock:
            gone = self._comment(comment)
            self._site.store.comments.remove(gone.key)
            payloads.comment(self._site, gone, "deleted", user)

    def _changed(self, issue: Issue, action: str, user: str, **more: Json) -> Issue:
        changed = self._site.store.issues.put(replace(issue, updated_at=now()))
        payloads.issue(self._site, changed, action, user, **more)
        return changed

    def _issue(self, name: str, number: int) -> Issue:
        found = self._site.store.issues.get(f"{name}#{number}")
        if found is None:
            raise StandInError(f"there is no issue {name}#{number}")
        return found

    def _comment(self, comment: int) -> Comment:
        found = self._site.store.comments.get(str(comment))
        if found is None:
            raise StandInError(f"there is no comment {comment}")
        return found
