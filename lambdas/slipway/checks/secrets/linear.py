"""Regular expressions that others wrote, in time linear to the text: pull requests are hostile."""

from __future__ import annotations

from functools import lru_cache

import jsonschema_rs


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> jsonschema_rs.Draft202012Validator | None:
    try:
        return jsonschema_rs.Draft202012Validator(
            {"type": "string", "pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions()
        )
    except ValueError:
        return None


def matches(pattern: str, text: str) -> bool | None:
    """Whether a pattern of Go's matches somewhere in a text; None if it is none, or one that only Go reads.

    Rust's engine and Go's are both of RE2's kind, with the same syntax but for rare escapes.
    """
    validator = _compiled(pattern)
    return None if validator is None else validator.is_valid(text)
