"""What Slipway does with the deploy keys of repositories.

Implemented by `slipway.github.deploykeys.client` (the real thing) and `slipway.github.deploykeys.memory` (the twin that
tests use). Both raise `RetryLater` when GitHub is down, slow or rate-limits us, and `InputError` when there is no such
repository, the App may not look after its keys, or GitHub refuses a key.

Source: GitHub, "REST API endpoints for deploy keys" (it takes the permission `administration`), and "Managing deploy
keys": a key is of one repository only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from slipway.errors import InputError

MAX_KEYS = 1_000
"""Of one repository: ten calls."""
MAX_TITLE = 255
"""Characters of a title that we send."""


class KeyInUse(InputError):
    """GitHub has the key somewhere else already: of another repository, or of a person."""


@dataclass(frozen=True)
class DeployKey:
    """A key that may read, or also write, one repository."""

    id: int
    title: str
    key: str
    """The public half in one line, without a comment: `ssh-ed25519 AAAA…`."""
    read_only: bool
    created: datetime
    """Aware."""
    last_used: datetime | None
    """Aware; None if it never was."""

    @property
    def last_seen(self) -> datetime:
        """When it was made, or last used."""
        return max(self.created, self.last_used or self.created)


class DeployKeys(Protocol):
    """The deploy keys of one installation's repositories, each named `owner/name`."""

    def of(self, repository: str) -> Sequence[DeployKey]:
        """All of a repository, in no particular order.

        Raises:
            LimitError: there are more than are read.
        """
        ...

    def add(self, repository: str, title: str, key: str) -> DeployKey:
        """Let a key read the repository, and not write it; returns what GitHub has of it.

        A key that the repository has already is left as it is, whatever its title and rights.

        Args:
            repository: `owner/name`.
            title: for people, at most `MAX_TITLE` characters.
            key: the public half in one line.

        Raises:
            KeyInUse: it is a key of something else.
        """
        ...

    def remove(self, repository: str, key_id: int) -> None:
        """Take a key from a repository; it may be gone already."""
        ...


def same_key(one: str, other: str) -> bool:
    """True if two lines are one key: what follows the second word is a comment."""
    return one.split()[:2] == other.split()[:2]
