"""A sealed value, taken apart without a key.

Source: bitnami/sealed-secrets, `pkg/crypto/crypto.go`. It is the base64 of two bytes with the length of an RSA
ciphertext, that ciphertext, and an AES-GCM ciphertext.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from slipway.errors import InputError

GCM_TAG = 16
"""Bytes that AES-GCM adds."""
_RSA_BYTES = range(128, 2049)
"""Of a ciphertext of RSA with 1,024 to 16,384 bits."""


class Malformed(InputError):
    """No key opens a value; the message says why, and nothing of the value."""


@dataclass(frozen=True)
class Envelope:
    """The parts of a sealed value; nothing in it is secret."""

    session_key: bytes
    """The key of the content, encrypted with RSA."""
    content: bytes
    """The value, encrypted with the session key; ends with the tag."""

    @property
    def bits(self) -> int:
        """Size of the RSA key that it was sealed with."""
        return len(self.session_key) * 8

    def __str__(self) -> str:
        """As it stands in `spec.encryptedData`."""
        size = len(self.session_key).to_bytes(2, "big")
        return base64.b64encode(size + self.session_key + self.content).decode()


def unpack(value: str) -> Envelope:
    """Take a sealed value apart.

    Raises:
        Malformed: it is none.
    """
    try:
        # Go's decoder passes over line ends and nothing else.
        data = base64.b64decode(value.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("is not base64") from None
    size = int.from_bytes(data[:2], "big")
    if size not in _RSA_BYTES:
        raise Malformed("is not in the format of kubeseal")
    if len(data) < 2 + size + GCM_TAG:
        raise Malformed("is cut off")
    return Envelope(data[2 : 2 + size], data[2 + size :])
