"""Substitution and common metadata make of a build what is applied."""

from collections.abc import Mapping
from typing import Any

import pytest

from slipway.errors import InputError, LimitError
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.flux import Kustomization
from slipway.fleet.manifests import dump, load_document
from slipway.fleet.objects import KubeObject, Location
from slipway.fleet.origins import Built
from slipway.fleet.post_build import Variables, is_encrypted, post_build, variables_in
from slipway.fleet.substitute import SubstitutionError

WHERE = Location("acme/apps", "apps/a.yaml", 7)


def _config(data: str, metadata: str = "") -> str:
    return f"apiVersion: v1\ndata:\n  {data}\nkind: ConfigMap\nmetadata:\n{metadata}  name: a\n"


SUBSTITUTED = {
    "text": ("v: ${name}", {"v": "web"}),
    "numbers without quotes become numbers": ("v: ${number}", {"v": 5}),
    "as do those that kustomize has taken the quotes of": ("v: ${yes}", {"v": True}),
    "numbers in quotes stay text": ("v: '${number}'", {"v": "5"}),
    "a default": ("v: ${none:=x}", {"v": "x"}),
    "an escape": ("v: $${name}", {"v": "${name}"}),
    "a key": ("${name}: v", {"web": "v"}),
    "a line break in quotes": ('v: "${name}\\n"', {"v": "web\n"}),
}


@pytest.mark.parametrize(("data", "value"), SUBSTITUTED.values(), ids=SUBSTITUTED)
def test_variables_are_substituted_in_the_text(data: str, value: Mapping[str, Any]) -> None:
    [obj], unknown = _applied(_config(data), {"name": "web", "number": "5", "yes": "yes"})
    assert (obj.value["data"], unknown, obj.origin) == (value, set(), WHERE)


UNTOUCHED = {
    "without postBuild": (None, {"v": "x"}, ""),
    "without variables": ({}, {}, ""),
    "with a label that turns it off": (
        {},
        {"v": "x"},
        "  labels:\n    kustomize.toolkit.fluxcd.io/substitute: disabled\n",
    ),
    "with an annotation": ({}, {"v": "x"}, "  annotations:\n    kustomize.toolkit.fluxcd.io/substitute: disabled\n"),
}


@pytest.mark.parametrize(("post", "variables", "metadata"), UNTOUCHED.values(), ids=UNTOUCHED)
def test_nothing_is_substituted(post: dict[str, Any] | None, variables: dict[str, str], metadata: str) -> None:
    [obj], _ = _applied(_config("v: ${v}", metadata), variables, postBuild=post)
    assert obj.value["data"] == {"v": "${v}"}


@pytest.mark.parametrize(
    "metadata",
    [
        "  labels:\n    kustomize.toolkit.fluxcd.io/substitute: enabled\n",
        "  annotations:\n    other: kustomize.toolkit.fluxcd.io/substitute\n",
    ],
)
def test_other_metadata_turns_nothing_off(metadata: str) -> None:
    [obj], _ = _applied(_config("v: ${v}", metadata), {"v": "x"})
    assert obj.value["data"] == {"v": "x"}


def test_the_strategy_substitutes_without_variables() -> None:
    [obj], _ = _applied(_config("v: ${v:=x}"), {}, postBuild={"substituteStrategy": "Always"})
    assert obj.value["data"] == {"v": "x"}


REFUSED: dict[str, tuple[str, dict[str, str], str]] = {
    "a variable that is not set": ("v: ${none}", {"v": "x"}, "variable none is not set"),
    "what is no expression": ("v: ${}", {"v": "x"}, "the substitution of variables fails"),
    "a value that breaks YAML": ("v: ${v}", {"v": "a: b"}, "what the substitution of variables makes is refused"),
    "a value that ends a line and the key": ("v: ${v}", {"v": "x\r  v: y"}, "duplicate key 'v'"),
    "a value that is another document": ("v: ${v}", {"v": "x\r---\rkind: B"}, "without apiVersion or kind"),
    "a value that opens what it does not close": ("v: ${v}", {"v": "[" * 300}, "nested deeper than 200"),
}


