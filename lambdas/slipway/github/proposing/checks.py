"""What the checks of a commit say together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from slipway.github.proposals import CheckState

_FINE = ("success", "neutral", "skipped")
"""Conclusions with which GitHub counts a required check as passed ("About status checks")."""
_WAITS = "action_required"
"""Somebody has to do something first, such as to approve: the run says so again, or otherwise, when they have."""


@dataclass(frozen=True)
class Run:
    """A check run."""

    id: int
    name: str
    app: int
    """Id of its App, 0 if that is no more."""
    conclusion: str | None
    """None until it has ended."""


def latest(runs: Iterable[Run]) -> list[Run]:
    """The latest run of each name and App: the others have been overruled."""
    found: dict[tuple[str, int], Run] = {}
    for run in sorted(runs, key=lambda run: run.id):
        found[run.name, run.app] = run
    return list(found.values())


def state_of(runs: Iterable[Run], statuses: Iterable[str]) -> CheckState:
    """What check runs and the states of commit statuses (the latest of each context) say together."""
    said = {_said(run.conclusion) for run in latest(runs)} | {_status_said(state) for state in statuses}
    for state in ("failure", "pending", "success"):
        if state in said:
            return state
    return "none"


def conclusion_of(runs: Iterable[Run]) -> str:
    """What the latest of all runs says; see `Proposals.check_run`."""
    run = max(runs, key=lambda run: run.id, default=None)
    return "none" if run is None else run.conclusion or "pending"


def _said(conclusion: str | None) -> CheckState:
    if conclusion is None or conclusion == _WAITS:
        return "pending"
    return "success" if conclusion in _FINE else "failure"


def _status_said(state: str) -> CheckState:
    """A status's `error`, and a state that is not known, count as failed."""
    return "success" if state == "success" else "pending" if state == "pending" else "failure"
