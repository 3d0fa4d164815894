"""Private keys out of files.

Three forms are read: PEM; the controller's TLS Secrets as `kubectl get secret -o yaml` gives them, one or a List; and
the JSON with `crt` and `key`, and maybe `otherCrt` and `otherKey`, that AWS Secrets Manager holds. No error has
anything of a key in it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from slipway.errors import InputError, LimitError
from slipway.fleet.objects import mapping, text
from slipway.sealing.certificates import KeyPair, read_certificate
from slipway.sealing.keys import MAX_KEYS, PrivateKey
from slipway.sealing.secret_files import secrets_in

TLS_KEY = "tls.key"
"""Where the controller's Secrets have the private key."""

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----", re.DOTALL)
_FORMS = "PEM, a TLS Secret of Sealed Secrets (or a List of them) or JSON with crt and key is read"


def read_private_keys(data: bytes, file: str = "") -> list[PrivateKey]:
    """All private keys in a file.

    Raises:
        InputError: there is none, or one of them cannot be used; says which and why.
        LimitError: there are more than `MAX_KEYS`.
    """
    found = []
    for where, pem in _pems(data, file):
        found.append(_key(pem, where, file))
        if len(found) > MAX_KEYS:
            raise LimitError(f"more than {MAX_KEYS} private keys (MAX_KEYS)", file=file)
    if not found:
        raise InputError(f"no private key in it; {_FORMS}", file=file)
    return found


def read_key_pair(data: str, file: str = "") -> KeyPair:
    """The key pair that JSON with `crt` and `key` holds.

    Raises:
        InputError: it holds none, or they do not belong together.
    """
    pair = _json_pair(data)
    if pair is None:
        raise InputError("this is no JSON object with crt and key", file=file)
    key = _key(text(pair["key"]), "key", file)
    certificate = read_certificate(text(pair["crt"]).encode(), file)
    if certificate.fingerprint != key.fingerprint:
        message = f"crt and key do not belong together: crt is of {certificate.fingerprint}, key is {key.fingerprint}"
        raise InputError(message, file=file)
    return KeyPair(certificate, key)


def _pems(data: bytes, file: str) -> Iterator[tuple[str, str]]:
    """Each PEM block of a private key, after words for where it is."""
    try:
        content = data.decode()
    except UnicodeDecodeError:
        raise InputError(f"this is no text; {_FORMS}", file=file) from None
    pair = _json_pair(content)
    if pair is not None:
        # While a rotation is under way, the fleet's secret has two (docs/sealing.md).
        yield from ((name, text(pair[name])) for name in ("key", "otherKey") if name in pair)
    elif re.search(r"^-----BEGIN ", content, re.MULTILINE):
        yield from (("", block.group()) for block in _BLOCK.finditer(content))
    else:
        for _, secret in secrets_in(data, file):
            yield from _of_secret(secret, file)


def _json_pair(content: str) -> Mapping[str, Any] | None:
    try:
        # Keys put into JSON by a shell have line ends in them as they are, which External Secrets takes, too.
        value = json.loads(content, strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and {"crt", "key"} <= value.keys() else None


def _of_secret(secret: Mapping[str, Any], file: str) -> Iterator[tuple[str, str]]:
    name = text(mapping(secret.get("metadata")).get("name"))
    where = f"{TLS_KEY} of Secret {name}" if name else TLS_KEY
    plain = mapping(secret.get("stringData")).get(TLS_KEY)
    encoded = mapping(secret.get("data")).get(TLS_KEY)
    if plain is None and encoded is None:
        raise InputError(f"{where} is missing", file=file)
    if plain is not None:
        yield where, text(plain)
        return
    try:
        yield where, base64.b64decode(text(encoded), validate=True).decode()
    except (binascii.Error, ValueError):
        raise InputError(f"{where} is not the base64 of a private key", file=file) from None


def _key(pem: str, where: str, file: str) -> PrivateKey:
    which = where or "the private key"
    block = _BLOCK.search(pem)
    if block is None:
        raise InputError(f"{which} is no private key in PEM", file=file)
    if "ENCRYPTED" in block.group():
        raise InputError(f"{which} has a passphrase; take it off with openssl pkey -in FILE", file=file)
    try:
        key = load_pem_private_key(block.group().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InputError(
            f"{which} cannot be read as a private key: it is damaged or of an unknown kind", file=file
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise InputError(f"{which} is not of RSA, which Sealed Secrets needs", file=file)
    return PrivateKey.of(key)
