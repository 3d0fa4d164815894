"""The primary rate limit: so many requests an hour for each caller."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

WINDOW = 3600
"""Seconds that a budget lasts; they begin with the first request."""


@dataclass(frozen=True)
class Budget:
    """What a caller may still ask, in the words of GitHub's headers."""

    limit: int
    used: int
    reset: int
    """Epoch seconds at which it starts anew."""

    @property
    def remaining(self) -> int:
        """Requests left."""
        return max(0, self.limit - self.used)


class RateLimits:
    """The budgets of all callers. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[int, int]] = {}

    def spend(self, caller: str, limit: int) -> Budget | None:
        """Count a request; None if the caller has none left."""
        with self._lock:
            reset, used = self._window(caller)
            if used >= limit:
                return None
            self._windows[caller] = reset, used + 1
            return Budget(limit, used + 1, reset)

    def look(self, caller: str, limit: int) -> Budget:
        """A caller's budget, without counting."""
        with self._lock:
            reset, used = self._window(caller)
            return Budget(limit, used, reset)

    def forget(self) -> None:
        """Give everybody a new hour."""
        with self._lock:
            self._windows.clear()

    def _window(self, caller: str) -> tuple[int, int]:
        now = int(time.time())
        reset, used = self._windows.get(caller, (0, 0))
        return (reset, used) if reset > now else (now + WINDOW, 0)
