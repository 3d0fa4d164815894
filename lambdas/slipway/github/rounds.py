"""Writes whose answer was lost are not repeated blindly: whoever makes them looks again first, a few times."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from slipway.github.failures import OutcomeUnknown

T = TypeVar("T")

ROUNDS = 3
"""How often to look and go on after a write whose outcome is unknown, before that is left to the queue."""


def until_known(once: Callable[[], T], pause: Callable[[int], None]) -> T:
    """Do something until its outcome is known.

    Args:
        once: does it, having looked whether it has been done; it can be called again.
        pause: leaves GitHub alone for a moment, after attempt number so and so, counted from 1.

    Raises:
        OutcomeUnknown: several writes in a row were not answered.
    """
    for attempt in range(1, ROUNDS):
        try:
            return once()
        except OutcomeUnknown:
            pause(attempt)
    return once()
