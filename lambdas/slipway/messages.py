"""The messages of a capability's queue: an event of the bus, and how often it was put off."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from slipway.errors import Busy, InputError, RetryLater

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


def body_of(detail_type: str, detail: Mapping[str, Any]) -> str:
    """A message that a capability sends itself: as EventBridge would write it, as far as anybody reads it."""
    return json.dumps({"detail-type": detail_type, "detail": detail})


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

    def postponed(self, err: RetryLater, chance: Callable[[], float] = random.random) -> Postponed | None:
        """The message to send again, None if it was put off too often.

        The delay is what the other side asked for, and grows from try to try, so that an outage of hours is survived.
        While somebody else is at it, which is minutes at most, it grows slowly: with 2 s asked for, all tries together
        are nearly eight minutes. Chance makes it shorter or longer by up to a half: those that were in each other's way
        do not meet again.
        """
        if self.tries >= MAX_TRIES:
            return None
        by_chance = 0.5 + chance()
        if isinstance(err, Busy):
            delay = err.after * (1 + self.tries / 4) * by_chance
        else:
            delay = max(err.after, 2 ** min(self.tries, 9) * by_chance)
        delay = min(delay, MAX_DELAY_SECONDS)
        return Postponed(json.dumps({**self.envelope, "tries": self.tries + 1}), delay)
