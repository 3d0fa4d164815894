"""What AWS Secrets Manager holds: the pair that the fleet seals with, and the other one that clusters trust besides.

A JSON object with `crt` and `key`, and `otherCrt` and `otherKey`. While a rotation is under way, the other one is the
pair that it goes to; else it is the same pair once more, so that what maps it to a Secret (External Secrets) always
finds something. Both stand in one value, and not in the stages AWSCURRENT and AWSPREVIOUS: before the first rotation
there is no AWSPREVIOUS, and one put too many would drop the old key.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from slipway.errors import InputError
from slipway.fleet.objects import text
from slipway.sealing.certificates import KeyPair
from slipway.sealing.key_files import read_key_pair
from slipway.sealing.keys import Keyring

_OTHER = ("otherCrt", "otherKey")


@dataclass(frozen=True)
class Pairs:
    """The two pairs that clusters trust."""

    current: KeyPair
    other: KeyPair

    @classmethod
    def of(cls, pair: KeyPair) -> Pairs:
        """One pair, and no rotation under way."""
        return cls(pair, pair)

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
        return json.dumps({**current, **dict(zip(_OTHER, (other["crt"], other["key"]), strict=True))})

    def age(self, now: datetime) -> float:
        """Days since the newer pair was made; 0 if its certificate says that it will be, by another clock."""
        return max((now - self.other.certificate.not_before).total_seconds(), 0.0) / 86_400


def read_pairs(value: str) -> tuple[Pairs, bool]:
    """The pairs in a secret, and whether it holds them as `Pairs.to_json` writes them.

    A secret that was made by hand, with `crt` and `key` alone, holds one pair.

    Raises:
        InputError: it holds none, or what belongs together does not; nothing of it is in the text.
    """
    current = read_key_pair(value)
    found = json.loads(value, strict=False)
    given = [name for name in _OTHER if name in found]
    if not given:
        return Pairs.of(current), False
    if len(given) < len(_OTHER):
        raise InputError(f"it has {given[0]} and not {next(name for name in _OTHER if name not in given)}")
    try:
        other = read_key_pair(json.dumps({"crt": text(found["otherCrt"]), "key": text(found["otherKey"])}))
    except InputError as err:
        raise InputError(f"otherCrt and otherKey: {err.message}") from None
    return Pairs(current, other), True
