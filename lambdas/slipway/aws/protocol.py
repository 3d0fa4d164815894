"""What Slipway asks of AWS, and in which shapes the answers come.

Each Protocol has a real implementation in the module of its name and a twin in `slipway.aws.memory`, and one suite
(tests/contract/test_stores.py) runs the same cases against both. All of them raise `RetryLater` when AWS is down, slow
or throttles us, and `AwsError` when it refuses for good (a role, a name or a quota is wrong).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from slipway.github.tokens import InstallationToken

if TYPE_CHECKING:  # cryptography, which the ingress has no use for
    from slipway.sealing.exchange import KeyState, PullRequestHead, ResealedText, SealedText, Told


@dataclass(frozen=True)
class Claim:
    """The answer to the wish to work on a delivery."""

    state: Literal["taken", "in flight", "published"]
    """`taken`: it is ours now. `in flight`: somebody else works on it. `published`: it is finished."""
    wait: int = 0
    """Seconds until somebody else's claim lapses, if it is in flight."""


class Deliveries(Protocol):
    """The webhook deliveries that we have seen, each kept for longer than GitHub can redeliver it."""

    def claim(self, delivery: str, owner: str, seconds: int, *, body_key: str, event: str) -> Claim:
        """Claim a delivery for `seconds`; a claim that lapsed before it was published may be taken over.

        Args:
            delivery: `<hook id>#<guid>`; one guid is shared by all hooks that an event goes to.
            owner: one attempt of one worker; the same owner claims the same delivery any number of times.
            seconds: longer than the worker can live.
            body_key: key of the stored body in the bucket.
            event: `X-GitHub-Event`.
        """
        ...

    def mark_published(self, delivery: str) -> None:
        """Record that the delivery is finished: from now on nobody can claim it."""
        ...


@dataclass(frozen=True)
class Lease:
    """The right to work on something, for a while."""

    what: str
    owner: str
    until: int
    """Epoch seconds at which somebody else may take over."""


class Leases(Protocol):
    """Who works on what: at most one owner at a time, and none for ever."""

    def acquire(self, what: str, owner: str, seconds: int) -> Lease | None:
        """The lease, or `None` while somebody else holds it.

        Args:
            what: names the work, e.g. `owner/name#number@sha`.
            owner: one attempt of one worker; asking again as the same owner grants it again.
            seconds: how long it holds if it is not renewed.
        """
        ...

    def renew(self, lease: Lease, seconds: int) -> Lease | None:
        """The lease with `seconds` more from now, or `None` if somebody else has taken over: stop working."""
        ...

    def release(self, lease: Lease) -> None:
        """Let others acquire it; does nothing if somebody else has taken over."""
        ...

    def mark_done(self, lease: Lease, marker: str) -> bool:
        """Record the work as done and release the lease; False (and nothing recorded) if somebody else has taken over.

        Args:
            lease: what `acquire` or `renew` returned.
            marker: what `done` shall tell, e.g. the id of the delivery that asked for the work; not empty.
        """
        ...

    def done(self, what: str) -> str | None:
        """The marker of the last work that was done, or `None`; it does not keep anybody from acquiring."""
        ...


@dataclass(frozen=True)
class Walk:
    """A way through the list of deliveries, newest to oldest, that ran out of time."""

    page: str
    """GitHub's cursor of the page to go on with."""
    newest: datetime
    """Delivery that it began with."""
    unsettled_since: datetime | None
    """First attempt of the oldest delivery it has met that is not settled."""
    arrived: tuple[str, ...] = ()
    """Events that it has met as a redelivery that succeeded: their first attempts are still to come."""


@dataclass(frozen=True)
class SweepCursor:
    """How far the sweep has come."""

    settled_until: datetime | None = None
    """Every delivery first attempted before this is settled; `None` before the first complete walk."""
    walk: Walk | None = None
    """The walk to go on with, if the last one was not complete."""


class SweepCursors(Protocol):
    """The one cursor of the one sweep."""

    def read(self) -> SweepCursor:
        """The cursor that was written last."""
        ...

    def write(self, cursor: SweepCursor) -> bool:
        """Keep the cursor; False (and nothing written) if `settled_until` would move back."""
        ...


