"""The messages of a capability's queue: an event of the bus, and how often it was put off."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from slipway.errors import InputError, RetryLater

MAX_TRIES = 40
"""How often a message is put off before Slipway gives up: with the delays below, about five hours."""
MAX_DELAY_SECONDS = 900.0
"""What SQS allows."""
MAX_RECEIVES = 5
"""The queue's maxReceiveCount (infra/queue.py): after as many failures, SQS moves a message to the dead-letter queue.

The Lambda developer guide asks for five or more with an event source mapping."""


class Record(Protocol):
    """An SQS record, as far as this module reads it."""

    @property
    def attributes(self) -> Any:
        """SQS's attributes of the message."""
        ...


@dataclass(frozen=True)
class Postponed:
    """A message to send again."""

    body: str
    delay: float
    """Seconds until it appears."""


@dataclass(frozen=True)
class Message:
    """What the queue holds."""

    detail_type: str
    detail: Mapping[str, Any]
    tries: int
    """How often it was put off."""
    envelope: Mapping[str, Any]
    """The event as EventBridge wrote it."""

    @classmethod
    def from_body(cls, body: str) -> Message:
        """Parse a message's body.

        Raises:
            InputError: it is no event of EventBridge.
        """
        try:
            envelope = json.loads(body)
            detail = dict(envelope["detail"].items())
            return cls(str(envelope.get("detail-type", "")), detail, int(envelope.get("tries", 0)), envelope)
        except (ValueError, KeyError, TypeError, AttributeError) as err:
            raise InputError(f"malformed message in the queue: {err!r}") from err

    def is_last_receive(self, record: Record) -> bool:
        """True if the message goes to the dead-letter queue when this attempt fails."""
        return int(record.attributes.get("ApproximateReceiveCount", "1")) >= MAX_RECEIVES

    def postponed(self, err: RetryLater) -> Postponed | None:
        """The message to send again, None if it was put off too often.

        The delay is what the other side asked for, and grows from try to try, so that an outage of hours is survived.
        """
        if self.tries >= MAX_TRIES:
            return None
        delay = min(max(err.after, float(2 ** min(self.tries, 9))), MAX_DELAY_SECONDS)
        return Postponed(json.dumps({**self.envelope, "tries": self.tries + 1}), delay)
