"""Ask for something by issue form, and follow it to its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from local.demo.fleet import PERSON, SYSTEM
from local.demo.watch import POLL_SECONDS, TIMEOUT_SECONDS, Json
from local.github.control import Control
from slipway.errors import ToolError
from slipway.generation.reference import Reference
from slipway.requests.command import read_words
from slipway.requests.form import LABEL, write_form
from slipway.requests.request import Request

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """An issue, and what Slipway made of it."""

    request: Request
    reference: Reference
    form: str
    """The issue's text, as GitHub makes it of the form."""
    pull: Json
    """The pull request."""
    answer: str
    """What Slipway says on the issue."""
    seconds: float
    """From the issue to the answer."""


def ask(github: Control, words: Sequence[str]) -> Asked:
    """Open an issue as a form does, and wait for the pull request.

    Raises:
        ToolError: none came in time; the text has what Slipway said instead.
    """
    request = read_words(words)
    form = write_form(request)
    labels = [f"{LABEL}request", f"{LABEL}{request.kind.name}"]
    start = time.monotonic()
    reference = Reference(SYSTEM, github.open_issue(SYSTEM, request.title, form, labels=labels, user=PERSON))
    answer = _wait(lambda: _answer(github, reference), "Slipway did not answer")
    pull = _pull(github, reference)
    if pull is None:
        raise ToolError(f"{reference} got no pull request: {answer}")
    return Asked(request, reference, form, pull, answer, time.monotonic() - start)


def verdict(github: Control, asked: Asked) -> Json:
    """The check run of the pull request, completed.

    Raises:
        ToolError: there was none in time.
    """

    def completed() -> Json | None:
        runs = github.check_runs(SYSTEM, asked.pull["head"]["sha"])
        return next((run for run in reversed(runs) if run["status"] == "completed"), None)

    return _wait(completed, "the check run was not completed")


def merge(github: Control, asked: Asked) -> str:
    """Merge the pull request, and wait for the end of the issue; returns what Slipway says there then.

    Raises:
        ToolError: the issue stayed open.
    """
    github.merge_pull_request(SYSTEM, asked.pull["number"], user=PERSON)

    def closed() -> bool:
        return any(it["number"] == asked.reference.number and it["state"] == "closed" for it in github.issues(SYSTEM))

    _wait(lambda: closed() or None, "the issue was not closed")
    return _answer(github, asked.reference) or ""


def _answer(github: Control, reference: Reference) -> str | None:
    start = f"{reference.marker}\n"
    bodies = [str(comment["body"]) for comment in github.comments(SYSTEM, reference.number)]
    return next((body.removeprefix(start) for body in bodies if body.startswith(start)), None)


def _pull(github: Control, reference: Reference) -> Json | None:
    branch = reference.branch(0)
    return next((pull for pull in github.pull_requests(SYSTEM) if pull["head"]["ref"] == branch), None)


def _wait(look: Callable[[], T | None], complaint: str) -> T:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise ToolError(f"{complaint} within {TIMEOUT_SECONDS:.0f} s; see the functions' logs")
        time.sleep(POLL_SECONDS)
    return found
