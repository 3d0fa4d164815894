"""Values of HelmReleases. Thousands of generated cases are compared with helm-controller's code in tests/interop."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.helm_set import SetError, SetInteger, set_values
from slipway.fleet.helm_values import Values, compose
from slipway.fleet.manifests import load_document
from slipway.fleet.objects import KubeObject
from tests.unit.helm_world import finder, kube_object, release


def _composed(*objects: KubeObject, values: Any = None, refs: list[dict[str, Any]]) -> Values:
    of = release(values=values or {}, valuesFrom=refs)
    return compose(of.values, of.values_from, "apps", finder(*objects))


def _config(name: str, **data: str) -> KubeObject:
    return kube_object("ConfigMap", name, data={key.replace("_", "."): value for key, value in data.items()})


CONFIG = {"kind": "ConfigMap", "name": "one"}


@pytest.mark.parametrize(
    ("first", "second", "values", "expected"),
    [
        ("a: 1", "a: 2", {}, {"a": 2}),
        ("a: 1", "a: 2", {"a": 3}, {"a": 3}),
        ("a: {b: 1, c: 1}", "a: {b: 2}", {"a": {"d": 3}}, {"a": {"b": 2, "c": 1, "d": 3}}),
        ("a: {b: 1}", "a: 2", {}, {"a": 2}),
        ("a: [1, 2]", "a: [3]", {}, {"a": [3]}),
        ("a: 1", "a: null", {}, {"a": None}),
        ("", "a: yes", {}, {"a": True}),
        ("a: 1\n---\na: 2", "{}", {}, {"a": 1}),
    ],
)
def test_references_are_merged_in_order_and_values_over_them(
    first: str, second: str, values: dict[str, Any], expected: dict[str, Any]
) -> None:
    objects = (_config("one", values_yaml=first), _config("two", values_yaml=second))
    refs = [CONFIG, {"kind": "ConfigMap", "name": "two"}]
    assert _composed(*objects, values=values, refs=refs).merged == expected


@pytest.mark.parametrize(
    ("path", "content", "values", "expected"),
    [
        ("a", "1", {}, {"a": 1}),
        ("a.b", "text", {"a": {"c": 1}}, {"a": {"b": "text", "c": 1}}),
        ("a.b", "new", {"a": {"b": "old"}}, {"a": {"b": "new"}}),
        ("a", "new", {"a": "old"}, {"a": "old"}),  # the trap: on the top level spec.values wins
        ("a[1]", "x", {}, {"a": [None, "x"]}),
        ("a", "{x,2}", {}, {"a": ["x", 2]}),
        ("a", "'1'", {}, {"a": "1"}),
        ("a", "true", {}, {"a": True}),
        ("a", "null", {}, {"a": None}),
        (r"a\.b", "1", {}, {"a.b": 1}),
        ("a", "x=1,b=2", {}, {"a": "x=1", "b": 2}),
    ],
)
def test_a_target_path_sets_one_value_as_helm_does(
    path: str, content: str, values: dict[str, Any], expected: dict[str, Any]
) -> None:
    refs = [{**CONFIG, "targetPath": path}]
    assert _composed(_config("one", values_yaml=content), values=values, refs=refs).merged == expected


def test_a_literal_is_taken_to_the_letter() -> None:
    content = '{"a": [1, 2]}, b=\\c\n'
    refs = [{**CONFIG, "targetPath": "file.json", "literal": True}]
    assert _composed(_config("one", values_yaml=content), refs=refs).merged == {"file": {"json": content}}


def test_a_secret_is_decoded_and_another_key_is_found() -> None:
    secret = kube_object("Secret", "s", data={"k": base64.b64encode(b"a: 1").decode()}, stringData={"p": "b: 2"})
    refs = [{"kind": "Secret", "name": "s", "valuesKey": key} for key in ("k", "p")]
    assert _composed(secret, refs=refs).merged == {"a": 1, "b": 2}


def test_an_alias_in_yaml_does_not_tie_values_together() -> None:
    values = load_document(b"a: &x {m: 1}\nb: *x\n")
    refs = [{**CONFIG, "targetPath": "a.m"}]
    assert _composed(_config("one", values_yaml="2"), values=values, refs=refs).merged == {"a": {"m": 2}, "b": {"m": 1}}
    assert values == {"a": {"m": 1}, "b": {"m": 1}}


@pytest.mark.parametrize(
    ("objects", "ref", "why"),
    [
        ([], {"kind": "Secret", "name": "s"}, "Secret apps/s is not in Git"),
        ([], {"kind": "ConfigMap", "name": "c"}, "ConfigMap apps/c is not in Git"),
        (
            [kube_object("SealedSecret", "s", group="bitnami.com")],
            {"kind": "Secret", "name": "s"},
            "SealedSecret apps/s makes it on the cluster",
        ),
        (
            [kube_object("ExternalSecret", "s", group="external-secrets.io")],
            {"kind": "Secret", "name": "s", "optional": True},
            "ExternalSecret apps/s makes it on the cluster",
        ),
        (
            [kube_object("Secret", "s", data={"values.yaml": "ENC[AES256_GCM,data:x]"}, sops={"version": "3"})],
            {"kind": "Secret", "name": "s"},
            "Secret apps/s is encrypted in Git",
        ),
    ],
)
def test_values_that_only_the_cluster_knows_are_named(objects: list[KubeObject], ref: dict[str, Any], why: str) -> None:
    found = _composed(*objects, values={"a": 1}, refs=[ref])
    assert found.merged == {"a": 1}
    assert found.unknown == ((f"{ref['kind']} {ref['name']}", why),)


@pytest.mark.parametrize(
    ("ref", "content", "message"),
    [
        ({**CONFIG, "valuesKey": "other"}, "a: 1", "ConfigMap apps/one has no key 'other'"),
        (CONFIG, "[a]", "holds no mapping"),
        (CONFIG, "a: [", "line 2 of key 'values.yaml' of ConfigMap one: not valid YAML"),
        ({**CONFIG, "targetPath": "a[x]"}, "1", r"does not fit targetPath 'a\[x\]': 'x' is no index"),
        ({"kind": "Pod", "name": "one"}, "", "'Pod' is neither ConfigMap nor Secret"),
    ],
)
def test_what_helm_controller_refuses_is_an_error(ref: dict[str, Any], content: str, message: str) -> None:
    with pytest.raises(BuildError, match=message):
        _composed(_config("one", values_yaml=content), refs=[ref])


def test_a_path_that_ends_too_early_sets_nothing() -> None:
    assert _composed(_config("one", values_yaml="1"), refs=[{**CONFIG, "targetPath": "a["}]).merged == {}


@pytest.mark.parametrize("ref", [{**CONFIG, "valuesKey": "x"}, {"kind": "Secret", "name": "gone"}])
def test_an_optional_reference_may_lead_nowhere(ref: dict[str, Any]) -> None:
    found = _composed(_config("one", values_yaml="a: 1"), refs=[{**ref, "optional": True}])
    assert (found.merged, found.unknown) == ({}, ())


def test_an_error_does_not_quote_a_secret() -> None:
    secret = kube_object("Secret", "s", stringData={"values.yaml": "hunter2"})
    with pytest.raises(BuildError) as caught:
        _composed(secret, refs=[{"kind": "Secret", "name": "s", "targetPath": "a[x]"}])
    assert "hunter2" not in str(caught.value)


def test_duplicate_keys_are_not_guessed_about() -> None:
    with pytest.raises(NotFetched, match="duplicate key 'a'"):
        _composed(_config("one", values_yaml="a: 1\na: 2"), refs=[CONFIG])


def test_values_are_written_so_that_yaml_reads_them_back() -> None:
    values = {"a": "é\x7f\u2028\ufeff😀\u0085", "b": 1e22, "c": [None, True], "d": SetInteger(5)}
    written = Values(values).to_json()
    assert load_document(written.encode()) == values
    assert json.loads(written) == values


def test_integers_of_set_are_handed_over_apart() -> None:
    values = {"a": {"b.c": SetInteger(1), "d": [0, {"e": SetInteger(2)}]}, "x=y": SetInteger(3), "plain": 4}
    settings = Values(values).settings()
    assert settings == [r"a.b\.c=1", "a.d[1].e=2", r"x\=y=3"]
    again: dict[str, Any] = {"a": {"d": [0, {}]}}
    for setting in settings:
        set_values(again, setting)
    assert again == {"a": {"b.c": 1, "d": [0, {"e": 2}]}, "x=y": 3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a", "key 'a' has no value"),
        ("a,b=1", r"key 'a' has no value \(cannot end with ,\)"),
        ("a[-1]=x", "negative -1 index"),
        ("a[70000]=x", "index of 70000 is greater"),
        ("a[0]b=x", "unexpected data at end of array index"),
        ("a={x", "list must terminate"),
        ("s.b=1", "'s' is no mapping"),
        ("s[0]=1", "'s' is no list"),
        ("." * 40 + "a=1", "more than 30 names"),
    ],
)
def test_what_helm_s_parser_refuses_is_an_error(text: str, message: str) -> None:
    with pytest.raises(SetError, match=message):
        set_values({"s": "text"}, text)
