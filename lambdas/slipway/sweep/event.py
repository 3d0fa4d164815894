"""One event and all attempts of GitHub to deliver it: is it settled, and if not, what is to be done?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from slipway.github.hooks import HookDelivery

REDELIVERABLE = timedelta(hours=72)
"""GitHub redelivers what is no older ("Redelivering webhooks")."""

MAX_ATTEMPTS = 40
"""As many as fit into the time in which GitHub redelivers, one every `MAX_WAIT_SECONDS`."""

MAX_WAIT_SECONDS = 2 * 3600.0
"""Between two attempts, however many have failed: so long an event may come late after a long outage."""

State = Literal["delivered", "waiting", "due", "given up"]
"""`delivered` and `given up` are settled. `waiting`: its last attempt is too fresh. `due`: ask for it again."""


@dataclass(frozen=True)
class Event:
    """An event with the attempts that the list of deliveries holds."""

    first: HookDelivery
    """The attempt that nobody asked for."""
    latest: HookDelivery
    attempts: int
    delivered: bool
    """True if any attempt was answered with a 2xx."""

    def state(self, now: datetime, grace_seconds: float) -> State:
        """What to do about it.

        Args:
            now: the time, aware.
            grace_seconds: wait after the first attempt; twice as long after each one more, up to `MAX_WAIT_SECONDS`.
        """
        if self.delivered:
            return "delivered"
        if self.attempts >= MAX_ATTEMPTS or now - self.first.delivered_at > REDELIVERABLE:
            return "given up"
        wait = min(grace_seconds * 2.0 ** (self.attempts - 1), MAX_WAIT_SECONDS)
        return "due" if (now - self.latest.delivered_at).total_seconds() >= wait else "waiting"


def events_of(deliveries: Iterable[HookDelivery], arrived: Collection[str] = ()) -> list[Event]:
    """The events that deliveries were attempts of, oldest first.

    An event whose first attempt is not among them is left out: it is older than what is looked at.

    Args:
        deliveries: attempts, in any order.
        arrived: guids of events that are known to have been delivered by other attempts.
    """
    attempts: dict[str, list[HookDelivery]] = {}
    for delivery in deliveries:
        attempts.setdefault(delivery.guid, []).append(delivery)
    events = [
        Event(
            first=min(firsts, key=_moment),
            latest=max(all_of_it, key=_moment),
            attempts=len(all_of_it),
            delivered=guid in arrived or any(attempt.succeeded for attempt in all_of_it),
        )
        for guid, all_of_it in attempts.items()
        if (firsts := [attempt for attempt in all_of_it if not attempt.redelivery])
    ]
    return sorted(events, key=lambda event: _moment(event.first))


def _moment(delivery: HookDelivery) -> tuple[datetime, int]:
    return delivery.delivered_at, delivery.id
