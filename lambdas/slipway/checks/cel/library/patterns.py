"""Regular expressions, in time that grows with the text only: RE2 is what Go's own are, but for the language.

Source: cel-go common/types/string.go; k8s.io/apiserver pkg/cel/library/regex.go.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from slipway.checks.cel.errors import CelError, OverBudget
from slipway.checks.cel.meter import Meter
from slipway.checks.cel.overloads import Function, methods

MAX_PATTERN = 10_000
"""Characters of a regular expression."""
_CACHED = 1_024


@lru_cache(_CACHED)
def _compiled(pattern: str) -> Any:
    if len(pattern) > MAX_PATTERN:
        raise OverBudget
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as err:
        said = err.args[0]
        text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise CelError(f"error parsing regexp: {text}") from None


def matches(text: str, pattern: str) -> bool:
    """True if the pattern is found anywhere in the text."""
    return _compiled(pattern).search(text) is not None


def _find(text: str, pattern: str) -> str:
    found = _compiled(pattern).search(text)
    return "" if found is None else str(found.group())


def _find_all(meter: Meter, text: str, pattern: str, count: int = -1) -> list[str]:
    found: list[str] = []
    for match in _compiled(pattern).finditer(text):
        if len(found) == count:
            break
        meter.charge(1)
        found.append(match.group())
    return found


PATTERNS: dict[tuple[str, bool], Function] = {
    **methods({"find": ((("string", "string"), _find),)}),
    **methods(
        {"findAll": ((("string", "string"), _find_all), (("string", "string", "int"), _find_all))},
        metered=True,
    ),
}