@pytest.mark.parametrize(("data", "variables", "message"), REFUSED.values(), ids=REFUSED)
def test_what_flux_refuses_has_its_place(data: str, variables: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as refused:
        _applied(_config(data), variables)
    assert message in refused.value.message
    assert (refused.value.file, refused.value.line) == (WHERE.path, WHERE.line)


@pytest.mark.parametrize("text", ["kind: ConfigMap\nmetadata: {name: a}\n", "apiVersion: v1\nmetadata: {name: a}\n"])
def test_an_object_without_a_kind_is_refused_as_the_controller_refuses_it(text: str) -> None:
    with pytest.raises(BuildError, match="without apiVersion or kind"):
        _applied(text, {})


def test_a_document_that_substitution_empties_is_refused() -> None:
    with pytest.raises(SubstitutionError, match="leaves no object"):
        _applied("${v}: x\n", {"v": "---\r--- #"})


def test_names_of_variables_are_checked_before_anything_is_substituted() -> None:
    with pytest.raises(SubstitutionError, match="'no-name' is no name for a variable"):
        _applied(_config("v: x"), {"no-name": "x"})
    assert _applied(_config("v: x"), {"no-name": "x"}, postBuild=None)


def test_a_limit_stays_a_limit() -> None:
    with pytest.raises(LimitError):
        _applied(_config("v: " + "${v}" * 2_000), {"v": "x" * 1_000_000})


def test_what_only_the_cluster_knows_stays_as_written() -> None:
    [obj], unknown = _applied(_config("v: ${a} ${b} ${c:=d}"), {"a": "1"}, missing=("Secret flux-system/vars",))
    assert (obj.value["data"], unknown) == ({"v": "1 ${b} ${c:=d}"}, {"b", "c"})


def test_a_default_makes_text_yaml_that_is_none_as_it_is_written() -> None:
    text = _config("v: ${q:='}${a}${q:='}\n  w: ${b}")
    [obj], unknown = _applied(text, {"a": "x: y"}, missing=("Secret flux-system/vars",))
    assert (obj.value["data"], unknown) == ({"v": "x: y", "w": "${b}"}, {"b"})


def test_what_depends_on_the_cluster_whether_it_is_yaml_is_not_rendered() -> None:
    with pytest.raises(NotFetched, match="only the cluster knows the variables that decide what it is: b, q"):
        _applied(_config("v: ${q}${a}${q} ${b}"), {"a": "x: y"}, missing=("Secret flux-system/vars",))


def test_what_the_cluster_may_know_has_its_default() -> None:
    [obj], unknown = _applied(_config("v: ${a} ${b} ${c:=d}"), {"a": "1"}, optional_missing=True)
    assert (obj.value["data"], unknown) == ({"v": "1 ${b} d"}, {"b"})


SHOWN: dict[str, tuple[str, object]] = {
    "an expression": ("v: x${password}y", {"v": "x${password}y"}),
    "a part of a value": ("v: ${password:0:2}", {"v": "${password:0:2}"}),
    "what is no secret beside it": ("v: ${name}\n  w: ${password}", {"v": "web", "w": "${password}"}),
    "a default that is not used": ("v: ${password:=x}", {"v": "${password:=x}"}),
    "a default that is": ("v: ${password} ${none:=x}", {"v": "${password} x"}),
    "a default that a secret is part of": ("v: ${none:=x${password}}", {"v": "x${password}"}),
    "nothing of what is no object then": ("v: ${quote}${pair}${quote}\n  w: ${password}", None),
}


@pytest.mark.parametrize(("data", "shown"), SHOWN.values(), ids=SHOWN)
def test_values_of_secrets_are_not_for_showing(data: str, shown: object) -> None:
    values = {"password": "hunter2", "name": "web", "quote": "'", "pair": "x: y"}
    [obj], _ = _applied(
        _config(data), values, secret=frozenset(["password", "quote"]), commonMetadata={"labels": {"a": "b"}}
    )
    assert obj.shown is not None
    assert "hunter2" not in str(obj.shown)
    assert obj.shown.get("data") == shown
    assert obj.shown["metadata"] == {"name": "a", "labels": {"a": "b"}}


def test_without_values_of_secrets_all_is_for_showing() -> None:
    [obj], _ = _applied(
        _config("v: ${name} $${password}"), {"name": "web", "password": "x"}, secret=frozenset(["password"])
    )
    assert obj.shown is None


def test_common_metadata_is_put_on_everything() -> None:
    common = {"labels": {"team": "a"}, "annotations": {"x": "y"}}
    first = _config("v: x", "  annotations:\n    x: old\n    z: kept\n")
    objects, _ = _applied(
        first, {}, "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: other\n", commonMetadata=common
    )
    assert [obj.metadata for obj in objects] == [
        {"annotations": {"x": "y", "z": "kept"}, "labels": {"team": "a"}, "name": "a"},
        {"annotations": {"x": "y"}, "labels": {"team": "a"}, "name": "other"},
    ]


def test_a_build_may_be_of_nothing() -> None:
    kustomization = Kustomization(KubeObject({"spec": {"postBuild": {}}}, WHERE))
    assert post_build(kustomization, [], Variables({"v": "x"})) == ([], set())


VARIABLES: dict[str, tuple[str, dict[str, str]]] = {
    "text": ("kind: ConfigMap\ndata: {a: b}\n", {"a": "b"}),
    "line breaks go": ("kind: ConfigMap\ndata: {a: 'b\n\n  c'}\n", {"a": "bc"}),
    "binary data are none": ("kind: ConfigMap\nbinaryData: {a: Yg==}\n", {}),
    "a Secret's are decoded": ("kind: Secret\ndata: {a: YgpjCg==}\n", {"a": "bc"}),
    "over several lines, too": ("kind: Secret\ndata:\n  a: |\n    Yg\n    ==\n", {"a": "b"}),
    "a Secret's text counts more": ("kind: Secret\ndata: {a: Yg==}\nstringData: {a: c}\n", {"a": "c"}),
    "what is not readable is none": ("kind: Secret\ndata: {a: '?', b: 'ENC[x]'}\nstringData: {c: 'ENC[x]'}\n", {}),
    "what is no text": ("kind: Secret\ndata: {a: 1}\nstringData: {b: 1}\n", {"a": "", "b": ""}),
    "nothing": ("kind: ConfigMap\ndata:\n", {}),
}


@pytest.mark.parametrize(("content", "variables"), VARIABLES.values(), ids=VARIABLES)
def test_variables_are_read_from_objects(content: str, variables: dict[str, str]) -> None:
    assert dict(variables_in(KubeObject(load_document(content.encode()), WHERE))) == variables


def test_sops_marks_what_it_encrypts() -> None:
    assert is_encrypted(KubeObject({"kind": "Secret", "sops": {"mac": "x"}}, WHERE))
    assert not is_encrypted(KubeObject({"kind": "Secret"}, WHERE))


def _applied(
    text: str,
    values: Mapping[str, str],
    *more: str,
    missing: tuple[str, ...] = (),
    optional_missing: bool = False,
    secret: frozenset[str] = frozenset(),
    **spec: Any,
) -> tuple[list[KubeObject], set[str]]:
    spec = {"postBuild": {}, **spec}
    definition = KubeObject({"kind": "Kustomization", "spec": {k: v for k, v in spec.items() if v is not None}}, WHERE)
    built = [Built(item, load_document(_readable(item).encode()), WHERE) for item in (text, *more)]
    variables = Variables(values, missing, optional_missing=optional_missing, secret=secret)
    return post_build(Kustomization(definition), built, variables)


def _readable(text: str) -> str:
    """An expression that is a key, or no expression, is no obstacle to reading the text."""
    return text if "${" not in text.split("\n")[0] else dump({"kind": "x"})
