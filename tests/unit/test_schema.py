"""Objects against the schemas of Kubernetes: what the API server would say to them."""

import copy
import datetime
import doctest
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import slipway.checks.schema
import slipway.checks.schema.errors
from slipway.checks.schema import Reason, validate
from slipway.checks.schema.validate import ERRORS_PER_OBJECT
from slipway.tools.schemas import published_schemas

SCHEMAS = published_schemas()
VERSIONS = SCHEMAS.versions

SOUND = list(yaml.safe_load_all((Path(__file__).parent / "schema_objects.yaml").read_text()))


def sound(kind: str) -> Any:
    """A copy of the sound object of a kind."""
    return copy.deepcopy(next(obj for obj in SOUND if obj["kind"] == kind))


def changed(path: str, value: Any) -> Any:
    """The Deployment with a value set at a path such as `spec.replicas`; numbers are indexes."""
    obj = sound("Deployment")
    *parents, last = (int(step) if step.isdigit() else step for step in path.split("/"))
    node = obj
    for step in parents:
        node = node[step]
    if isinstance(node, list) and last == len(node):
        node.append(value)
    else:
        node[last] = value
    return obj


def said(obj: Any, version: str = "1.33") -> list[str]:
    return [str(error) for error in validate(obj, version, SCHEMAS).errors]


@pytest.mark.parametrize("version", VERSIONS)
def test_sound_objects_are_valid_in_every_version(version: str) -> None:
    results = [(obj["kind"], validate(obj, version, SCHEMAS)) for obj in SOUND]
    assert [(kind, result) for kind, result in results if not result.valid] == []
    assert len(results) > 20


POD = "spec/template/spec"
APP = f"{POD}/containers/0"

WRONG = [
    ("spec/replicas", "3", 'spec.replicas: expected integer, got string "3" (remove the quotes)', Reason.TYPE),
    ("spec/replicas", "three", 'spec.replicas: expected integer, got string "three"', Reason.TYPE),
    ("spec/replicas", 2.5, "spec.replicas: expected integer, got number 2.5", Reason.TYPE),
    ("spec/replicas", 2**31, "spec.replicas: 2147483648 is more than 2147483647", Reason.FORMAT),
    ("spec/replicas", 10**30, f"spec.replicas: {10**30} is more than 2147483647", Reason.FORMAT),
    ("spec/paused", "yes", 'spec.paused: expected boolean, got string "yes"', Reason.TYPE),
    ("spec/paused", "true", 'spec.paused: expected boolean, got string "true" (remove the quotes)', Reason.TYPE),
    ("spec/templte", {}, 'spec.templte: unknown field (did you mean "template"?)', Reason.UNKNOWN_FIELD),
    ("spec/xyz", {}, "spec.xyz: unknown field", Reason.UNKNOWN_FIELD),
    (
        f"{POD}/serviceaccountname",
        "x",
        'spec.template.spec.serviceaccountname: unknown field (did you mean "serviceAccountName"?)',
        Reason.UNKNOWN_FIELD,
    ),
    (
        "spec/containers",
        [],
        "spec.containers: unknown field (there is spec.template.spec.containers)",
        Reason.UNKNOWN_FIELD,
    ),
    (
        f"{APP}/replicas",
        1,
        "spec.template.spec.containers[0].replicas: unknown field (there is spec.replicas)",
        Reason.UNKNOWN_FIELD,
    ),
    (
        f"{POD}/readinessProbe",
        {},
        "spec.template.spec.readinessProbe: unknown field (there is spec.template.spec.containers[].readinessProbe)",
        Reason.UNKNOWN_FIELD,
    ),
    (
        "metadata/annotations/a",
        True,
        "metadata.annotations.a: expected string, got boolean true (put it in quotes)",
        Reason.TYPE,
    ),
    (
        "metadata/labels/acme.io",
        1.10,
        'metadata.labels["acme.io"]: expected string, got number 1.1 (put it in quotes)',
        Reason.TYPE,
    ),
    (
        f"{APP}/env/0/value",
        8080,
        "spec.template.spec.containers[0].env[0].value: expected string, got integer 8080 (put it in quotes)",
        Reason.TYPE,
    ),
    (
        f"{APP}/command",
        "sh -c x",
        'spec.template.spec.containers[0].command: expected list, got string "sh -c x"',
        Reason.TYPE,
    ),
    (f"{APP}/env", {"A": "b"}, "spec.template.spec.containers[0].env: expected list, got map", Reason.TYPE),
    (
        f"{APP}/resources",
        "1Gi",
        'spec.template.spec.containers[0].resources: expected map, got string "1Gi"',
        Reason.TYPE,
    ),
    (
        f"{APP}/name",
        None,
        "spec.template.spec.containers[0].name: expected string, got nothing; the field is required",
        Reason.TYPE,
    ),
    (
        f"{APP}/env/2",
        {"value": "x"},
        "spec.template.spec.containers[0].env[2].name: required field is missing",
        Reason.REQUIRED,
    ),
    (
        f"{APP}/env/2",
        {"name": "PORT", "value": "1"},
        'spec.template.spec.containers[0].env[2]: entry 0 has the same name "PORT"; Kubernetes takes one of them',
        Reason.DUPLICATE,
    ),
    (
        f"{APP}/ports/2",
        {"containerPort": 8080, "protocol": "TCP"},
        "spec.template.spec.containers[0].ports[2]: entry 0 has the same containerPort 8080 and protocol "
        '"TCP"; Kubernetes takes one of them',
        Reason.DUPLICATE,
    ),
    (f"{POD}/containers/1", None, "spec.template.spec.containers[1]: the entry is empty", Reason.DUPLICATE),
    ("metadata/finalizers", ["a/b", "a/b"], "metadata.finalizers: the list holds an entry twice", Reason.DUPLICATE),
    (
        f"{APP}/readinessProbe/httpGet/port",
        True,
        "spec.template.spec.containers[0].readinessProbe.httpGet.port: expected integer or string, got boolean true",
        Reason.TYPE,
    ),
    (
        "metadata/creationTimestamp",
        "yesterday",
        'metadata.creationTimestamp: "yesterday" is not a date and time (like 2026-01-31T12:00:00Z)',
        Reason.FORMAT,
    ),
    ("status/replicaz", 1, 'status.replicaz: unknown field (did you mean "replicas"?)', Reason.UNKNOWN_FIELD),
    ("status/replicas", "x", 'status.replicas: expected integer, got string "x"', Reason.TYPE),
    ("metadata", [], "metadata: expected map, got list", Reason.TYPE),
    ("kind", None, "kind: required; must be a string", Reason.REQUIRED),
    ("apiVersion", 1, "apiVersion: required; must be a string", Reason.REQUIRED),
]


