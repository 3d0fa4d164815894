"""Go's regular expressions. Both are RE2: no text takes them longer than its length."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from slipway.fleet.crossplane.errors import PatchError

MAX_MEMORY = 1 << 20
"""Bytes that one expression may take, compiled."""


@lru_cache(256)
def compiled(pattern: str) -> Any:
    """A regular expression.

    Raises:
        PatchError: it is none.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as err:
        why = err.args[0].decode(errors="replace")
        raise PatchError(f"{pattern!r} is no regular expression: {why}") from None


def matches(pattern: str, text: str) -> bool:
    """True if the expression matches anywhere in the text."""
    return compiled(pattern).search(text) is not None


def group(pattern: str, text: str, number: int) -> str | None:
    """What a group of the expression matches in a text: `""` for one that takes no part, None if there is none."""
    found = compiled(pattern).search(text)
    if found is None or not 0 <= number <= found.re.groups:
        return None
    return found[number] or ""
