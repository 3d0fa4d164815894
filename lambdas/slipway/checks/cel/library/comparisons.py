"""Which of two comes first."""

from __future__ import annotations

from typing import Any


def sign(one: Any, other: Any) -> int:
    """-1, 0 or 1."""
    return int(one > other) - int(one < other)