@pytest.mark.parametrize(("path", "value", "message", "reason"), WRONG)
def test_a_mistake_is_named_with_its_place_and_its_cure(path: str, value: Any, message: str, reason: Reason) -> None:
    errors = validate(changed(path, value), "1.33", SCHEMAS).errors
    assert [(str(error), error.reason) for error in errors] == [(message, reason)]


@pytest.mark.parametrize("quantity", ["512mb", "1GB", "1 Gi", "", "Gi", "1,5", "0x10", "1e", "1.5.2", "1MiB"])
def test_a_malformed_quantity_is_an_error(quantity: str) -> None:
    [message] = said(changed(f"{APP}/resources/limits/memory", quantity))
    assert message == (
        "spec.template.spec.containers[0].resources.limits.memory: "
        f'"{quantity}" is not a quantity (like 500m, 2, 1.5Gi)'
    )


@pytest.mark.parametrize(
    "quantity", ["0", 1, 0.5, "100m", "1.5Gi", ".5", "1.", "1E", "1e3", "1E-3", "-1", "+1", "2n", "3u", " 1Gi", "1Pi"]
)
def test_a_well_formed_quantity_is_none(quantity: Any) -> None:
    # Of storage, which has a limit only: memory has to have a limit above its request.
    assert said(changed(f"{APP}/resources/limits/ephemeral-storage", quantity)) == []


@pytest.mark.parametrize("data", ["geheim!", "aGk", "aG=k", "=", "aGk= ", "a_-="])
def test_the_data_of_a_secret_must_be_base64(data: str) -> None:
    [error] = validate({**sound("Secret"), "data": {"k": data}}, "1.33", SCHEMAS).errors
    assert (error.path, error.reason) == (("data", "k"), Reason.FORMAT)
    assert error.message.startswith("not base64;")


@pytest.mark.parametrize(
    "change",
    [
        {"data": {"password": 8142007}},
        {"data": {"password": "hunter2-8142007"}},
        {"stringData": {"password": 8142007}},
        {"stringData": {"password": ["8142007"]}},
        {"data": "8142007"},
        {"immutable": "8142007"},
    ],
)
def test_no_value_of_a_secret_is_told(change: dict[str, Any]) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, **change}
    for obj in (secret, {"apiVersion": "v1", "kind": "List", "items": [secret]}):
        errors = validate(obj, "1.33", SCHEMAS).errors
        assert len(errors) == 1
        assert "8142007" not in repr(errors)


