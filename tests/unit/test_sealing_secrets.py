"""Secrets and the SealedSecrets that are made of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipway.errors import InputError
from slipway.fleet.manifests import dump
from slipway.sealing.scope import CLUSTER_WIDE, NAMESPACE_WIDE, SCOPES
from slipway.sealing.seal import MAX_BYTES, seal_secret
from slipway.sealing.secret_files import secrets_in
from slipway.sealing.unseal import unseal
from tests.unit.sealing_world import CLEAR, encoded, pair, ring, sealed, secret, with_metadata

KEYS = st.from_regex(r"[-._a-zA-Z0-9]{1,30}", fullmatch=True)


def seal(obj: dict[str, Any], **options: Any) -> dict[str, Any]:
    return seal_secret(obj, pair().certificate, **options)


@given(st.dictionaries(KEYS, st.text(max_size=300), min_size=1, max_size=4), st.sampled_from(SCOPES))
@settings(max_examples=20)
def test_a_secret_is_the_same_after_it_was_sealed_and_opened(data: dict[str, str], scope: Any) -> None:
    opened = unseal(seal(secret(stringData=data, type="Opaque", immutable=True), scope=scope), ring())
    assert opened["data"] == {key: encoded(value) for key, value in data.items()}
    assert (opened["type"], opened["immutable"], opened["metadata"]["name"]) == ("Opaque", True, "db")


def test_labels_annotations_and_type_stand_in_the_template() -> None:
    obj = with_metadata(secret(type="kubernetes.io/tls"), labels={"app": "shop"}, annotations={"a": "b"})
    assert seal(obj)["spec"]["template"] == {
        "metadata": {"name": "db", "namespace": "shop", "labels": {"app": "shop"}, "annotations": {"a": "b"}},
        "type": "kubernetes.io/tls",
    }


def test_what_the_server_or_a_tool_wrote_is_left_behind() -> None:
    copies = {"kubectl.kubernetes.io/last-applied-configuration": f'{{"stringData":{{"password":"{CLEAR}"}}}}'}
    server = {
        "uid": "1",
        "resourceVersion": "2",
        "creationTimestamp": None,
        "ownerReferences": [{}],
        "managedFields": [],
    }
    made = seal(with_metadata(secret(), annotations=copies, **server))
    assert made["spec"]["template"]["metadata"] == {"name": "db", "namespace": "shop"}
    assert CLEAR not in dump(made)


@pytest.mark.parametrize(
    ("annotations", "scope", "expected"),
    [
        ({}, None, {}),
        ({NAMESPACE_WIDE: "true"}, None, {NAMESPACE_WIDE: "true"}),
        ({CLUSTER_WIDE: "true", NAMESPACE_WIDE: "true"}, None, {CLUSTER_WIDE: "true"}),
        ({CLUSTER_WIDE: "true"}, "namespace-wide", {NAMESPACE_WIDE: "true"}),
        ({CLUSTER_WIDE: "true"}, "strict", {}),
        ({CLUSTER_WIDE: "yes"}, None, {}),
    ],
)
def test_the_scope_is_said_by_annotations_unless_it_is_given(
    annotations: dict[str, str], scope: Any, expected: dict[str, str]
) -> None:
    made = seal(with_metadata(secret(), annotations=annotations), scope=scope)
    assert made["metadata"].get("annotations", {}) == expected
    assert not unseal(made, ring())["data"].keys() ^ {"password"}


def test_of_a_key_in_both_stringdata_counts() -> None:
    opened = unseal(seal(secret(data={"password": encoded("old")})), ring())
    assert opened["data"] == {"password": encoded(CLEAR)}


def test_a_name_and_a_namespace_can_be_given() -> None:
    bare = {**secret(), "metadata": {}}
    assert seal(bare, name="web", namespace="front")["metadata"] == {"name": "web", "namespace": "front"}


NO_KEY = "stringData of the Secret has a key that is none: only letters, digits, - _ and . may be in it"
TOO_LARGE = "the Secret has over 1,048,576 bytes of values (MaxSecretSize)"
NO_NAMESPACE = "the Secret has no metadata.namespace, which it is sealed for; give it with --namespace"
EMPTY = "the Secret has neither data nor stringData; --allow-empty-data takes it all the same"


@pytest.mark.parametrize(
    ("obj", "options", "says"),
    [
        ({**secret(), "metadata": {"namespace": "a"}}, {}, "the Secret has no metadata.name; give it with --name"),
        ({**secret(), "metadata": {"name": "db"}}, {}, NO_NAMESPACE),
        (secret(), {"namespace": "other"}, "the Secret is in namespace shop, and --namespace says other"),
        (secret(stringData={}), {}, EMPTY),
        (secret(data={"a": CLEAR}), {}, "data.a of the Secret is not base64"),
        (secret(stringData={"port": 5432}), {}, "stringData.port of the Secret is no text"),
        (secret(stringData=[CLEAR]), {}, "stringData of the Secret is no mapping"),
        (secret(stringData={CLEAR: ""}), {}, NO_KEY),
        (secret(stringData={"a": "x" * MAX_BYTES, "b": "x"}), {}, TOO_LARGE),
    ],
)
def test_what_cannot_be_sealed_says_why(obj: dict[str, Any], options: dict[str, str], says: str) -> None:
    with pytest.raises(InputError) as caught:
        seal(obj, **options)
    assert str(caught.value) == says
    assert CLEAR not in str(caught.value)


def test_data_of_the_template_is_as_written_unless_it_is_a_template() -> None:
    obj = sealed()
    obj["spec"]["template"]["data"] = {"url": "db:5432", "password": "another"}
    assert unseal(obj, ring())["data"] == {"url": encoded("db:5432"), "password": encoded(CLEAR)}
    obj["spec"]["template"]["data"] = {"password": None}
    assert unseal(obj, ring())["data"] == {}
    obj["spec"]["template"]["data"] = {"url": "{{ .password }}"}
    with pytest.raises(
        InputError, match=r"^spec\.template\.data\.url is a template, which only the controller renders$"
    ):
        unseal(obj, ring())


def test_lists_and_documents_of_secrets_are_read() -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": [secret(), secret("web")]}
    text = f"{dump(listed)}---\n{dump(secret('api'))}"
    assert [obj["metadata"]["name"] for _, obj in secrets_in(text.encode())] == ["db", "web", "api"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (dump(sealed()), "s.yaml:1: a Secret (v1) is expected, and this is a SealedSecret (bitnami.com/v1alpha1)"),
        ("- a\n", "s.yaml:1: a Secret (v1) is expected, and this is no Kubernetes object"),
        (f"a: b\npassword: *{CLEAR.split()[0]}\n", "s.yaml:2: this is no YAML or JSON of Kubernetes objects"),
        (f"password: !!int {CLEAR}\n", "s.yaml:1: this is no YAML or JSON of Kubernetes objects"),
    ],
)
def test_input_that_is_no_secret_is_not_quoted(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        list(secrets_in(text.encode(), "s.yaml"))
    assert str(caught.value) == says
