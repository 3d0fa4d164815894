"""Objects land as the API server takes them, and what Flux cannot apply is said where it is written."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.fleet.landing import left_alone, only_created
from slipway.fleet.manifests import dump
from slipway.fleet.model import Fleet
from slipway.fleet.objects import KubeObject, Location, ObjectKey
from tests.unit.small_fleets import kustomization, rendered, sync, tree_of

RBAC = "rbac.authorization.k8s.io"
SOPS = {"mac": "ENC[x]", "version": "3.9.0"}


def test_definitions_and_namespaces_are_applied_first_then_classes_then_the_rest() -> None:
    kinds = [
        ("example.com/v1", "Thing", {"namespace": "web"}),
        ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", {}),
        ("apps/v1", "Deployment", {"namespace": "web"}),
        ("v1", "Service", {"namespace": "web"}),
        ("storage.k8s.io/v1", "StorageClass", {}),
        (f"{RBAC}/v1", "ClusterRole", {}),
        ("v1", "Namespace", {}),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition", {}),
    ]
    fleet = _fleet(*(_object(version, kind, f"{kind.lower()}-a", **metadata) for version, kind, metadata in kinds))
    assert [key.kind for key in _keys(fleet)] == [
        *("CustomResourceDefinition", "Namespace", "ClusterRole", "StorageClass"),
        *("Service", "Deployment", "Thing", "ValidatingWebhookConfiguration"),
    ]


def test_a_kind_without_namespaces_is_one_object_wherever_it_is_written() -> None:
    role = _object(f"{RBAC}/v1", "ClusterRole", "reader", namespace="web", labels={"a": "b"})
    [(obj, owner)] = [item for item in _landed(_fleet(role)) if item[0].kind == "ClusterRole"]
    assert obj.key == ObjectKey(RBAC, "ClusterRole", "", "reader")
    assert obj.metadata == {"name": "reader", "labels": {"a": "b"}}
    assert owner.objects[0].namespace == "web"  # what Flux sends


def test_a_secret_value_in_what_lands_is_not_shown_with_its_namespace_taken_off() -> None:
    secret = _object("v1", "Secret", "v", namespace="flux-system") + dump({"stringData": {"pass": "sesame"}})
    role = _object(f"{RBAC}/v1", "ClusterRole", "reader", namespace="web", labels={"a": "${pass}"})
    files = {**sync("staging"), "clusters/staging/v.yaml": secret, "apps/web/0.yaml": role}
    post_build = {"substituteFrom": [{"kind": "Secret", "name": "v"}]}
    files["clusters/staging/web.yaml"] = kustomization("web", postBuild=post_build)
    [(obj, _)] = _landed(rendered(tree_of(files)))
    assert (obj.value["metadata"], obj.shown["metadata"]["labels"]) == (
        {"name": "reader", "labels": {"a": "sesame"}},
        {"a": "${pass}"},
    )


def test_what_git_defines_says_which_kinds_have_namespaces() -> None:
    files = [_definition("Planet", "Cluster"), _definition("Moon", "Namespaced")]
    files += [_object("example.com/v1", kind, "x", namespace="web") for kind in ("Planet", "Moon", "Comet")]
    fleet = _fleet(*files, _object("example.com/v1", "Moon", "y"), _object("example.com/v1", "Comet", "y"))
    found = {(key.kind, key.namespace) for key in _keys(fleet) if key.name == "x"}
    assert found == {("Planet", ""), ("Moon", "web"), ("Comet", "web")}
    assert [problem.object for problem in fleet.problems] == ["Moon.example.com y"]


def test_what_needs_a_namespace_and_has_none_is_a_problem_where_it_is_written() -> None:
    [problem] = _fleet(_object("v1", "ConfigMap", "settings")).problems
    assert (problem.code, problem.object, problem.cluster) == ("apply", "ConfigMap settings", "staging")
    assert (problem.where.path, problem.where.line) == ("apps/web/0.yaml", 1)
    assert "namespace not specified" in problem.message


@pytest.mark.parametrize(
    ("spec", "value", "problems"),
    [
        ({}, {}, 1),
        ({"decryption": {"provider": "sops"}}, {}, 0),
        ({}, {"annotations": {"kustomize.toolkit.fluxcd.io/decrypt": "Disabled"}}, 0),
    ],
)
def test_a_secret_that_stays_encrypted_is_refused(spec: dict[str, Any], value: dict[str, Any], problems: int) -> None:
    secret = _object("v1", "Secret", "token", namespace="web", **value) + dump({"sops": SOPS})
    fleet = _fleet(secret, **spec)
    assert [problem.object for problem in fleet.problems] == ["Secret web/token"] * problems
    assert ("Secret", "web") in {(key.kind, key.namespace) for key in _keys(fleet)}


def test_anything_else_that_is_encrypted_is_applied_as_it_is() -> None:
    assert _fleet(_object("v1", "ConfigMap", "a", namespace="web") + dump({"sops": SOPS})).problems == ()


@pytest.mark.parametrize(
    ("metadata", "mark", "created"),
    [
        ({"labels": {"kustomize.toolkit.fluxcd.io/reconcile": "Disabled"}}, "reconcile: disabled", False),
        ({"annotations": {"kustomize.toolkit.fluxcd.io/ssa": "ignore"}}, "ssa: Ignore", False),
        ({"annotations": {"kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"}}, "", True),
        ({"annotations": {"kustomize.toolkit.fluxcd.io/ssa": "Merge"}}, "", False),
        ({}, "", False),
    ],
)
def test_marks_ask_flux_to_leave_an_object_alone(metadata: dict[str, Any], mark: str, created: bool) -> None:
    obj = KubeObject(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", **metadata}}, Location("", "", 0)
    )
    assert (left_alone(obj).removeprefix("kustomize.toolkit.fluxcd.io/"), only_created(obj)) == (mark, created)


def test_what_flux_leaves_alone_may_lack_a_namespace() -> None:
    ignored = {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"}
    assert _fleet(_object("v1", "ConfigMap", "settings", annotations=ignored)).problems == ()


def _fleet(*objects: str, **spec: object) -> Fleet:
    files = {f"apps/web/{number}.yaml": content for number, content in enumerate(objects)}
    return rendered(tree_of({**sync("staging"), "clusters/staging/web.yaml": kustomization("web", **spec), **files}))


def _landed(fleet: Fleet) -> list[Any]:
    return [item for item in fleet.clusters["staging"].landed if item[1].key.name == "web"]


def _keys(fleet: Fleet) -> list[ObjectKey]:
    return [obj.key for obj, _ in _landed(fleet)]


def _object(version: str, kind: str, name: str, **metadata: Any) -> str:
    return dump({"apiVersion": version, "kind": kind, "metadata": {"name": name, **metadata}})


def _definition(kind: str, scope: str) -> str:
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    spec = {"group": "example.com", "scope": scope, "names": {"kind": kind}, "versions": [version]}
    value = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    return dump({**value, "metadata": {"name": f"{kind.lower()}s.example.com"}, "spec": spec})
