"""Leases of work in the table: pk `LEASE#<what>`, sk `LEASE`."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

from slipway.aws.protocol import Lease
from slipway.aws.table import KEEP_SECONDS, Table

SORT_KEY = "LEASE"
OURS = "#owner = :owner"


class TableLeases:
    """`slipway.aws.protocol.Leases` in the table."""

    def __init__(self, table: Table, clock: Callable[[], float] = time.time) -> None:
        self._table = table
        self._clock = clock

    def acquire(self, what: str, owner: str, seconds: int) -> Lease | None:
        """See `Leases`."""
        now = math.ceil(self._clock())
        held = self._table.update(
            f"LEASE#{what}",
            SORT_KEY,
            {"owner": owner, "lease": now + seconds, "expires": now + KEEP_SECONDS},
            condition=f"attribute_not_exists(#lease) OR #lease <= :now OR {OURS}",
            compare={"now": now, "owner": owner},
        )
        return Lease(what, owner, now + seconds) if held is None else None

    def renew(self, lease: Lease, seconds: int) -> Lease | None:
        """See `Leases`."""
        until = math.ceil(self._clock()) + seconds
        held = self._table.update(
            f"LEASE#{lease.what}", SORT_KEY, {"lease": until}, condition=OURS, compare={"owner": lease.owner}
        )
        return replace(lease, until=until) if held is None else None

    def release(self, lease: Lease) -> None:
        """See `Leases`."""
        self._table.update(
            f"LEASE#{lease.what}",
            SORT_KEY,
            {},
            remove=("owner", "lease"),
            condition=OURS,
            compare={"owner": lease.owner},
        )

    def mark_done(self, lease: Lease, marker: str) -> bool:
        """See `Leases`."""
        held = self._table.update(
            f"LEASE#{lease.what}",
            SORT_KEY,
            {"done": marker, "expires": math.ceil(self._clock()) + KEEP_SECONDS},
            remove=("owner", "lease"),
            condition=OURS,
            compare={"owner": lease.owner},
        )
        # An item without owner that says what we came to write: our own first attempt, whose answer got lost.
        return held is None or ("owner" not in held and held.get("done") == marker)

    def done(self, what: str) -> str | None:
        """See `Leases`."""
        item = self._table.get(f"LEASE#{what}", SORT_KEY) or {}
        return str(item["done"]) if "done" in item else None