@pytest.mark.parametrize("path", ["spec/replicas", "metadata/name", "metadata/namespace", f"spec/{'x' * 100_000}"])
def test_a_message_is_one_short_line(path: str) -> None:
    [message] = said(changed(path, "x\n" * 100_000))
    assert len(message) < 300
    assert "\n" not in message


NOT_SERVED = [
    (
        "autoscaling/v2beta2 HorizontalPodAutoscaler",
        "1.29",
        "is not served by Kubernetes 1.29 (removed in 1.26); use autoscaling/v2",
    ),
    (
        "policy/v1beta1 PodDisruptionBudget",
        "1.29",
        f"is not served by Kubernetes 1.29, nor by any version from 1.25 to {VERSIONS[-1]}; use policy/v1",
    ),
    (
        "extensions/v1beta1 Ingress",
        "1.31",
        f"is not served by Kubernetes 1.31, nor by any version from 1.25 to {VERSIONS[-1]}; use networking.k8s.io/v1",
    ),
    (
        "flowcontrol.apiserver.k8s.io/v1 FlowSchema",
        "1.28",
        "is not served by Kubernetes 1.28 (served since 1.29); use flowcontrol.apiserver.k8s.io/v1beta3",
    ),
    (
        "v1 Deployment",
        "1.33",
        f"is not served by Kubernetes 1.33, nor by any version from 1.25 to {VERSIONS[-1]}; use apps/v1",
    ),
    (
        "apps/v1 Deploymnet",
        "1.33",
        f'is not served by Kubernetes 1.33, nor by any version from 1.25 to {VERSIONS[-1]}; did you mean "Deployment"?',
    ),
    (
        "apps/v1 Whatever",
        "1.33",
        f"is not served by Kubernetes 1.33, nor by any version from 1.25 to {VERSIONS[-1]}",
    ),
]


@pytest.mark.parametrize(("kind", "version", "message"), NOT_SERVED)
def test_an_api_that_the_version_does_not_serve_is_an_error(kind: str, version: str, message: str) -> None:
    api_version, name = kind.split(" ")
    result = validate({"apiVersion": api_version, "kind": name, "metadata": {"name": "x"}}, version, SCHEMAS)
    assert [(str(error), error.reason) for error in result.errors] == [
        (f"apiVersion: {kind} {message}", Reason.NOT_SERVED)
    ]


@pytest.mark.parametrize("version", ["1.33", "v1.33", "1.33.4", "v1.33.4-eks-1a2b3c4", "1.33+"])
def test_a_version_is_understood_as_clusters_write_it(version: str) -> None:
    assert SCHEMAS.version(version) == "1.33"


@pytest.mark.parametrize("version", ["1.22", "1.3", "1.333", "2.33", "", "latest", "33"])
def test_an_unknown_version_is_never_replaced_by_another(version: str) -> None:
    result = validate(sound("Deployment"), version, SCHEMAS)
    assert result.errors == ()
    assert result.not_validated == f'there are schemas for Kubernetes 1.25 to {VERSIONS[-1]}, none for "{version}"'
    assert not result.valid


@pytest.mark.parametrize(
    "kind", ["acme.io/v1 Foo", "gateway.networking.k8s.io/v1 Gateway", "source.toolkit.fluxcd.io/v1 X"]
)
def test_a_custom_kind_is_not_validated_but_its_metadata_is(kind: str) -> None:
    api_version, name = kind.split(" ")
    custom = {"apiVersion": api_version, "kind": name, "metadata": {"name": "x"}, "spec": {"any": 1}}
    assert validate(custom, "1.33", SCHEMAS).not_validated == f"there is no schema for {kind}"
    custom["metadata"] = {"name": "x", "labels": {"a": 1}, "nmespace": "y"}
    assert said(custom) == [
        "metadata.labels.a: expected string, got integer 1 (put it in quotes)",
        'metadata.nmespace: unknown field (did you mean "namespace"?)',
    ]


def test_an_object_encrypted_with_sops_is_not_validated() -> None:
    secret = sound("Secret") | {"data": {"a": "ENC[AES256_GCM,data:x]"}, "stringData": None, "sops": {"mac": "x"}}
    result = validate(secret, "1.33", SCHEMAS)
    assert (result.errors, result.not_validated) == ((), "it is encrypted with SOPS")


