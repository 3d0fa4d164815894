"""Key pairs, certificates, and the files that private keys are kept in."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from slipway.errors import InputError, LimitError
from slipway.fleet.manifests import dump
from slipway.sealing.certificates import BITS, VALID_FOR, make_key_pair, read_certificate
from slipway.sealing.key_files import read_key_pair, read_private_keys
from slipway.sealing.keys import MAX_KEYS, Keyring, PrivateKey
from tests.unit.sealing_world import NOW, encoded, pair, tls_secret

OLD, NEW = pair("old"), pair("new")

KNOWN = """\
-----BEGIN CERTIFICATE-----
MIIB2zCCAUSgAwIBAgIUXG2IsT3PpshFEapGnddHqLb8bzQwDQYJKoZIhvcNAQEL
BQAwGTEXMBUGA1UEAwwOc2VhbGVkLXNlY3JldHMwHhcNMjYxMTI2MDIwMzQzWhcN
MzYxMTIzMDIwMzQzWjAZMRcwFQYDVQQDDA5zZWFsZWQtc2VjcmV0czCBnzANBgkq
hkiG9w0BAQEFAAOBjQAwgYkCgYEA3DgJ5HUs6yLseD9ckthzu+0v4E22XcKLxe6j
iasVSx2rZu+6hmXD2MoSG0P/3QJAmQReOobAtdMXuBN4lCu6ptrkVI2w5boV876r
968cjztZJ9JMDBtvTIjoNARD0ycypUqTMMizbZu5boRwHDBsXteycia/fyDuH7lB
0laitJUCAwEAAaMgMB4wDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCBSAwDQYJ
KoZIhvcNAQELBQADgYEAX+OVpl/v3txmGkewzeDW3ABS3IRP8Al79RKZBD/BUFx2
wULvfAwfHcf4fjyYRyNK3tjnaXYYROkCEhDP84Y9hVkvZjHaC96N0ANbxxTZv8dv
MRUy+9y6aHtgH6QV6eUyA4jTt1jNA3SycuZbHVGzYyX3olLdpiDFKZmXgtKlNsI=
-----END CERTIFICATE-----
"""
KNOWN_FINGERPRINT = "SHA256:o52yAB3tfiJzT22JGofrUmq8ljm9GNXQC6nhKDw/iZk"
"""What `ssh-keygen -l` says of its key."""


def as_a_shell_makes_it() -> str:
    """JSON as the sample's set-up has put it into Secrets Manager: with line ends in its texts."""
    return f'{{\n  "crt": "{OLD.certificate.pem.strip()}",\n  "key": "{OLD.key.pem().strip()}"\n}}\n'


def pkcs8(password: bytes | None = None) -> str:
    how = BestAvailableEncryption(password) if password else NoEncryption()
    return OLD.key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how).decode()


