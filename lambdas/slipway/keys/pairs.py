"""What AWS Secrets Manager holds: the pair that the fleet seals with, and the other one that clusters trust besides.

A JSON object with `crt` and `key`, and `otherCrt` and `otherKey`. While a rotation is under way, the other one is the
pair that it goes to; else it is the same pair once more, so that what maps it to a Secret (External Secrets) always
finds something. Both stand in one value, and not in the stages AWSCURRENT and AWSPREVIOUS: before the first rotation
there is no AWSPREVIOUS, and one put too many would drop the old key.

`slot`, `a` or `b`, says in which of two Secrets on the clusters the pair `crt`, `key` is; the other pair is in the
other Secret. Sealed Secrets (0.40) sees a Secret that comes, and not one that changes: so the slot changes when the
other pair becomes the first, and no Secret changes while it is in use. `since` is when the value was last changed: a
pair that comes before all clusters have seen that the last one went would change a Secret in use.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from slipway.errors import InputError
from slipway.fleet.objects import text
from slipway.sealing.certificates import KeyPair
from slipway.sealing.key_files import read_key_pair
from slipway.sealing.keys import Keyring

Slot = Literal["a", "b"]

_REST = ("otherCrt", "otherKey", "slot", "since")


@dataclass(frozen=True)
class Pairs:
    """The two pairs that clusters trust."""

    current: KeyPair
    other: KeyPair
    since: datetime
    """When this was last changed."""
    slot: Slot = "a"
    """Where the clusters have the current one."""

    @classmethod
    def of(cls, pair: KeyPair, now: datetime) -> Pairs:
        """One pair, and no rotation under way."""
        return cls(pair, pair, now)

    def rotated_to(self, pair: KeyPair, now: datetime) -> Pairs:
        """With a rotation under way, to a new pair."""
        return replace(self, other=pair, since=now)

    def retired(self, now: datetime) -> Pairs:
        """With the rotation at its end: the new pair alone, where clusters have it already."""
        return Pairs(self.other, self.other, now, "a" if self.slot == "b" else "b") if self.is_rotating else self

    @property
    def is_rotating(self) -> bool:
        """True if a rotation is under way, to the other pair."""
        return self.current.certificate.fingerprint != self.other.certificate.fingerprint

    def keyring(self) -> Keyring:
        """Both private keys; the newer one is tried first."""
        return Keyring((self.other.key, self.current.key))

    def to_json(self) -> str:
        """As Secrets Manager holds it. A secret."""
        current, other = (json.loads(pair.to_json()) for pair in (self.current, self.other))
        rest = {"slot": self.slot, "since": self.since.isoformat()}
        return json.dumps({**current, "otherCrt": other["crt"], "otherKey": other["key"], **rest})


def read_pairs(value: str, now: datetime) -> tuple[Pairs, bool]:
    """The pairs in a secret, and whether it holds them as `Pairs.to_json` writes them.

    A secret that was made by hand, with `crt` and `key` alone, holds one pair.

    Raises:
        InputError: it holds none, or what belongs together does not; nothing of it is in the text.
    """
    current = read_key_pair(value)
    found = json.loads(value, strict=False)
    given = [name for name in _REST if name in found]
    if not given:
        return Pairs.of(current, now), False
    if len(given) < len(_REST):
        missing = next(name for name in _REST if name not in given)
        raise InputError(f"it has {given[0]} and not {missing}: put back what was there, or crt and key alone")
    try:
        other = read_key_pair(json.dumps({"crt": text(found["otherCrt"]), "key": text(found["otherKey"])}))
    except InputError as err:
        raise InputError(f"otherCrt and otherKey: {err.message}") from None
    slot: Slot = "b" if found["slot"] == "b" else "a"
    try:
        since = datetime.fromisoformat(text(found["since"]))
    except ValueError:
        raise InputError("since is no point in time") from None
    # One that somebody wrote without a zone is taken for UTC's.
    return Pairs(current, other, since if since.tzinfo else since.replace(tzinfo=UTC), slot), found["slot"] == slot
