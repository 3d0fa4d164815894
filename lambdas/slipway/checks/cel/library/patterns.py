"""Regular expressions, in time that grows with the text only: RE2 is what Go's own are, but for the language.

Source: cel-go common/types/string.go; k8s.io/apiserver pkg/cel/library/regex.go.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from slipway.checks.cel.errors import CelError, OverBudget
from slipway.checks.cel.meter import Meter
from slipway.checks.cel.overloads import Function, functions, methods
from slipway.checks.cel.values import CHARACTERS_PER_STEP

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


def _charged(meter: Meter, text: str, pattern: str) -> Any:
    """The compiled pattern, after it is paid for, as the API server counts."""
    meter.charge((len(text) // CHARACTERS_PER_STEP + 1) * (len(pattern) // 4 + 1))
    return _compiled(pattern)


def _matches(meter: Meter, text: str, pattern: str) -> bool:
    """True if the pattern is found anywhere in the text."""
    return _charged(meter, text, pattern).search(text) is not None


def _find(meter: Meter, text: str, pattern: str) -> str:
    found = _charged(meter, text, pattern).search(text)
    return "" if found is None else str(found.group())


def _find_all(meter: Meter, text: str, pattern: str, count: int = -1) -> list[str]:
    found: list[str] = []
    for match in _charged(meter, text, pattern).finditer(text):
        if len(found) == count:
            break
        meter.charge(1)
        found.append(match.group())
    return found


_TEXTS = ("string", "string")
PATTERNS: dict[tuple[str, bool], Function] = {
    **methods(
        {
            "matches": ((_TEXTS, _matches),),
            "find": ((_TEXTS, _find),),
            "findAll": ((_TEXTS, _find_all), ((*_TEXTS, "int"), _find_all)),
        },
        metered=True,
    ),
    **functions({"matches": ((_TEXTS, _matches),)}, metered=True),
}
