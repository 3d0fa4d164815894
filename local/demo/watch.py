"""Follow a pull request from push to verdict."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.demo.fleet import SYSTEM, Story
from local.github.control import Control, NewPull
from slipway.errors import ToolError

TIMEOUT_SECONDS = 240.0
"""Nobody waits that long but on a machine that has other things to do: functions start, and render the fleet."""
POLL_SECONDS = 0.05

Json = dict[str, Any]


@dataclass(frozen=True)
class Journey:
    """One pull request's way, in seconds since the push."""

    number: int
    delivered: float
    """When the ingress had answered the webhook."""
    delivery: Json
    started: float
    """When the check run appeared."""
    finished: float
    """When it had its verdict."""
    check_run: Json


def follow(github: Control, story: Story) -> Journey:
    """Open the pull request and wait for its check run.

    Raises:
        ToolError: no verdict came in time.
    """
    before = max((entry["id"] for entry in github.deliveries()), default=0)
    clock = _Clock()
    branch = f"{story.branch}-{time.time_ns() // 1_000_000 % 1_000_000}"
    opened = github.open_pull_request(SYSTEM, NewPull(branch=branch, title=story.title, files=story.files()))

    def delivery() -> Json | None:
        ours = (entry for entry in github.deliveries() if entry["id"] > before and entry["event"] == "pull_request")
        return next((entry for entry in ours if entry["status_code"]), None)

    delivered = clock.wait(delivery, "the webhook was not delivered")
    delivered_at = clock.seconds
    clock.wait(lambda: _runs(github, opened.head_sha), "no check run appeared")
    started_at = clock.seconds
    check_run = clock.wait(lambda: _completed(github, opened.head_sha), "the check run was not completed")
    return Journey(opened.number, delivered_at, delivered, started_at, clock.seconds, check_run)


class _Clock:
    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def wait(self, look: Callable[[], Json | None], complaint: str) -> Json:
        while (found := look()) is None:
            if self.seconds > TIMEOUT_SECONDS:
                raise ToolError(f"{complaint} within {TIMEOUT_SECONDS:.0f} s; see the functions' logs")
            time.sleep(POLL_SECONDS)
        return found


def _runs(github: Control, sha: str) -> Json | None:
    return next(iter(github.check_runs(SYSTEM, sha)), None)


def _completed(github: Control, sha: str) -> Json | None:
    return next((run for run in github.check_runs(SYSTEM, sha) if run["status"] == "completed"), None)
