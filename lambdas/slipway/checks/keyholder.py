"""Whoever has the fleet's sealing key, as the rules ask it, and what it has said of SealedSecrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # cryptography, which a check without a key has no use for
    from slipway.sealing.exchange import KeyState, Told


class KeyHolder(Protocol):
    """Answers yes or no, and why; never with a value or a key.

    Raises `InputError` if it does not answer, and `RetryLater` if it does not now.
    """

    @property
    def secret(self) -> str:
        """Name or ARN of the secret that brings the key to the clusters."""
        ...

    def state(self) -> KeyState:
        """The certificates, and whether a rotation is under way."""
        ...

    def check(self, sealed: Sequence[Mapping[str, Any]]) -> list[Told]:
        """Whether SealedSecrets open, in their order."""
        ...


@dataclass(frozen=True)
class SealedAnswer:
    """What was answered of a SealedSecret of a change, for people to see that it was asked for."""

    what: str
    """E.g. `SealedSecret.bitnami.com web/token`."""
    clusters: tuple[str, ...]
    """Those that have the fleet's key, sorted."""
    values: int
    closed: int
    """How many of the values do not open."""
    by: tuple[str, ...]
    """Fingerprints of the keys that open the others."""
    until: date | None
    """When the first of their certificates expires; None if nothing opens."""
