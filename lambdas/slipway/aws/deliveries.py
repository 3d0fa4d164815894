"""Webhook deliveries in the table: pk `DELIVERY#<hook>#<guid>`, sk `CLAIM`.

An item moves from `claimed` (by an owner, until its lease is over) to `published`, and stays there until it expires.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from slipway.aws.protocol import Claim
from slipway.aws.table import KEEP_SECONDS, Table

SORT_KEY = "CLAIM"


class TableDeliveries:
    """`slipway.aws.protocol.Deliveries` in the table."""

    def __init__(self, table: Table, clock: Callable[[], float] = time.time) -> None:
        self._table = table
        self._clock = clock

    def claim(self, delivery: str, owner: str, seconds: int, *, body_key: str, event: str) -> Claim:
        """See `Deliveries`."""
        now = math.ceil(self._clock())
        held = self._table.update(
            f"DELIVERY#{delivery}",
            SORT_KEY,
            {
                "state": "claimed",
                "owner": owner,
                "lease": now + seconds,
                "body_key": body_key,
                "event": event,
                "expires": now + KEEP_SECONDS,
            },
            # The owner may ask again: our own retry, after an answer that got lost, must not lock us out.
            condition="attribute_not_exists(#pk) OR (#state = :claimed AND (#lease <= :now OR #owner = :owner))",
            compare={"claimed": "claimed", "now": now, "owner": owner},
        )
        if held is None:
            return Claim("taken")
        if held["state"] == "published":
            return Claim("published")
        return Claim("in flight", wait=int(held["lease"]) - now)

    def mark_published(self, delivery: str) -> None:
        """See `Deliveries`."""
        self._table.update(f"DELIVERY#{delivery}", SORT_KEY, {"state": "published"})