class Bucket(Protocol):
    """Bytes by key."""

    def put(self, key: str, body: bytes, *, content_type: str = "application/json") -> None:
        """Store, replacing what was there; durable when it returns."""
        ...

    def get(self, key: str) -> bytes | None:
        """The content, or `None` if there is none."""
        ...

    def exists(self, key: str) -> bool:
        """True if there is content under the key."""
        ...


@dataclass(frozen=True)
class BusEvent:
    """An event for the bus, with `slipway.events.SOURCE` as its source."""

    detail_type: str
    detail: Mapping[str, Any]


class Bus(Protocol):
    """The event bus that the capabilities speak over."""

    def put(self, events: Sequence[BusEvent]) -> None:
        """Put all events.

        Raises:
            RetryLater: one of them was not accepted; others may be on the bus already.
        """
        ...


class Secrets(Protocol):
    """Secrets that are JSON objects of texts."""

    def get(self, name: str) -> Mapping[str, str]:
        """The secret, at most `secrets.CACHE_SECONDS` old."""
        ...

    def refetch(self, name: str) -> Mapping[str, str]:
        """The secret as it is now, unless it was fetched within the last `secrets.REFETCH_SECONDS`.

        For the moment when what was signed with it does not match: it may have been rotated, or somebody forges.
        """
        ...


class StoredSecret(Protocol):
    """One secret, a text, that is read as it is now and written whole."""

    def read(self) -> str | None:
        """The text; None if there is none yet."""
        ...

    def write(self, text: str) -> None:
        """Put another one in its place."""
        ...


class Rates(Protocol):
    """How much of something was used in a while."""

    def spend(self, what: str, amount: int, limit: int, seconds: int) -> bool:
        """Use some of what may be used; False, and nothing used, if that would be over the limit.

        Args:
            what: names what is used.
            amount: how much.
            limit: for each while.
            seconds: how long a while is; the whiles are the same for everybody.
        """
        ...


class SealingKeys(Protocol):
    """The keys function of a consumer, as `slipway.sealing.exchange` says; large requests are made in parts.

    Raises, besides what all of these do, `InputError` if it cannot be done.
    """

    def state(self) -> KeyState:
        """The certificates, and whether a rotation is under way."""
        ...

    def prepare(self, quiet_seconds: float) -> KeyState:
        """Make the pair that a rotation goes to, unless one is under way.

        Raises `RetryLater` if the secret has changed within `quiet_seconds`: not all clusters have seen that.
        """
        ...

    def retire(self, to: str) -> KeyState:
        """Let the clusters trust the pair with this fingerprint alone, which a rotation went to."""
        ...

    def check(self, about: PullRequestHead, sealed: Sequence[Mapping[str, Any]]) -> list[Told]:
        """Whether SealedSecrets open, in their order."""
        ...

    def reseal(self, to: str, files: Sequence[SealedText]) -> list[ResealedText]:
        """Files with their SealedSecrets sealed anew for the certificate with this fingerprint, in their order."""
        ...


@dataclass(frozen=True)
class Execution:
    """An execution of a state machine."""

    name: str
    started: datetime
    """UTC, in milliseconds."""

    def is_before(self, name: str, started: str) -> bool:
        """True if it is another one, and began before it, or in the same moment and is the one to go on."""
        return name != self.name and (self.started, self.name) < (datetime.fromisoformat(started), name)


class Executions(Protocol):
    """The executions of one state machine."""

    def running(self) -> list[Execution]:
        """Those that are under way."""
        ...


class TokenFunction(Protocol):
    """The function that makes installation tokens, and alone reads the App's private key."""

    def token(self, installation: int, repositories: Sequence[str], *, renew: bool = False) -> InstallationToken:
        """A token for the repositories (`owner/name`).

        Args:
            installation: the installation's id.
            repositories: `owner/name` of each, all of one owner.
            renew: not one that was handed out before, since GitHub has refused that.

        Raises:
            InputError: GitHub knows no such installation, or it does not reach a repository.
        """
        ...


class EksVersions(Protocol):
    """What EKS says of the versions of Kubernetes."""

    def offered(self) -> frozenset[str]:
        """The minor versions that a cluster may be made with, or upgraded to: `1.35`; at least one."""
        ...


class Queue(Protocol):
    """A capability's own queue, to give itself work for later."""

    def send(self, body: str, *, delay: float) -> None:
        """Send a message that appears after `delay` seconds, at most `queue.MAX_DELAY_SECONDS`."""
        ...
