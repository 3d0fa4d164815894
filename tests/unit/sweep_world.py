"""What the tests of the sweep share: a clock, GitHub's list of deliveries, and sweeps of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from slipway.aws.memory import MemorySweepCursors
from slipway.errors import InputError, RetryLater
from slipway.github.hooks import DeliveriesPage, HookDelivery
from slipway.sweep.run import Report, Sweep

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
GRACE_SECONDS = 300


@dataclass
class GitHub:
    """`HookDeliveries` as GitHub has it: every attempt is an entry of its own, the newest first."""

    now: Callable[[], datetime]
    page_size: int = 100
    answer: Callable[[str], int] = lambda guid: 202
    """The status that the ingress would answer to a redelivery now."""
    attempts: list[HookDelivery] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    """Ids of the attempts that were redelivered."""
    pages: list[str | None] = field(default_factory=list)
    """Cursors that were asked for."""
    refused: set[str] = field(default_factory=set)
    forgotten: set[str] = field(default_factory=set)
    """Cursors that are not accepted, `""` for none."""
    down_after: int | None = None
    """Calls that still work."""

    def attempt(self, guid: str, at: datetime, status: int, *, redelivery: bool = False) -> HookDelivery:
        made = HookDelivery(
            id=len(self.attempts) + 1,
            guid=guid,
            delivered_at=at,
            status_code=status,
            event="pull_request",
            action="opened",
            redelivery=redelivery,
        )
        self.attempts.append(made)
        return made

    def page(self, cursor: str | None) -> DeliveriesPage:
        self._call()
        self.pages.append(cursor)
        if (cursor or "") in self.forgotten:
            raise InputError("no such cursor")
        newest_first = sorted(self.attempts, key=lambda each: (each.delivered_at, each.id), reverse=True)
        if cursor:
            newest_first = newest_first[[each.id for each in newest_first].index(int(cursor)) :]
        shown, rest = newest_first[: self.page_size], newest_first[self.page_size :]
        return DeliveriesPage(tuple(shown), str(rest[0].id) if rest else None)

    def redeliver(self, delivery_id: int) -> None:
        self._call()
        [guid] = [each.guid for each in self.attempts if each.id == delivery_id]
        if guid in self.refused:
            raise InputError("too old")
        self.asked.append(delivery_id)
        self.attempt(guid, self.now() + timedelta(seconds=2), self.answer(guid), redelivery=True)

    def status_of(self, guid: str) -> list[int]:
        return [each.status_code for each in self.attempts if each.guid == guid]

    def _call(self) -> None:
        if self.down_after is not None:
            self.down_after -= 1
            if self.down_after < 0:
                raise RetryLater("GitHub is down", after=60)


class World:
    """GitHub, a cursor and a clock; a run has `seconds` until it is cut off, and each call takes one."""

    def __init__(self) -> None:
        self.time = NOON
        self.github = GitHub(now=lambda: self.time)
        self.cursors = MemorySweepCursors()
        self.slept: list[float] = []

    def ago(self, **parts: float) -> datetime:
        return self.time - timedelta(**parts)

    def fail(self, guid: str, *, status: int = 503, **ago: float) -> HookDelivery:
        return self.github.attempt(guid, self.ago(**ago), status)

    def deliver(self, guid: str, **ago: float) -> HookDelivery:
        return self.github.attempt(guid, self.ago(**ago), 202)

    def run(self, seconds: float = 240) -> Report:
        calls = len(self.github.pages) + len(self.github.asked)

        def remaining() -> float:
            return seconds - (len(self.github.pages) + len(self.github.asked) - calls)

        return self.sweep.run(remaining)

    @property
    def sweep(self) -> Sweep:
        return Sweep(
            hooks=self.github,
            cursors=self.cursors,
            grace_seconds=GRACE_SECONDS,
            now=lambda: self.time,
            sleep=self.slept.append,
        )

    @property
    def settled_until(self) -> datetime | None:
        return self.cursors.read().settled_until
