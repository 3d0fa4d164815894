"""In-memory twins of what `slipway.aws.protocol` describes, for tests; they keep to the same contract suite."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from slipway.aws.protocol import BusEvent, Claim, Execution, Lease, SweepCursor
from slipway.errors import InputError
from slipway.github.tokens import InstallationToken

Clock = Callable[[], float]


@dataclass
class StoredClaim:
    """A delivery as `MemoryDeliveries` keeps it."""

    owner: str
    lease: int
    body_key: str
    event: str
    published: bool = False


class MemoryDeliveries:
    """`Deliveries` in a dictionary, open to tests as `claims`."""

    def __init__(self, clock: Clock = time.time) -> None:
        self.claims: dict[str, StoredClaim] = {}
        self._clock = clock

    def claim(self, delivery: str, owner: str, seconds: int, *, body_key: str, event: str) -> Claim:
        """See `Deliveries`."""
        now = math.ceil(self._clock())
        held = self.claims.get(delivery)
        if held is not None and held.published:
            return Claim("published")
        if held is not None and held.lease > now and held.owner != owner:
            return Claim("in flight", wait=held.lease - now)
        self.claims[delivery] = StoredClaim(owner, now + seconds, body_key, event)
        return Claim("taken")

    def mark_published(self, delivery: str) -> None:
        """See `Deliveries`."""
        self.claims[delivery].published = True


class MemoryLeases:
    """`Leases` in a dictionary."""

    def __init__(self, clock: Clock = time.time) -> None:
        self._held: dict[str, Lease] = {}
        self._done: dict[str, str] = {}
        self._clock = clock

    def acquire(self, what: str, owner: str, seconds: int) -> Lease | None:
        """See `Leases`."""
        now = math.ceil(self._clock())
        held = self._held.get(what)
        if held is not None and held.until > now and held.owner != owner:
            return None
        self._held[what] = Lease(what, owner, now + seconds)
        return self._held[what]

    def renew(self, lease: Lease, seconds: int) -> Lease | None:
        """See `Leases`."""
        if not self._is_ours(lease):
            return None
        self._held[lease.what] = replace(lease, until=math.ceil(self._clock()) + seconds)
        return self._held[lease.what]

    def release(self, lease: Lease) -> None:
        """See `Leases`."""
        if self._is_ours(lease):
            del self._held[lease.what]

    def mark_done(self, lease: Lease, marker: str) -> bool:
        """See `Leases`."""
        if not self._is_ours(lease):
            return False
        del self._held[lease.what]
        self._done[lease.what] = marker
        return True

    def done(self, what: str) -> str | None:
        """See `Leases`."""
        return self._done.get(what)

    def _is_ours(self, lease: Lease) -> bool:
        held = self._held.get(lease.what)
        return held is not None and held.owner == lease.owner


class MemorySweepCursors:
    """`SweepCursors` in a field."""

    def __init__(self) -> None:
        self._cursor = SweepCursor()

    def read(self) -> SweepCursor:
        """See `SweepCursors`."""
        return self._cursor

    def write(self, cursor: SweepCursor) -> bool:
        """See `SweepCursors`."""
        kept = self._cursor.settled_until
        if kept is not None and (cursor.settled_until is None or cursor.settled_until < kept):
            return False
        self._cursor = cursor
        return True


class MemoryBucket:
    """`Bucket` in a dictionary, open to tests as `objects`."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, key: str, body: bytes, *, content_type: str = "application/json") -> None:  # noqa: ARG002
        """See `Bucket`."""
        self.objects[key] = body

    def get(self, key: str) -> bytes | None:
        """See `Bucket`."""
        return self.objects.get(key)

    def exists(self, key: str) -> bool:
        """See `Bucket`."""
        return key in self.objects


class MemoryBus:
    """`Bus` in a list, open to tests as `events`."""

    def __init__(self) -> None:
        self.events: list[BusEvent] = []

    def put(self, events: Sequence[BusEvent]) -> None:
        """See `Bus`."""
        self.events.extend(events)


class MemorySecrets:
    """`Secrets` in a dictionary; a change of `secrets` is seen after a `refetch`, as with the real one."""

    def __init__(self, secrets: Mapping[str, Mapping[str, str]]) -> None:
        self.secrets = {name: dict(secret) for name, secret in secrets.items()}
        self.refetches = 0
        self._cached: dict[str, Mapping[str, str]] = {}

    def get(self, name: str) -> Mapping[str, str]:
        """See `Secrets`."""
        return self._cached.setdefault(name, dict(self.secrets[name]))

    def refetch(self, name: str) -> Mapping[str, str]:
        """See `Secrets`."""
        self.refetches += 1
        self._cached[name] = dict(self.secrets[name])
        return self._cached[name]


class MemorySecretText:
    """`StoredSecret` in a field, open to tests as `text`."""

    def __init__(self, text: str | None = None) -> None:
        self.text = text

    def read(self) -> str | None:
        """See `StoredSecret`."""
        return self.text

    def write(self, text: str) -> None:
        """See `StoredSecret`."""
        self.text = text


class MemoryRates:
    """`Rates` in a dictionary."""

    def __init__(self, clock: Clock = time.time) -> None:
        self._used: dict[tuple[str, int], int] = {}
        self._clock = clock

    def spend(self, what: str, amount: int, limit: int, seconds: int) -> bool:
        """See `Rates`."""
        key = what, math.floor(self._clock() / seconds)
        used = self._used.get(key, 0) + amount
        if used > limit:
            return False
        self._used[key] = used
        return True


class MemoryExecutions:
    """`Executions` in a list, open to tests as `executions`."""

    def __init__(self) -> None:
        self.executions: list[Execution] = []

    def running(self) -> list[Execution]:
        """See `Executions`."""
        return list(self.executions)


class MemoryTokenFunction:
    """`TokenFunction` for the installations that it is given: installation id to its repositories."""

    def __init__(self, installations: Mapping[int, Sequence[str]]) -> None:
        self.installations = installations

    def token(self, installation: int, repositories: Sequence[str], *, renew: bool = False) -> InstallationToken:  # noqa: ARG002
        """See `TokenFunction`."""
        beyond = set(repositories) - set(self.installations.get(installation, ()))
        if beyond:
            raise InputError(f"installation {installation} does not reach {', '.join(sorted(beyond))}")
        return InstallationToken(f"token-{installation}", datetime(2100, 1, 1, tzinfo=UTC), app_id=1)


class MemoryEksVersions:
    """`EksVersions` that are given.

    Attributes:
        versions: the answer; an error is raised.
        asked: how often it was asked.
    """

    def __init__(self, versions: frozenset[str] | Exception) -> None:
        self.versions = versions
        self.asked = 0

    def offered(self) -> frozenset[str]:
        """See `EksVersions`."""
        self.asked += 1
        if isinstance(self.versions, Exception):
            raise self.versions
        return self.versions


class MemoryQueue:
    """`Queue` in a list of (body, delay), open to tests as `sent`."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, float]] = []

    def send(self, body: str, *, delay: float) -> None:
        """See `Queue`."""
        self.sent.append((body, delay))
