"""The App's webhook deliveries: what GitHub tried to deliver, and the wish to have it delivered again.

Source: https://docs.github.com/en/rest/apps/webhooks (needs the App's own JWT, no installation). Both calls raise
`RetryLater` when GitHub is down, slow or rate-limits us.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class HookDelivery:
    """One attempt of GitHub to deliver one event."""

    id: int
    """The attempt; a redelivery is an attempt of its own."""
    guid: str
    """The event (`X-GitHub-Delivery`); all attempts of an event share it."""
    delivered_at: datetime
    """When GitHub made the attempt; aware, UTC."""
    status_code: int
    """HTTP status that we answered; 0 where GitHub got no answer (time out, connection refused)."""
    event: str
    """`X-GitHub-Event`, e.g. `pull_request`."""
    action: str
    """`action` of the payload, `""` where the event has none."""
    redelivery: bool
    """False for the first attempt of an event, true for those that somebody asked for."""

    @property
    def succeeded(self) -> bool:
        """True if we answered that we have it."""
        return 200 <= self.status_code < 300


@dataclass(frozen=True)
class DeliveriesPage:
    """Some deliveries, newest first."""

    deliveries: tuple[HookDelivery, ...]
    next_cursor: str | None
    """Names the next, older page; `None` on the last one."""


class HookDeliveries(Protocol):
    """Deliveries of the App's webhook, which GitHub keeps for some days and redelivers within three."""

    def page(self, cursor: str | None) -> DeliveriesPage:
        """The newest deliveries, or the page that a `next_cursor` named."""
        ...

    def redeliver(self, delivery_id: int) -> None:
        """Ask GitHub to deliver the attempt `delivery_id` again; it does so soon after, not at once.

        Raises:
            InputError: GitHub refuses for good, e.g. because the delivery is too old.
        """
        ...
