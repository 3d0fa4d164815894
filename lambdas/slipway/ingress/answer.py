"""What the ingress answers, and why it rejects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from slipway.errors import InputError

Reason = Literal["body", "headers", "content-type", "signature", "json", "payload", "size"]
"""Why a request was rejected, in metrics and answers."""

Status = Literal["accepted", "duplicate", "ignored", "in flight"]


@dataclass(frozen=True)
class Answer:
    """A verified delivery has been dealt with."""

    status: Status
    event: str
    """`X-GitHub-Event`."""
    action: str = ""
    """`action` of the payload."""
    events: int = 0
    """How many events it put on the bus."""
    wait: int = 0
    """Seconds to wait before it is sent again, if it is in flight."""

    @property
    def http_status(self) -> int:
        """202 for what is done; 503 for what somebody else is doing, because that may still fail."""
        return 503 if self.status == "in flight" else 202

    def to_body(self) -> dict[str, Any]:
        """The answer's JSON document."""
        return {"status": self.status, "event": self.event, "action": self.action}


class Rejected(InputError):
    """A request that is not a delivery we take; the text may be shown to whoever sent it.

    Attributes:
        http_status: 4xx.
        reason: short name of the rule that it breaks.
    """

    def __init__(self, http_status: int, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.reason = reason
