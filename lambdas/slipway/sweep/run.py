"""One sweep: look through the App's deliveries, newest to oldest, and ask for those again that never arrived.

GitHub tries once and never again on its own. The cursor tells up to when every event is settled (delivered, or given
up and reported), and never moves past one that is not. So a run that is cut short, fails or overlaps with another one
costs nothing but time: what it did not do the next one does, and what both ask for the ingress knows for a duplicate.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from slipway.aws.protocol import SweepCursor, SweepCursors, Walk
from slipway.errors import InputError, RetryLater
from slipway.github.hooks import HookDeliveries, HookDelivery
from slipway.sweep.event import REDELIVERABLE, Event, events_of

OVERLAP = timedelta(minutes=10)
"""Looked at again before the cursor: GitHub's list may show an attempt late."""

LOOK_BACK = REDELIVERABLE + timedelta(hours=1)
"""As far as a run looks back at most; the hour is for seeing, and reporting, what becomes too old."""

MAX_REDELIVERIES = 100
"""In one run."""

MAX_ARRIVED = 5000
"""How many events a walk remembers, to fit into one item (400 KB); what it forgets is redelivered once too often."""

PAUSE_SECONDS = 1.0
"""Between two redeliveries ("Best practices for using the REST API": pause between mutative requests)."""

WALK_RESERVE_SECONDS = 60.0
"""No further page is asked for when less time is left than this; it is for redelivering."""

STOP_RESERVE_SECONDS = 15.0
"""Nothing is redelivered when less time is left than this; it is for writing the cursor."""


@dataclass(frozen=True)
class Report:
    """What a run has seen and done."""

    deliveries: int
    """Attempts that it looked at."""
    gaps: int
    """Events without any successful attempt."""
    redelivered: int
    given_up: tuple[Event, ...]
    """Events that nobody will deliver any more."""
    complete: bool
    """True if it came through the list; otherwise the next run goes on where this one stopped."""


@dataclass(frozen=True)
class Sweep:
    """The sweep with all that it needs."""

    hooks: HookDeliveries
    cursors: SweepCursors
    grace_seconds: float
    """See `Event.state`."""
    now: Callable[[], datetime]
    """The time, aware."""
    sleep: Callable[[float], None] = time.sleep

    def run(self, remaining: Callable[[], float]) -> Report:
        """Make one run.

        Args:
            remaining: seconds until the run is cut off.

        Raises:
            RetryLater: GitHub or AWS is down, and nothing was learned.
        """
        cursor = self.cursors.read()
        since = self._since(cursor)
        try:
            path = self._walk(cursor.walk, since, remaining)
        except InputError:
            if cursor.walk is None:
                raise
            cursor = replace(cursor, walk=None)  # GitHub has forgotten the page: begin anew
            path = self._walk(None, since, remaining)
        now = self.now()
        states = [(event, event.state(now, self.grace_seconds)) for event in events_of(path.deliveries, path.arrived)]
        given_up = [event for event, state in states if state == "given up"]
        redelivered, refused = self._redeliver([event for event, state in states if state == "due"], remaining)
        given_up += refused
        unsettled = [event for event, state in states if state in ("waiting", "due") and event not in refused]
        self.cursors.write(_moved(cursor, path, unsettled))
        return Report(
            deliveries=len(path.deliveries),
            gaps=len(unsettled) + len(given_up),
            redelivered=redelivered,
            given_up=tuple(given_up),
            complete=path.next_page is None,
        )

    def _since(self, cursor: SweepCursor) -> datetime:
        furthest = self.now() - LOOK_BACK
        return max(furthest, cursor.settled_until - OVERLAP) if cursor.settled_until else furthest

    def _walk(self, walk: Walk | None, since: datetime, remaining: Callable[[], float]) -> _Path:
        page = self.hooks.page(walk.page if walk else None)
        newest = walk.newest if walk else max((each.delivered_at for each in page.deliveries), default=None)
        seen: list[HookDelivery] = []
        while True:
            young = [delivery for delivery in page.deliveries if delivery.delivered_at >= since]
            seen += young
            next_page = page.next_cursor if len(young) == len(page.deliveries) else None
            if next_page is None or remaining() < WALK_RESERVE_SECONDS:
                break
            try:
                page = self.hooks.page(next_page)
            except RetryLater:
                break
        arrived = [delivery.guid for delivery in seen if delivery.redelivery and delivery.succeeded]
        return _Path(tuple(seen), (walk.arrived if walk else ()) + tuple(arrived), newest, next_page)

    def _redeliver(self, due: list[Event], remaining: Callable[[], float]) -> tuple[int, list[Event]]:
        """How many were asked for, and those that GitHub refused for good."""
        asked, refused = 0, []
        for event in due[:MAX_REDELIVERIES]:
            if remaining() < STOP_RESERVE_SECONDS:
                break
            try:
                self.hooks.redeliver(event.latest.id)
                asked += 1
            except InputError:
                refused.append(event)
            except RetryLater:
                break
            self.sleep(PAUSE_SECONDS)
        return asked, refused


@dataclass(frozen=True)
class _Path:
    """How far a walk came."""

    deliveries: tuple[HookDelivery, ...]
    """Those that this run looked at."""
    arrived: tuple[str, ...]
    """See `Walk`."""
    newest: datetime | None
    """`None` if GitHub has no deliveries at all."""
    next_page: str | None
    """`None` if it came to the end."""


def _moved(cursor: SweepCursor, path: _Path, unsettled: list[Event]) -> SweepCursor:
    since = [event.first.delivered_at for event in unsettled]
    if cursor.walk and cursor.walk.unsettled_since:
        since.append(cursor.walk.unsettled_since)
    if path.newest is None:
        return cursor
    if path.next_page is not None:
        arrived = path.arrived[:MAX_ARRIVED]
        return replace(cursor, walk=Walk(path.next_page, path.newest, min(since, default=None), arrived))
    settled_until = min([path.newest, *since])
    if cursor.settled_until:  # an attempt that was listed late does not take us back: the overlap keeps it in sight
        settled_until = max(settled_until, cursor.settled_until)
    return SweepCursor(settled_until)
