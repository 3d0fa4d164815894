"""How much of something was used in a while, in the table: pk `RATE#<what>`, sk the beginning of the while."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from slipway.aws.errors import RETRY_LATER_SECONDS
from slipway.aws.table import Table
from slipway.errors import RetryLater

ATTEMPTS = 20
"""How often it is tried when others count at the same moment."""


class TableRates:
    """`slipway.aws.protocol.Rates` in the table."""

    def __init__(self, table: Table, clock: Callable[[], float] = time.time) -> None:
        self._table = table
        self._clock = clock

    def spend(self, what: str, amount: int, limit: int, seconds: int) -> bool:
        """See `Rates`."""
        begin = math.floor(self._clock() / seconds) * seconds
        pk, sk = f"RATE#{what}", str(begin)
        item = self._table.get(pk, sk)
        for _ in range(ATTEMPTS):
            used = int(item["used"]) if item else 0
            if used + amount > limit:
                return False
            held = self._table.update(
                pk,
                sk,
                {"used": used + amount, "expires": begin + 2 * seconds},
                condition="#used = :before" if item else "attribute_not_exists(#used)",
                compare={"before": used} if item else {},
            )
            if held is None:
                return True
            item = held
        raise RetryLater(f"{what}: too many count at once", after=RETRY_LATER_SECONDS)
