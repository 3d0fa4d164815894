"""Certificates to seal with, and new key pairs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from slipway.errors import InputError
from slipway.sealing.keys import PrivateKey, fingerprint_of

BITS = 4096
VALID_FOR = timedelta(days=3650)
COMMON_NAME = "sealed-secrets"

_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True)
class Certificate:
    """What anybody may seal with; nothing in it is secret."""

    fingerprint: str
    """Of its key."""
    not_before: datetime
    """The controller seals with the newest by this."""
    not_after: datetime
    """kubeseal refuses it from then on; what is sealed can be opened all the same."""
    pem: str = field(repr=False)
    key: rsa.RSAPublicKey = field(repr=False, compare=False)

    def is_expired(self, now: datetime) -> bool:
        """True if kubeseal refuses to seal with it."""
        return now > self.not_after


@dataclass(frozen=True)
class KeyPair:
    """A certificate with its private key."""

    certificate: Certificate
    key: PrivateKey = field(repr=False)

    def to_json(self) -> str:
        """As AWS Secrets Manager holds it: a JSON object with `crt` and `key`. A secret."""
        return json.dumps({"crt": self.certificate.pem, "key": self.key.pem()})


def make_key_pair(now: datetime, *, bits: int = BITS, valid_for: timedelta = VALID_FOR) -> KeyPair:
    """A new key pair with a certificate of its own, from now on.

    Takes up to some seconds. The certificate is for the transport of keys and for nothing else; Kubernetes and kubeseal
    look at its key and its dates alone.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    start = now.replace(microsecond=0)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, COMMON_NAME)])
    usage = x509.KeyUsage(
        key_encipherment=True,
        digital_signature=False,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + valid_for)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, SHA256())
    )
    return KeyPair(_certificate(made, key.public_key()), PrivateKey.of(key))


def read_certificate(data: bytes, file: str = "") -> Certificate:
    """The first certificate of a PEM file, as kubeseal takes it.

    Raises:
        InputError: there is none, or its key is not of RSA.
    """
    block = _BLOCK.search(data)
    if block is None:
        raise InputError("no certificate in it: it has no block BEGIN CERTIFICATE", file=file)
    line = data.count(b"\n", 0, block.start()) + 1
    try:
        found = x509.load_pem_x509_certificate(block.group())
        key = found.public_key()
    except (ValueError, TypeError, x509.UnsupportedGeneralNameType):
        raise InputError("the certificate cannot be read", file=file, line=line) from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise InputError("the certificate's key is not of RSA, which Sealed Secrets needs", file=file, line=line)
    return _certificate(found, key)


def _certificate(found: x509.Certificate, key: rsa.RSAPublicKey) -> Certificate:
    return Certificate(
        fingerprint_of(key),
        found.not_valid_before_utc,
        found.not_valid_after_utc,
        found.public_bytes(Encoding.PEM).decode(),
        key,
    )
