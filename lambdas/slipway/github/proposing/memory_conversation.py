"""Issues and comments of the in-memory twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from slipway.github.proposals import Issue
from slipway.github.proposing.conversation import Ours

if TYPE_CHECKING:
    from slipway.github.proposing.memory import MemoryProposals

BOT = "slipway[bot]"
"""Who we are here."""


class MemoryIssues:
    """`Issues` of a repository."""

    def __init__(self, world: MemoryProposals, repository: str) -> None:
        self._world = world
        self._repository = repository

    def get(self, number: int) -> Issue:
        """See `Issues`."""
        with self._world.step(f"issue {self._repository}#{number}"):
            found = self._world.issues.get((self._repository, number))
            pull = self._world.proposals.get((self._repository, number))
            if found is None and pull is not None:
                return Issue(
                    self._repository,
                    number,
                    pull.title,
                    pull.body,
                    pull.state,
                    pull.author,
                    pull.labels,
                    is_pull_request=True,
                    url=pull.url,
                )
            if found is None:
                raise self._world.refused(404, "Not Found", f"issue {self._repository}#{number}")
            return found

    def ours(self, label: str) -> Sequence[Ours]:
        """See `Issues`."""
        with self._world.step(f"issues of {self._repository} with the label {label}"):
            return [
                Ours(issue.number, issue.body, open=issue.state == "open")
                for issue in self._world.issues.values()
                if issue.repository == self._repository and issue.author == BOT and label in issue.labels
            ]

    def create(self, title: str, body: str, labels: Sequence[str]) -> Ours:
        """See `Issues`."""
        with self._world.step(f"new issue of {self._repository}"):
            return Ours(self._world.add_issue(self._repository, title, body, author=BOT, labels=labels), body)

    def close(self, number: int, *, completed: bool) -> None:
        """See `Issues`; nobody asks the twin why."""
        del completed
        with self._world.step(f"issue {self._repository}#{number}"):
            key = self._repository, number
            self._world.issues[key] = replace(self._world.issues[key], state="closed")

    def pause(self, attempt: int) -> None:
        """Nobody waits for memory."""


class MemoryComments:
    """`Comments` on an issue or pull request."""

    def __init__(self, world: MemoryProposals, repository: str, number: int) -> None:
        self._world = world
        self._repository = repository
        self._number = number
        self._what = f"comments on {repository}#{number}"

    def ours(self) -> Sequence[Ours]:
        """See `Comments`."""
        with self._world.step(self._what):
            key = self._repository, self._number
            if key not in self._world.issues and key not in self._world.proposals:
                raise self._world.refused(404, "Not Found", self._what)
            return [
                Ours(comment.id, comment.body)
                for (repository, _), comment in self._world.comments.items()
                if (repository, comment.number, comment.author) == (*key, BOT)
            ]

    def create(self, body: str) -> Ours:
        """See `Comments`."""
        with self._world.step(f"new {self._what}"):
            return Ours(self._world.add_comment(self._repository, self._number, body, author=BOT), body)

    def update(self, comment: int, body: str) -> None:
        """See `Comments`."""
        with self._world.step(f"comment {comment} of {self._repository}"):
            key = self._repository, comment
            if key not in self._world.comments:
                raise self._world.refused(404, "Not Found", f"comment {comment}")
            self._world.comments[key] = replace(self._world.comments[key], body=body)

    def delete(self, comment: int) -> None:
        """See `Comments`."""
        with self._world.step(f"comment {comment} of {self._repository}"):
            self._world.comments.pop((self._repository, comment), None)

    def pause(self, attempt: int) -> None:
        """Nobody waits for memory."""
