"""The sealing keys of the examples under docs/: always the same, and made anew each time, so that none is in Git."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from slipway.checks.keyholder import KeyHolder
from slipway.github.protocol import PullRequest
from slipway.keys.pairs import Pairs
from slipway.sealing.certificates import COMMON_NAME, VALID_FOR, KeyPair, read_certificate
from slipway.sealing.keys import PrivateKey
from slipway.validation.sealing import PullRequestKeys, Sealing
from tests.unit.keys_world import KeysWorld

SECRET = "fleet/sealing-key"
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
_PRIME_BITS, _ROUNDS = 512, 20


def holder() -> KeyHolder:
    """Of a fleet whose rotation goes from the pair `old` to the pair `new`."""
    pairs = Pairs.of(pair("old"), BEGIN).rotated_to(pair("new"), BEGIN)
    pull = PullRequest(
        "acme/gitops-system", 7, "open", False, "a" * 40, "acme/gitops-system", "main", "b" * 40, "", None
    )
    return PullRequestKeys(Sealing(KeysWorld(pairs.to_json()).keys("check", "state"), SECRET), pull)


@cache
def pair(name: str, valid_for: timedelta = VALID_FOR) -> KeyPair:
    """The pair of this name; it is short, so that examples are."""
    key = _key(name)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, COMMON_NAME)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + valid_for)
        .sign(key, SHA256())
    )
    return KeyPair(read_certificate(made.public_bytes(Encoding.PEM)), PrivateKey.of(key))


def _key(name: str) -> rsa.RSAPrivateKey:
    numbers = random.Random(name)
    p, q, e = _prime(numbers), _prime(numbers), 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), rsa.RSAPublicNumbers(e, p * q)
    ).private_key()


def _prime(numbers: random.Random) -> int:
    """A number that is a prime, as far as Miller and Rabin tell."""
    top = 3 << (_PRIME_BITS - 2)
    while True:
        found = numbers.getrandbits(_PRIME_BITS) | top | 1
        if all(found % small for small in (3, 5, 7, 11, 13)) and _is_prime(found, numbers):
            return found


def _is_prime(found: int, numbers: random.Random) -> bool:
    twos = ((found - 1) & -(found - 1)).bit_length() - 1
    for _ in range(_ROUNDS):
        power = pow(numbers.randrange(2, found - 1), (found - 1) >> twos, found)
        if power not in (1, found - 1) and found - 1 not in (pow(power, 1 << step, found) for step in range(1, twos)):
            return False
    return True
