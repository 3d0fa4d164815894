"""The rules for names, labels and annotations."""

from typing import Any

import pytest

from slipway.checks.schema.metadata import ANNOTATIONS_BYTES, check_metadata


def said(kind: str, metadata: Any, version: str = "1.33", *, built_in: bool = True) -> list[str]:
    return [str(error) for error in check_metadata({"kind": kind, "metadata": metadata}, version, built_in=built_in)]


SUBDOMAIN = "is not a DNS subdomain"
LABEL = "is not a DNS label"


@pytest.mark.parametrize(
    ("kind", "name", "wrong"),
    [
        ("ConfigMap", "a.b-c.1", ""),
        ("ConfigMap", "1a", ""),
        ("ConfigMap", "a" * 253, ""),
        ("ConfigMap", "a" * 254, SUBDOMAIN),
        ("ConfigMap", "Checkout", SUBDOMAIN),
        ("ConfigMap", "check_out", SUBDOMAIN),
        ("ConfigMap", "checkout-", SUBDOMAIN),
        ("ConfigMap", "a..b", SUBDOMAIN),
        ("ConfigMap", "a\n", SUBDOMAIN),
        ("ConfigMap", "ä", SUBDOMAIN),
        ("Namespace", "shop-1", ""),
        ("Namespace", "shop.1", LABEL),
        ("Namespace", "a" * 64, LABEL),
        ("Service", "web-1", ""),
        ("Service", "1-web", f"{LABEL} (RFC 1035)"),
        ("Service", "web.shop", LABEL),
        ("ClusterRole", "system:Controller_x", ""),
        ("ClusterRole", "a/b", "cannot be part of a URL path"),
        ("ClusterRole", "..", "cannot be part of a URL path"),
        ("PodDisruptionBudget", "Web_1", ""),
    ],
)
def test_a_name_follows_the_rule_of_its_kind(kind: str, name: str, wrong: str) -> None:
    messages = said(kind, {"name": name})
    assert [message.startswith("metadata.name: ") and wrong in message for message in messages] == (
        [True] if wrong else []
    )


@pytest.mark.parametrize(("version", "errors"), [("1.31", 1), ("1.35", 1), ("1.36", 0), ("1.40", 0)])
def test_a_service_may_start_with_a_digit_from_1_36_on(version: str, errors: int) -> None:
    assert len(said("Service", {"name": "1-web"}, version)) == errors


def test_a_custom_kind_called_like_a_built_in_one_follows_the_rule_for_custom_kinds() -> None:
    assert said("Service", {"name": "1.web"}, built_in=False) == []


@pytest.mark.parametrize("metadata", [None, {}, {"name": None}, {"name": ""}, {"generateName": "job-"}])
def test_a_name_is_required(metadata: Any) -> None:
    assert said("Job", metadata) == ["metadata.name: required; server-side apply does not take generateName"]


def test_a_namespace_is_a_dns_label() -> None:
    assert said("Pod", {"name": "x", "namespace": "shop"}) == []
    assert said("Pod", {"name": "x", "namespace": "a.b"})[0].startswith(f'metadata.namespace: "a.b" {LABEL}')


KEY = "at most 63 letters, digits, '-', '_' and '.', a letter or digit first and last"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("app.kubernetes.io/name", "Check_out.1", ""),
        ("app", "", ""),
        ("a" * 63, "a" * 63, ""),
        ("version", "1.4.2+build", f'metadata.labels.version: "1.4.2+build" is not a label value: {KEY}, or nothing'),
        ("owner", "team a", f'metadata.labels.owner: "team a" is not a label value: {KEY}, or nothing'),
        ("a" * 64, "x", f"metadata.labels.{'a' * 64}: not a key: {KEY}, after an optional DNS subdomain and '/'"),
        ("-a", "x", f"metadata.labels[\"-a\"]: not a key: {KEY}, after an optional DNS subdomain and '/'"),
        ("a/", "x", f"metadata.labels[\"a/\"]: not a key: {KEY}, after an optional DNS subdomain and '/'"),
        ("", "x", f"metadata.labels[\"\"]: not a key: {KEY}, after an optional DNS subdomain and '/'"),
    ],
)
def test_a_label_is_well_formed(key: str, value: str, message: str) -> None:
    assert said("Pod", {"name": "x", "labels": {key: value}}) == ([message] if message else [])


@pytest.mark.parametrize("key", ["Acme.io/x", "/x", "a/b/c", "a_b/x"])
def test_the_prefix_of_a_key_is_a_dns_subdomain(key: str) -> None:
    [message] = said("Pod", {"name": "x", "labels": {key: ""}})
    assert f'the part of the key before "/" {SUBDOMAIN}' in message


def test_the_case_of_an_annotation_key_does_not_matter() -> None:
    assert said("Pod", {"name": "x", "annotations": {"Acme.io/X": "any text\n"}}) == []
    assert len(said("Pod", {"name": "x", "annotations": {"acme.io/a b": ""}})) == 1


def test_annotations_have_a_size_limit() -> None:
    fitting = {"a": "x" * (ANNOTATIONS_BYTES - 1)}
    assert said("Pod", {"name": "x", "annotations": fitting}) == []
    assert said("Pod", {"name": "x", "annotations": {**fitting, "b": ""}}) == [
        f"metadata.annotations: {ANNOTATIONS_BYTES + 1} bytes in all; Kubernetes takes {ANNOTATIONS_BYTES}"
    ]


@pytest.mark.parametrize("metadata", ["x", [], {"name": 1, "labels": {"a": 1}, "annotations": []}])
def test_what_has_the_wrong_type_is_left_to_the_schema(metadata: Any) -> None:
    assert said("Pod", metadata) == []
