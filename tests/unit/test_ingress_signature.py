"""Signatures: whatever GitHub signed is accepted, and nothing else."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from slipway.aws.memory import MemorySecrets
from slipway.errors import ConfigError
from slipway.ingress.request import parse_request
from slipway.ingress.signature import is_signed, is_signed_by
from tests.unit.ingress_world import request, signature

BODIES = st.binary(max_size=300)
SECRETS = st.text(min_size=1, max_size=50).filter(lambda text: text.isprintable())


def test_the_example_of_githubs_documentation_is_accepted() -> None:
    given = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert is_signed(b"Hello, World!", given, [b"It's a Secret to Everybody"])


@given(body=BODIES, secret=SECRETS)
def test_what_was_signed_is_accepted_base64_or_not(body: bytes, secret: str) -> None:
    text = body.decode("utf-8", "replace")
    for event in (request(body, encoded=True, secret=secret), request(text.encode(), secret=secret)):
        parsed = parse_request(event)
        assert is_signed(parsed.body, parsed.signature, [secret.encode()])


@given(body=BODIES.filter(bool), secret=SECRETS, data=st.data())
def test_one_flipped_bit_of_the_body_is_refused(body: bytes, secret: str, data: st.DataObject) -> None:
    bit = data.draw(st.integers(0, len(body) * 8 - 1))
    flipped = bytearray(body)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not is_signed(bytes(flipped), signature(body, secret), [secret.encode()])


@given(body=BODIES, secret=SECRETS, data=st.data())
def test_one_changed_character_of_the_signature_is_refused(body: bytes, secret: str, data: st.DataObject) -> None:
    good = signature(body, secret)
    at = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.characters().filter(lambda character: character != good[at]))
    assert not is_signed(body, good[:at] + other + good[at + 1 :], [secret.encode()])


@given(body=BODIES, secret=SECRETS, other=SECRETS)
def test_another_secret_is_refused(body: bytes, secret: str, other: str) -> None:
    assume(secret != other)
    assert not is_signed(body, signature(body, other), [secret.encode()])


@pytest.mark.parametrize(
    "given",
    [
        "",
        "sha256=",
        hmac.new(b"key", b"body", hashlib.sha256).hexdigest(),
        "sha1=" + hmac.new(b"key", b"body", hashlib.sha1).hexdigest(),
        "SHA256=" + hmac.new(b"key", b"body", hashlib.sha256).hexdigest(),
        "sha256=" + hmac.new(b"key", b"body", hashlib.sha256).hexdigest().upper(),
        "sha256=" + base64.b64encode(hmac.digest(b"key", b"body", "sha256")).decode(),
        "sha256=" + hmac.new(b"", b"body", hashlib.sha256).hexdigest(),
        "sha256=\ud800",
    ],
)
def test_a_signature_of_another_form_is_refused(given: str) -> None:
    assert not is_signed(b"body", given, [b"key"])


def test_both_secrets_are_accepted_while_one_replaces_the_other() -> None:
    secrets = MemorySecrets({"webhook": {"current": "new", "previous": "old"}})
    accepted = [is_signed_by(secrets, "webhook", b"body", signature(b"body", key)) for key in ("new", "old", "older")]
    assert accepted == [True, True, False]


def test_a_secret_that_was_rotated_a_moment_ago_is_fetched_again() -> None:
    secrets = MemorySecrets({"webhook": {"current": "old"}})
    assert is_signed_by(secrets, "webhook", b"body", signature(b"body", "old"))
    secrets.secrets["webhook"] = {"current": "new", "previous": "old"}
    assert is_signed_by(secrets, "webhook", b"body", signature(b"body", "new"))
    assert secrets.refetches == 1


def test_a_missing_signature_fetches_nothing() -> None:
    secrets = MemorySecrets({"webhook": {"current": "key"}})
    assert not is_signed_by(secrets, "webhook", b"body", "")
    assert secrets.refetches == 0


@pytest.mark.parametrize("secret", [{}, {"current": ""}, {"current": "", "previous": ""}])
def test_an_empty_secret_is_a_mistake_of_ours_and_lets_nobody_in(secret: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="secret webhook has no `current`"):
        is_signed_by(MemorySecrets({"webhook": secret}), "webhook", b"body", signature(b"body", ""))