def of_another_kind() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def listed(*names: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "List", "items": [tls_secret(name) for name in names]}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (OLD.key.pem(), ["old"]),
        (pkcs8(), ["old"]),
        (OLD.certificate.pem + OLD.key.pem() + NEW.key.pem(), ["old", "new"]),
        (f"Bag Attributes\n{OLD.key.pem()}", ["old"]),
        (OLD.to_json(), ["old"]),
        (as_a_shell_makes_it(), ["old"]),
        (dump(tls_secret("old")), ["old"]),
        (json.dumps(tls_secret("old")), ["old"]),
        (dump(listed("old", "new")), ["old", "new"]),
        (json.dumps(listed("old", "new")), ["old", "new"]),
        (dump(tls_secret("old")) + "---\n" + dump(tls_secret("new")), ["old", "new"]),
        (dump(tls_secret("old", data={}, stringData={"tls.key": OLD.key.pem()})), ["old"]),
    ],
)
def test_a_private_key_is_read_from(text: str, names: list[str]) -> None:
    keys = read_private_keys(text.encode())
    assert [key.fingerprint for key in keys] == [pair(name).certificate.fingerprint for name in names]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no private key in it; PEM,"),
        (OLD.certificate.pem, "no private key in it; PEM,"),
        ("hello: world\n", "1: a Secret (v1) is expected, and this is no Kubernetes object"),
        ("\tkey: a\n", "this is no YAML or JSON of Kubernetes objects"),
        (pkcs8(b"x"), "the private key has a passphrase; take it off with openssl pkey -in FILE"),
        (of_another_kind(), "the private key is not of RSA, which Sealed Secrets needs"),
        (OLD.key.pem()[:200] + OLD.key.pem()[300:], "the private key cannot be read as a private key: it is damaged"),
        (json.dumps({"crt": OLD.certificate.pem, "key": "x"}), "key is no private key in PEM"),
        (dump(tls_secret("old", data={"tls.crt": "eA=="})), "tls.key of Secret key-old is missing"),
        (
            dump(tls_secret("old", data={"tls.key": "%"})),
            "tls.key of Secret key-old is not the base64 of a private key",
        ),
        (dump(tls_secret("old", data={"tls.key": encoded("x")})), "tls.key of Secret key-old is no private key in PEM"),
    ],
)
def test_a_file_without_a_usable_private_key_says_why(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read_private_keys(text.encode(), "keys")
    assert says in str(caught.value)
    assert str(caught.value).startswith("keys:")
    assert caught.value.__cause__ is None


def test_bytes_that_are_no_text_are_no_key() -> None:
    with pytest.raises(InputError, match="this is no text"):
        read_private_keys(b"\xff\xfe")


def test_more_keys_than_are_tried_are_refused() -> None:
    with pytest.raises(LimitError, match="MAX_KEYS"):
        read_private_keys(OLD.key.pem().encode() * (MAX_KEYS + 1))


def test_more_keys_than_are_tried_are_refused_from_many_files_too() -> None:
    many = [PrivateKey(str(number), OLD.key.key) for number in range(MAX_KEYS + 1)]
    with pytest.raises(LimitError, match="MAX_KEYS"):
        Keyring(many)


@pytest.mark.parametrize("text", [OLD.to_json(), as_a_shell_makes_it()])
def test_a_key_pair_of_secrets_manager_is_adopted(text: str) -> None:
    found = read_key_pair(text)
    assert (found.certificate, found.key) == (OLD.certificate, OLD.key)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (json.dumps({"crt": NEW.certificate.pem, "key": OLD.key.pem()}), "crt and key do not belong together"),
        (json.dumps({"crt": "x", "key": OLD.key.pem()}), "no certificate in it"),
        (json.dumps(["crt", "key"]), "this is no JSON object with crt and key"),
        ("crt", "this is no JSON object with crt and key"),
    ],
)
def test_a_key_pair_that_is_none_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_key_pair(text, "arn:secret")


def test_a_new_key_pair_is_good_for_ten_years() -> None:
    assert (4096, timedelta(days=3650)) == (BITS, VALID_FOR)
    made = make_key_pair(NOW, bits=2048).certificate
    assert made.not_before == NOW.replace(microsecond=0)
    assert made.not_after - made.not_before == VALID_FOR
    assert not made.is_expired(NOW + VALID_FOR - timedelta(days=1))
    assert made.is_expired(NOW + VALID_FOR)


def test_a_certificate_is_signed_by_its_own_key_for_the_transport_of_keys() -> None:
    found = x509.load_pem_x509_certificate(OLD.certificate.pem.encode())
    found.verify_directly_issued_by(found)
    usage = found.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.key_encipherment, usage.digital_signature, usage.key_cert_sign) == (True, False, False)


def test_the_first_certificate_of_a_file_counts_as_with_kubeseal() -> None:
    text = f"# ours\n{NEW.certificate.pem}{OLD.certificate.pem}"
    assert read_certificate(text.encode()) == NEW.certificate


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (OLD.key.pem(), "c.pem: no certificate in it: it has no block BEGIN CERTIFICATE"),
        ("\n" + OLD.certificate.pem.replace("MII", "XII", 1), "c.pem:2: the certificate cannot be read"),
    ],
)
def test_a_file_without_a_certificate_says_so(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read_certificate(text.encode(), "c.pem")
    assert str(caught.value) == says


def test_a_fingerprint_is_what_ssh_keygen_shows() -> None:
    assert read_certificate(KNOWN.encode()).fingerprint == KNOWN_FINGERPRINT


def test_while_a_rotation_is_under_way_both_keys_are_read() -> None:
    other = json.loads(NEW.to_json())
    both = {**json.loads(OLD.to_json()), "otherCrt": other["crt"], "otherKey": other["key"], "slot": "a"}
    found = read_private_keys(json.dumps(both).encode())
    assert [key.fingerprint for key in found] == [OLD.key.fingerprint, NEW.key.fingerprint]