def test_a_field_called_sops_is_no_way_around_validation() -> None:
    assert said({**sound("ConfigMap"), "sops": {}}) == ["sops: unknown field"]


def test_status_need_not_be_complete() -> None:
    assert said(changed("status", {"conditions": [{"type": "Available"}]})) == []


def test_an_object_that_flux_merges_need_not_be_complete() -> None:
    part = sound("Deployment") | {"spec": {"replicas": 5, "x": 1}}
    part["metadata"]["annotations"] = {"kustomize.toolkit.fluxcd.io/ssa": "merge"}
    assert said(part) == ["spec.x: unknown field"]
    del part["metadata"]["annotations"]
    assert said(part) == [
        "spec.selector: required field is missing",
        "spec.template: required field is missing",
        "spec.x: unknown field",
    ]


def test_a_list_is_as_good_as_its_items() -> None:
    items = [sound("Deployment"), changed("spec/replicas", "3"), {"apiVersion": "acme.io/v1", "kind": "Foo"}, None]
    result = validate({"apiVersion": "v1", "kind": "List", "items": items}, "1.33", SCHEMAS)
    assert [str(error) for error in result.errors] == [
        'items[1].spec.replicas: expected integer, got string "3" (remove the quotes)',
        "items[2].metadata.name: required; server-side apply does not take generateName",
        "items[3]: not a Kubernetes object, which is a map",
    ]
    assert result.not_validated == "there is no schema for acme.io/v1 Foo"
    assert said({"apiVersion": "v1", "kind": "List", "items": {}}) == []
    assert said({"apiVersion": "v1", "kind": "List", "items": {"a": 1}}) == ["items: expected list"]


@pytest.mark.parametrize("obj", [None, [], "text", 3])
def test_what_is_no_map_is_no_object(obj: Any) -> None:
    assert said(obj) == ["not a Kubernetes object, which is a map"]


def test_of_many_errors_some_are_told() -> None:
    obj = changed("spec", {f"x{index}": 1 for index in range(50_000)})
    messages = said(obj)
    assert len(messages) == ERRORS_PER_OBJECT + 1
    assert messages[-1] == f"more than {ERRORS_PER_OBJECT} errors"


@pytest.mark.parametrize(
    "value", [datetime.date(2026, 1, 31), b"x", {1}, float("nan"), float("-inf"), 16**5000, "\ud800"], ids=type
)
def test_a_value_that_json_does_not_know_is_an_error(value: Any) -> None:
    assert said(changed("metadata/annotations/a", value)) == [
        f"metadata.annotations.a: this {type(value).__name__} has no form in JSON (put the value in quotes)"
    ]


@pytest.mark.parametrize("key", [8080, None, True, 1.5, 16**5000, "\ud800"], ids=type)
def test_a_key_that_json_does_not_know_is_an_error(key: Any) -> None:
    assert said(changed("metadata/annotations", {key: "x"})) == [
        f"metadata.annotations: a key is a {type(key).__name__} with no form in JSON (put it in quotes)"
    ]


def test_a_value_that_looks_like_deep_json_is_no_danger() -> None:
    [message] = said(changed("spec/replicas", "[" * 100_000))
    assert message.startswith('spec.replicas: expected integer, got string "[[[')


def test_an_endless_object_is_refused() -> None:
    crd = sound("CustomResourceDefinition")
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"]["again"] = schema
    assert said(crd) == ["more than 200 levels deep"]


def test_an_object_of_exploding_aliases_is_refused() -> None:
    bomb: Any = "lol"
    for _ in range(9):
        bomb = [bomb] * 10
    assert said(changed("metadata/annotations/a", bomb)) == ["more than 100000 maps and lists, aliases included"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PLACES = ["kind", "apiVersion", "metadata", "metadata/labels", "metadata/name", "status", "spec", "spec/replicas"]
PLACES += [POD, f"{POD}/containers", f"{APP}/env", f"{APP}/ports", f"{APP}/resources/limits"]


@given(place=st.sampled_from(PLACES), value=JSON)
def test_whatever_stands_anywhere_there_is_an_answer(place: str, value: Any) -> None:
    for error in validate(changed(place, value), "1.33", SCHEMAS).errors:
        assert str(error)


def test_the_examples_in_the_documentation_are_true() -> None:
    for module in (slipway.checks.schema, slipway.checks.schema.errors):
        assert doctest.testmod(module).attempted
        assert doctest.testmod(module).failed == 0
