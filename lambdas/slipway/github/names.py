"""Names of things on GitHub, checked before they become part of a URL."""

from __future__ import annotations

import re

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/(?!\.{1,2}$)[A-Za-z0-9._-]+")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def is_repository(name: str) -> bool:
    """True if it has the form of `owner/name`."""
    return bool(_REPOSITORY.fullmatch(name))


def is_sha(text: str) -> bool:
    """True if it is the full id of a commit, by SHA-1 or SHA-256."""
    return bool(_SHA.fullmatch(text))
