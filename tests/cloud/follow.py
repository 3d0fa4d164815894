"""Opening pull requests on the stand-in, and waiting for what comes of them."""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from local.cloud import Cloud
from local.github.control import Control, NewPull
from local.github.files import Files
from tests.cloud.fleet import SYSTEM

T = TypeVar("T")
Json = dict[str, Any]

TIMEOUT_SECONDS = 60.0
"""Longer than the longest delay that Slipway asks the queue for in these tests, on a machine that is busy."""
POLL_SECONDS = 0.05

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Pull:
    """A pull request that was opened."""

    repository: str
    number: int
    head: str
    """The head's sha."""
    branch: str

    @property
    def what(self) -> str:
        """Its name in messages and leases."""
        return f"{self.repository}#{self.number}@{self.head}"


def open_pull(github: Control, files: Files, *, repository: str = SYSTEM, **more: Any) -> Pull:
    """Open a pull request that changes files."""
    return open_pulls(github, [files], repository=repository, **more)[0]


def open_pulls(github: Control, changes: Sequence[Files], *, repository: str = SYSTEM, **more: Any) -> list[Pull]:
    """Open a pull request for each change; a marker in each keeps them from having the same commit."""
    proposals = []
    for files in changes:
        branch = f"change-{next(_numbers)}"
        proposals.append(NewPull(branch, files={**files, f".changes/{branch}": branch}, **more))
    opened = github.open_pull_requests(repository, proposals)
    return [
        Pull(repository, each.number, each.head_sha, proposal.branch)
        for each, proposal in zip(opened, proposals, strict=True)
    ]


def runs(github: Control, pull: Pull) -> list[Json]:
    """Our check runs on the head, oldest first."""
    found = github.check_runs(pull.repository, pull.head)
    return [run for run in found if run["external_id"].startswith(f"slipway:{pull.what}/")]


def begun(github: Control, pull: Pull) -> Json:
    """The check run, as soon as there is one."""
    return eventually(lambda: next(iter(runs(github, pull)), None), f"no check run of {pull.what}")


def verdict(cloud: Cloud, pull: Pull) -> Json:
    """The one completed check run, when nothing is under way any more that might make another."""
    eventually(
        lambda: [run for run in runs(cloud.github, pull) if run["status"] == "completed"],
        f"no verdict on {pull.what}",
    )
    settle(cloud)
    (run,) = runs(cloud.github, pull)
    assert run["status"] == "completed"
    return run


def settle(cloud: Cloud, *, seconds: float = TIMEOUT_SECONDS) -> None:
    """Wait until all webhooks are delivered, and the queue is empty: no message waits, is hidden or in work."""
    eventually(
        lambda: cloud.github.settle() and not any(depths(cloud)),
        "work is left in the queue",
        lambda: depths(cloud),
        seconds=seconds,
    )


def depths(cloud: Cloud, queue: str = "ValidationQueue") -> tuple[int, int, int]:
    """How many messages of a queue can be received, are hidden, and are delayed."""
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    found = cloud.client("sqs").get_queue_attributes(QueueUrl=cloud.outputs[queue], AttributeNames=names)["Attributes"]
    visible, hidden, delayed = (int(found[name]) for name in names)
    return visible, hidden, delayed


def kill(cloud: Cloud, function: str) -> None:
    """Kill the processes that run a function, whatever they are at; the next invocation starts another."""
    killed = cloud.workers(function)
    for process in killed:
        os.kill(process, signal.SIGKILL)
    eventually(lambda: all(_has_ended(process) for process in killed), f"{function} does not die")


def _has_ended(process: int) -> bool:
    """True if a process is no more, or nothing but a zombie that its parent can see."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def eventually(
    look: Callable[[], T | None],
    complaint: str,
    details: Callable[[], object] = str,
    *,
    seconds: float = TIMEOUT_SECONDS,
) -> T:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"{complaint} after {seconds:.0f} s: {details()}"
        time.sleep(POLL_SECONDS)
    return found
