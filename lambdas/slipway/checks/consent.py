"""What people have approved of a change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Consent:
    """What people have said of a change."""

    labels: frozenset[str] = frozenset()
    """Of the pull request."""
    approvers: frozenset[str] = frozenset()
    """Logins of those whose last review approves this very head, but for its author; in lower case, as GitHub does not
    tell them apart by it."""
