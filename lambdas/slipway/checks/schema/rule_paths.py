"""`fieldPath` of a rule. Source: apiextensions-apiserver pkg/apiserver/schema/cel/validation.go, ValidFieldPath."""

from __future__ import annotations

import re

from slipway.checks.schema.errors import Path

_STEP = re.compile(r"\.([^.\[\]]+)|\['((?:[^'\\]|\\.)*)'\]")


def field_path(text: str) -> Path:
    """The steps of `.spec.field` or `['a.b'].c`; empty if it is no such path, as the server takes it then."""
    steps: list[str] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None:
            return ()
        steps.append(match[1] if match[1] is not None else re.sub(r"\\(.)", r"\1", match[2]))
        at = match.end()
    return tuple(steps)
