"""Sealed values: what opens them, what does not, and what is said then."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipway.errors import InputError
from slipway.sealing.answer import answers
from slipway.sealing.envelope import Envelope, Malformed, unpack
from slipway.sealing.hybrid import WrongKey, decrypt, encrypt
from slipway.sealing.keys import Keyring
from slipway.sealing.opening import MAX_VALUES, open_values
from slipway.sealing.scope import CLUSTER_WIDE, NAMESPACE_WIDE, SCOPES, label
from slipway.sealing.unseal import unseal
from tests.unit.sealing_world import CLEAR, pair, ring, sealed, sealed_text, with_metadata

NAMES = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)


@given(st.binary(max_size=5_000), st.binary(max_size=60))
@settings(max_examples=30)
def test_what_is_sealed_opens_with_the_same_key_and_label(plaintext: bytes, bound: bytes) -> None:
    value = str(encrypt(pair().certificate.key, plaintext, bound))
    assert decrypt(pair().key.key, unpack(value), bound) == plaintext


@given(NAMES, NAMES, st.sampled_from(SCOPES), NAMES, NAMES, st.sampled_from(SCOPES))
@settings(max_examples=30)
def test_it_opens_for_what_it_is_bound_to_and_for_nothing_else(
    namespace: str, name: str, scope: Any, other_namespace: str, other_name: str, other_scope: Any
) -> None:
    bound, other = label(scope, namespace, name), label(other_scope, other_namespace, other_name)
    value = encrypt(pair().certificate.key, b"x", bound.encoded)
    if bound == other:
        assert decrypt(pair().key.key, value, other.encoded) == b"x"
    else:
        with pytest.raises(WrongKey):
            decrypt(pair().key.key, value, other.encoded)


@pytest.mark.parametrize(
    ("scope", "expected"), [("strict", b"shop/db"), ("namespace-wide", b"shop"), ("cluster-wide", b"")]
)
def test_the_labels_are_those_of_sealed_secrets(scope: Any, expected: bytes) -> None:
    assert label(scope, "shop", "db").encoded == expected


def test_the_same_value_is_sealed_otherwise_each_time() -> None:
    first, second = (encrypt(pair().certificate.key, b"x", b"") for _ in range(2))
    assert first.session_key != second.session_key
    assert first.content != second.content


@given(st.binary(min_size=1, max_size=400), st.data())
@settings(max_examples=60)
def test_a_changed_byte_is_found(plaintext: bytes, data: st.DataObject) -> None:
    whole = base64.b64decode(str(encrypt(pair().certificate.key, plaintext, b"")))
    position = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises((Malformed, WrongKey)):
        decrypt(pair().key.key, unpack(base64.b64encode(changed).decode()), b"")


@given(st.data())
@settings(max_examples=40)
def test_a_value_that_is_cut_off_is_never_opened(data: st.DataObject) -> None:
    value = str(encrypt(pair().certificate.key, b"x" * 100, b""))
    cut = value[: data.draw(st.integers(0, len(value) - 1))]
    with pytest.raises((Malformed, WrongKey)):
        decrypt(pair().key.key, unpack(cut), b"")


@given(st.text(max_size=200))
def test_any_text_is_a_value_or_malformed(value: str) -> None:
    try:
        assert isinstance(unpack(value), Envelope)
    except Malformed as err:
        assert value not in err.message or len(value) < 10


def test_line_ends_in_a_value_are_passed_over_as_go_does() -> None:
    value = str(encrypt(pair().certificate.key, b"x", b""))
    assert decrypt(pair().key.key, unpack(value[:64] + "\r\n" + value[64:] + "\n"), b"") == b"x"


def value_of(obj: dict[str, Any]) -> str:
    return str(obj["spec"]["encryptedData"]["password"])


def with_value(value: object) -> dict[str, Any]:
    return {**sealed(), "spec": {**sealed()["spec"], "encryptedData": {"password": value}}}


def cut_content() -> str:
    whole = base64.b64decode(value_of(sealed()))
    return base64.b64encode(whole[:-1]).decode()


def bound(was: str, now: str) -> str:
    return f"was sealed for {was}, and the controller opens it for {now}; seal it anew"


DB, SHOP, ALL = "the name db in namespace shop", "namespace shop", "the whole cluster"


@pytest.mark.parametrize(
    ("obj", "says"),
    [
        (lambda: with_metadata(sealed(), name="web"), bound(DB, "the name web in namespace shop")),
        (lambda: with_metadata(sealed(), namespace="other"), bound(DB, "the name db in namespace other")),
        (lambda: with_metadata(sealed(), annotations={CLUSTER_WIDE: "true"}), bound(DB, ALL)),
        (lambda: with_metadata(sealed(scope="namespace-wide"), annotations={}), bound(SHOP, DB)),
        (lambda: with_metadata(sealed(scope="cluster-wide"), annotations={NAMESPACE_WIDE: "yes"}), bound(ALL, DB)),
    ],
)
def test_what_was_moved_says_what_it_was_sealed_for(obj: Any, says: str) -> None:
    (failed,) = open_values(obj(), ring()).failed.values()
    assert (failed.reason, failed.message) == ("scope", says)


NO_KEY = "was sealed with none of the keys at hand, or for another name or namespace"


@pytest.mark.parametrize(
    ("obj", "keys", "reason", "says"),
    [
        (lambda: sealed("new"), ring(), "no key", NO_KEY),
        (lambda: sealed(), Keyring([]), "no key", "was sealed with a key of 2048 bits, and those at hand have none"),
        (lambda: with_value("%%%"), ring(), "malformed", "is not base64"),
        (lambda: with_value("aGVsbG8="), ring(), "malformed", "is not in the format of kubeseal"),
        (lambda: with_value(value_of(sealed())[:300]), ring(), "malformed", "is cut off"),
        (lambda: with_value(cut_content()), ring(), "malformed", "was changed after it was sealed, or is cut off"),
        (lambda: with_value(7), ring(), "malformed", "is no text"),
        (
            lambda: with_value("${password}"),
            ring(),
            "unknown",
            "is a variable; what stands for it is only known once it is rendered",
        ),
    ],
)
def test_a_value_that_does_not_open_says_why(obj: Any, keys: Keyring, reason: str, says: str) -> None:
    contents = open_values(obj(), keys)
    (failed,) = contents.failed.values()
    assert (failed.reason, failed.message, dict(contents.opened)) == (reason, says, {})


def test_a_namespace_that_only_the_template_has_is_what_it_is_for() -> None:
    obj = sealed()
    del obj["metadata"]["namespace"]
    assert not open_values(obj, ring()).failed


@pytest.mark.parametrize("namespace", ["", "${namespace}"])
def test_without_a_namespace_nothing_is_known(namespace: str) -> None:
    obj = with_metadata(sealed(), namespace=namespace)
    obj["spec"]["template"]["metadata"] = {}
    (failed,) = open_values(obj, ring()).failed.values()
    assert failed.reason == "unknown"


def test_several_keys_are_tried_and_the_one_that_opens_is_named() -> None:
    obj = sealed()
    obj["spec"]["encryptedData"] |= {"user": value_of(sealed("new"))}
    opened = open_values(obj, ring("other", "new", "old")).opened
    assert {name: value.fingerprint for name, value in opened.items()} == {
        "password": pair("old").key.fingerprint,
        "user": pair("new").key.fingerprint,
    }


def test_more_values_than_an_object_can_hold_are_not_tried() -> None:
    obj = sealed()
    obj["spec"]["encryptedData"] = {str(number): "" for number in range(MAX_VALUES + 1)}
    (failed,) = open_values(obj, ring()).failed.values()
    assert "MAX_VALUES" in failed.message


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"data": "AgB"}, "is not read any more by the controller; seal it anew into spec.encryptedData"),
        ({"encryptedData": ["a"]}, "is no mapping of keys to values"),
    ],
)
def test_a_spec_that_the_controller_refuses(spec: dict[str, Any], says: str) -> None:
    (failed,) = open_values({**sealed(), "spec": spec}, ring()).failed.values()
    assert (failed.reason, failed.message) == ("malformed", says)


class TestNothingIsShown:
    """Neither a value nor a private key stands in anything that might be logged."""

    def test_of_what_opened(self) -> None:
        shown = repr(open_values(sealed(), ring())) + str(ring())
        assert CLEAR not in shown
        assert repr(CLEAR.encode()) not in shown

    def test_of_key_pairs(self) -> None:
        assert "PRIVATE" not in repr(pair()) + repr(pair().key) + repr(ring())

    def test_of_an_error_from_deep_below(self) -> None:
        obj = with_value(cut_content())
        with pytest.raises(InputError) as caught:
            unseal(obj, ring())
        assert caught.value.__cause__ is None


def test_a_file_is_answered_for_each_of_its_sealed_secrets() -> None:
    file = f"{sealed_text()}---\n# nothing\n---\n{sealed_text('new', name='web')}"
    found = answers(file.encode(), "a.yaml", ring())
    assert [(str(each), each.opens, each.line) for each in found] == [
        ("SealedSecret shop/db", True, 1),
        ("SealedSecret shop/web", False, file[: file.index("name: web")].count("\n") - 2),
    ]
