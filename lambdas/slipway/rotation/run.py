"""A run of the rotation, as its state machine hands it from step to step; nothing in it is secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from slipway.errors import InputError

Reason = Literal["due", "asked", "leaked"]
REASONS: tuple[Reason, ...] = get_args(Reason)
FLAGS = ("assumeTrust", "assumeRendered")
INPUT = frozenset(("reason", *FLAGS))

PATIENCE = 10
"""A tenth of the time that a run has taken so far is what it waits before it looks again."""
MAX_PAUSE_SECONDS = 12 * 3600
"""So a run that waits a month for a merge takes some hundred looks: an execution has 25,000 events (Step Functions
quotas)."""


@dataclass(frozen=True)
class Input:
    """What a run is started with."""

    reason: Reason
    """`due`: the schedule, if it is time; `asked`: now; `leaked`: now, without a grace time."""
    assume_trust: bool
    """Do not wait for what the repositories do not show: that clusters trust a second key."""
    assume_rendered: bool
    """Do not wait for what cannot be rendered: that nothing in it is sealed with the old key."""

    @classmethod
    def from_event(cls, found: Any) -> Input:
        """Parse what somebody has started the state machine with.

        Raises:
            InputError: it is something else.
        """
        if not isinstance(found, dict) or not set(found) <= INPUT or found.get("reason") not in REASONS:
            raise InputError(
                f'a rotation is started with {{"reason": {" | ".join(REASONS)}}} and, if need be, '
                f"{' or '.join(FLAGS)}: true"
            )
        flags = [found.get(flag, False) for flag in FLAGS]
        if not all(isinstance(flag, bool) for flag in flags):
            raise InputError(f"{' and '.join(FLAGS)} are true or false")
        return cls(found["reason"], *flags)


@dataclass(frozen=True)
class Run:
    """What the steps after the first one are told."""

    rotating: bool
    """False if nothing is to be rotated: then the certificate is published, if it is not, and that is all."""
    busy: bool = False
    """True if another run is at it."""
    reason: Reason = "due"
    assume_trust: bool = False
    assume_rendered: bool = False
    to: str = ""
    """Fingerprint of the pair that the rotation goes to."""
    old: str = ""
    """Fingerprint of the pair that it comes from."""
    started: str = ""
    """When, ISO 8601."""
    issue: int = 0
    """That tells how it goes, in `gitops-system`."""

    def to_payload(self) -> dict[str, Any]:
        """As the state machine keeps it."""
        return asdict(self)

    @classmethod
    def from_payload(cls, found: Mapping[str, Any]) -> Run:
        """What the state machine kept."""
        return cls(**found)

    def pause(self, now: datetime, poll_seconds: int) -> int:
        """Seconds until it is worth another look."""
        elapsed = (now - datetime.fromisoformat(self.started)).total_seconds()
        return round(min(max(elapsed / PATIENCE, poll_seconds), MAX_PAUSE_SECONDS))


def done(**more: Any) -> dict[str, Any]:
    """The answer of a step after which the next one may follow."""
    return {"ok": True, "seconds": 0, **more}


def again(seconds: int, **more: Any) -> dict[str, Any]:
    """The answer of a step that is to be asked for again."""
    return {"ok": False, "seconds": seconds, **more}
