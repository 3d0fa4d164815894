"""RSA-OAEP for a session key, AES-GCM for the value: how Sealed Secrets encrypts.

Source: bitnami/sealed-secrets, `pkg/crypto/crypto.go`, `HybridEncrypt` and `HybridDecrypt`. The session key is 32
random bytes, encrypted with SHA-256 as both hashes of OAEP and the label of the scope. It is used once, so that the
nonce may be zero; there is no additional data.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from slipway.sealing.envelope import Envelope, Malformed

_SESSION_KEY_BYTES = 32
_NONCE = bytes(12)


class WrongKey(Exception):
    """The key and the label are not the ones that it was sealed with; which of the two cannot be told."""


def encrypt(key: RSAPublicKey, plaintext: bytes, label: bytes) -> Envelope:
    """Seal a value; each time with another session key."""
    session_key = secrets.token_bytes(_SESSION_KEY_BYTES)
    return Envelope(key.encrypt(session_key, _padding(label)), AESGCM(session_key).encrypt(_NONCE, plaintext, None))


def decrypt(key: RSAPrivateKey, envelope: Envelope, label: bytes) -> bytes:
    """Open a value.

    Raises:
        WrongKey: key or label are others.
        Malformed: they are the right ones, and what was encrypted is not whole any more.
    """
    if len(envelope.session_key) * 8 != key.key_size:
        raise WrongKey
    try:
        session_key = key.decrypt(envelope.session_key, _padding(label))
    except ValueError:
        raise WrongKey from None
    try:
        return AESGCM(session_key).decrypt(_NONCE, envelope.content, None)
    except (InvalidTag, ValueError):
        raise Malformed("was changed after it was sealed, or is cut off") from None


def _padding(label: bytes) -> OAEP:
    return OAEP(MGF1(SHA256()), SHA256(), label)
