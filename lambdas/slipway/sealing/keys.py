"""Private keys, and how keys are told apart."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from slipway.errors import LimitError

MAX_KEYS = 50
"""Private keys that are tried: each try costs milliseconds. A cluster that renews its key each month has 12 a year."""


@dataclass(frozen=True)
class PrivateKey:
    """A key that opens."""

    fingerprint: str
    """Of its public half, see `fingerprint_of`: it is what a certificate of this key has."""
    key: RSAPrivateKey = field(repr=False, compare=False)

    @classmethod
    def of(cls, key: RSAPrivateKey) -> PrivateKey:
        """With the fingerprint of a key."""
        return cls(fingerprint_of(key.public_key()), key)

    @property
    def bits(self) -> int:
        """Its size."""
        return self.key.key_size

    def pem(self) -> str:
        """The key itself, as the controller writes it into `tls.key` (PKCS 1, no passphrase). A secret."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


class Keyring:
    """Private keys in the order in which they are worth a try: what opened the last value first.

    Raises:
        LimitError: there are more than `MAX_KEYS`.
    """

    def __init__(self, keys: Iterable[PrivateKey]) -> None:
        self._keys = list({key.fingerprint: key for key in keys}.values())
        if len(self._keys) > MAX_KEYS:
            raise LimitError(f"{len(self._keys)} private keys are over the limit of {MAX_KEYS} (MAX_KEYS)")

    def __iter__(self) -> Iterator[PrivateKey]:
        return iter(tuple(self._keys))

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"Keyring({', '.join(key.fingerprint for key in self._keys)})"

    def opened(self, key: PrivateKey) -> None:
        """Take note of what opened a value."""
        if self._keys[0] is not key:
            self._keys.remove(key)
            self._keys.insert(0, key)

    def has(self, fingerprint: str) -> bool:
        """True if one of the keys has this fingerprint."""
        return any(key.fingerprint == fingerprint for key in self._keys)


def fingerprint_of(key: RSAPublicKey) -> str:
    """What a key is called: `SHA256:…`, as Sealed Secrets does (`crypto.PublicKeyFingerprint`) and ssh-keygen shows."""
    blob = base64.b64decode(key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1])
    return f"SHA256:{base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip('=')}"
