"""Names of things on GitHub, checked before they become part of a URL."""

from __future__ import annotations

import re

from slipway.errors import InputError

MAX_BRANCH = 200
"""Characters of a branch's name that we use."""

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/(?!\.{1,2}$)[A-Za-z0-9._-]+")
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\[bot\])?")
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def is_repository(name: str) -> bool:
    """True if it has the form of `owner/name`."""
    return bool(_REPOSITORY.fullmatch(name))


def checked_repository(name: str) -> str:
    """The name, if it has the form of `owner/name`.

    Raises:
        InputError: it has not.
    """
    if not is_repository(name):
        raise InputError(f"{name!r} is not the name of a repository, owner/name")
    return name


def is_sha(text: str) -> bool:
    """True if it is the full id of a commit, by SHA-1 or SHA-256."""
    return bool(_SHA.fullmatch(text))


def is_branch(name: str) -> bool:
    """True if it is a short name of a branch that needs no escaping: git allows more ("git check-ref-format")."""
    bad = name.endswith((".lock", ".")) or ".." in name or ".lock/" in name or "./" in name
    return bool(_BRANCH.fullmatch(name)) and not bad and len(name) <= MAX_BRANCH


def is_login(text: str) -> bool:
    """True if an account can be called so: a person, an organization, or an App's bot."""
    return bool(_LOGIN.fullmatch(text))


def is_slug(text: str) -> bool:
    """True if a team can be called so in a URL."""
    return bool(_SLUG.fullmatch(text))
