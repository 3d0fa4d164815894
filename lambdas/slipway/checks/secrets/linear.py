"""Regular expressions that others wrote for Go, in time that grows with the text only: pull requests are hostile."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

MAX_PATTERN = 1_000
"""Characters of a pattern; a longer one is taken for one that is not understood."""


def matches(pattern: str, text: str) -> bool | None:
    """Whether a pattern matches somewhere in a text; None if Go would refuse the pattern."""
    compiled = _compiled(pattern)
    return None if compiled is None else compiled.search(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options) if len(pattern) <= MAX_PATTERN else None
    except re2.error:
        return None
