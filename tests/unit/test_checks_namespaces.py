"""SLW122: namespaces that nothing makes."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, config_map, findings, helm_release, helm_repository, kustomization

FILE = "clusters/staging/web.yaml"


def cluster(*objects: str, **files: str) -> list[Finding]:
    return findings({FILE: "---\n".join(objects), **files}, "SLW122")


def namespace(name: str = "storefront") -> str:
    return dump({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def custom(name: str) -> str:
    metadata = {"name": "maker"}
    return dump({"apiVersion": "acme.example/v1", "kind": "Team", "metadata": metadata, "spec": {"namespaces": [name]}})


MANY = [text for name in ("one", "two", "three", "four") for text in (namespace(name), config_map("a", name))]


def test_a_name_that_is_nearly_that_of_a_namespace_is_an_error() -> None:
    [finding] = cluster(namespace(), config_map("a", "storefornt"))

    assert finding.rule.severity == "error"
    assert finding.where == at(FILE, 10)
    assert finding.message == "it is in the namespace storefornt, which nothing in Git makes"
    assert finding.hint == "the apply fails; there is Namespace storefront"


def test_every_line_with_it_is_told() -> None:
    assert len(cluster(namespace(), config_map("a", "storefornt"), config_map("b", "storefornt"))) == 2


def test_it_is_told_of_where_a_kustomization_puts_what_it_has() -> None:
    apps = {"apps/web/a.yaml": config_map("a", "")}

    [finding] = cluster(namespace(), kustomization("web", targetNamespace="storefornt"), **apps)

    assert finding.where == at(FILE, 18)


def test_the_release_of_a_helm_release_needs_one_too() -> None:
    release = helm_release("web", targetNamespace="storefornt")
    [finding] = cluster(namespace(), helm_repository(), release)

    assert finding.rule.severity == "warning"
    assert finding.object == "HelmRelease flux-system/web"
    assert "unless something else makes it (HelmRelease flux-system/web)" in finding.hint


def test_what_helm_makes_is_there() -> None:
    release = helm_release("web", targetNamespace="storefront", install={"createNamespace": True})

    assert cluster(helm_repository(), release, config_map("a", "storefront")) == []
    assert len(cluster(helm_repository(), release, config_map("a", "storefornt"))) == 1


def test_what_may_be_made_by_something_else_is_a_warning() -> None:
    [finding] = cluster(namespace(), custom("storefornt"), config_map("a", "storefornt"))

    assert finding.rule.severity == "warning"
    assert "unless something else makes it (Team.acme.example maker)" in finding.hint


def test_names_that_differ_by_a_word_of_one_letter_are_those_of_several() -> None:
    [finding] = cluster(namespace("team-a"), config_map("a", "team-b"))

    assert finding.rule.severity == "warning"


def test_where_git_makes_nearly_all_one_that_is_missing_is_a_warning() -> None:
    [finding] = cluster(*MANY, config_map("a", "payments"), config_map("b", "payments"))

    assert finding.rule.severity == "warning"
    assert finding.hint == "the apply fails"
    assert cluster(*MANY, custom("payments"), config_map("a", "payments")) == []
    assert cluster(*MANY, helm_repository(), helm_release("web"), config_map("a", "payments")) == []


@pytest.mark.parametrize("name", ["default", "kube-system", "flux-system", "amazon-cloudwatch", "web", "${TEAM}"])
def test_nothing_is_said_of_what_others_make(name: str) -> None:
    assert cluster(namespace(), config_map("a", name)) == []


def test_what_has_no_namespace_needs_none() -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}

    assert cluster(namespace(), dump({**role, "metadata": {"name": "a", "namespace": "storefornt"}, "rules": []})) == []
