"""Issues and comments of ours that exist once: found by a marker, an HTML comment that readers do not see.

A marker in somebody else's words counts for nothing: everybody can write one. GitHub lets us make any number of issues
and comments that say the same. So one is looked for before it is made, and again after; should a race have made two,
the older one stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from slipway.errors import LimitError
from slipway.github.failures import OutcomeUnknown, Refused
from slipway.github.proposals import MAX_BODY, MAX_TITLE, Issue
from slipway.github.rounds import until_known

SOON = 1.0
"""Seconds after which to look again at what changed under our hands."""

_MARKER = re.compile(r"<!-- (?:(?!--)[ -~])+ -->")


@dataclass(frozen=True)
class Ours:
    """An issue or comment that our App has made."""

    id: int
    """Of a comment; of an issue its number."""
    body: str
    open: bool = True


class Issues(Protocol):
    """The issues of one repository."""

    def get(self, number: int) -> Issue:
        """The issue as it is now."""
        ...

    def ours(self, label: str) -> Sequence[Ours]:
        """Those with a label that our App has made, in any order; the newest ones, if there are many."""
        ...

    def create(self, title: str, body: str, labels: Sequence[str]) -> Ours:
        """Make an issue."""
        ...

    def close(self, number: int, *, completed: bool) -> None:
        """Close an issue."""
        ...

    def pause(self, attempt: int) -> None:
        """Leave GitHub alone for a moment."""
        ...


class Comments(Protocol):
    """The comments on one issue or pull request."""

    def ours(self) -> Sequence[Ours]:
        """All that our App has made, in any order."""
        ...

    def create(self, body: str) -> Ours:
        """Make a comment."""
        ...

    def update(self, comment: int, body: str) -> None:
        """Have a comment say something else."""
        ...

    def delete(self, comment: int) -> None:
        """Delete a comment, which may be gone already."""
        ...

    def pause(self, attempt: int) -> None:
        """Leave GitHub alone for a moment."""
        ...


def open_issue(issues: Issues, title: str, body: str, labels: Sequence[str], marker: str) -> int:
    """Open the one issue with a marker; see `Proposals.open_issue`."""
    if not labels:
        raise ValueError("an issue is looked for by its first label, and there is none")
    check_title(title)
    text = marked(body, marker)
    return until_known(lambda: _open_issue(issues, title, text, labels, marker), issues.pause)


def _open_issue(issues: Issues, title: str, text: str, labels: Sequence[str], marker: str) -> int:
    found = _with(marker, issues.ours(labels[0]))
    if not found:
        made = issues.create(title, text, labels)
        # Look again: somebody else may have been as quick. Ours may be too new to be listed.
        found = {made.id: made} | _with(marker, issues.ours(labels[0]))
    first = min(found)
    for number, double in found.items():
        if number != first and double.open:
            issues.close(number, completed=False)
    return first


def close_issue(issues: Issues, number: int, *, completed: bool) -> None:
    """Close an issue if it is open; see `Proposals.close_issue`."""

    def once() -> None:
        if issues.get(number).state == "open":
            issues.close(number, completed=completed)

    until_known(once, issues.pause)


def put_comment(comments: Comments, marker: str, body: str) -> int:
    """Make the one comment with a marker say something; see `Proposals.put_comment`."""
    text = marked(body, marker)
    return until_known(lambda: _put_comment(comments, marker, text), comments.pause)


def _put_comment(comments: Comments, marker: str, text: str) -> int:
    found = _with(marker, comments.ours())
    if not found:
        made = comments.create(text)
        found = {made.id: made} | _with(marker, comments.ours())
    first = min(found)
    for double in sorted(found.keys() - {first}):
        comments.delete(double)
    if not same_text(found[first].body, text):
        try:
            comments.update(first, text)
        except Refused as err:
            if err.status != 404:
                raise
            raise OutcomeUnknown("the comment was deleted while we looked at it", after=SOON) from err
    return first


def _with(marker: str, found: Sequence[Ours]) -> dict[int, Ours]:
    return {each.id: each for each in found if marker in each.body}


def marked(body: str, marker: str) -> str:
    """A body with its marker, which goes on top if it is not in it.

    Raises:
        ValueError: the marker is no HTML comment on one line.
        LimitError: the body is longer than GitHub takes.
    """
    if not _MARKER.fullmatch(marker):
        raise ValueError(f"{marker!r} is not a marker: <!-- and --> with plain text and spaces between them")
    text = body if marker in body else f"{marker}\n{body}"
    check_body(text)
    return text


def check_title(title: str) -> None:
    """Refuse a title that GitHub would refuse.

    Raises:
        LimitError: it is too long.
    """
    if len(title) > MAX_TITLE:
        raise LimitError(f"a title has more than {MAX_TITLE} characters (MAX_TITLE)")


def check_body(body: str) -> None:
    """Refuse a body that GitHub would refuse.

    Raises:
        LimitError: it is too long.
    """
    if len(body) > MAX_BODY:
        raise LimitError(f"a body has more than {MAX_BODY:,} characters (MAX_BODY)")


def same_text(one: str, other: str) -> bool:
    """True if texts differ at most in how their lines end (GitHub's web pages write CRLF) and at their edges."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
