"""SLW106: health checks of what a cluster does not have."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import (
    at,
    checked,
    config_map,
    findings,
    helm_release,
    helm_repository,
    kustomization,
    sync,
    tree_of,
)

GIT = {"kind": "GitRepository", "name": "flux-system"}


def cluster(*objects: str) -> list[Finding]:
    files = {"apps/web/a.yaml": config_map("web"), "clusters/staging/apps.yaml": "---\n".join(objects)}
    return findings(files, "SLW106")


def waiting(api_version: str, kind: str, name: str, namespace: str | None = "default", **spec: object) -> str:
    check = {"apiVersion": api_version, "kind": kind, "name": name}
    if namespace is not None:
        check["namespace"] = namespace
    return kustomization("web", healthChecks=[check], **spec)


def some(api_version: str, kind: str, name: str, namespace: str = "default") -> str:
    return dump({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": namespace}})


def severities(found: list[Finding]) -> list[str]:
    return [finding.rule.severity for finding in found]


def test_a_release_that_nothing_applies_is_an_error() -> None:
    """Nobody but Git makes those."""
    [finding] = cluster(waiting("helm.toolkit.fluxcd.io/v2", "HelmRelease", "api"))

    assert finding.rule.severity == "error"
    assert finding.object == "Kustomization flux-system/web"
    assert finding.text == (
        "it waits for HelmRelease default/api to be healthy, which nothing in Git applies; it is never ready"
    )
    assert finding.where == at("clusters/staging/apps.yaml", 16)


def test_a_release_that_may_be_in_something_not_rendered_is_a_warning() -> None:
    check = waiting("helm.toolkit.fluxcd.io/v2", "HelmRelease", "api")
    [finding] = cluster(check, helm_release("umbrella"), helm_repository())

    assert finding.rule.severity == "warning"
    assert "unless something that is not rendered applies it (HelmRelease flux-system/umbrella)" in finding.hint


@pytest.mark.parametrize(
    ("check", "severity"),
    [
        (waiting("helm.toolkit.fluxcd.io/v2", "HelmRelease", "umbrella"), "error"),
        (waiting("apps/v1", "Deployment", "api", "other"), "warning"),
    ],
    ids=["a release", "a deployment"],
)
def test_a_namesake_is_surely_meant_unless_a_chart_may_bring_another(check: str, severity: str) -> None:
    there = some("apps/v1", "Deployment", "api"), helm_release("umbrella"), helm_repository()

    assert severities(cluster(check, *there)) == [severity]


def test_what_is_there_is_found() -> None:
    check = waiting("helm.toolkit.fluxcd.io/v2", "HelmRelease", "api", "flux-system")

    assert cluster(check, helm_release("api"), helm_repository()) == []


@pytest.mark.parametrize(
    ("name", "namespace", "there"),
    [
        ("api", "other", some("apps/v1", "Deployment", "api")),
        ("apii", "default", some("apps/v1", "Deployment", "api")),
        ("api", "default", some("apps/v1", "StatefulSet", "api")),
        ("api", None, some("apps/v1", "Deployment", "api")),
    ],
    ids=["in another namespace", "a letter too many", "of another kind", "without a namespace"],
)
def test_what_is_surely_meant_is_an_error(name: str, namespace: str | None, there: str) -> None:
    [finding] = cluster(waiting("apps/v1", "Deployment", name, namespace), there)

    assert finding.rule.severity == "error"
    assert finding.hint.startswith("it is never ready; there is ")
    assert finding.hint.endswith(" default/api")


def test_what_a_controller_must_make_is_an_info() -> None:
    [finding] = cluster(waiting("apps/v1", "Deployment", "api"))

    assert finding.rule.severity == "info"
    assert finding.hint == "a controller must make it"


def test_what_a_chart_may_bring_is_no_finding() -> None:
    """That is what most health checks are for."""
    assert cluster(waiting("apps/v1", "Deployment", "api"), helm_release("api"), helm_repository()) == []


def test_what_an_object_of_that_name_makes_is_there() -> None:
    assert cluster(waiting("apps/v1", "Deployment", "api"), some("example.com/v1", "App", "api")) == []


def test_what_has_no_namespace_is_found_under_any() -> None:
    issuer = waiting("cert-manager.io/v1", "ClusterIssuer", "letsencrypt")
    there = dump({"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": "letsencrypt"}})

    assert cluster(issuer, there) == []


def test_flux_does_not_look_at_health_checks_where_it_waits_for_everything() -> None:
    assert cluster(waiting("helm.toolkit.fluxcd.io/v2", "HelmRelease", "api", wait=True)) == []


def test_nothing_waits_for_itself() -> None:
    assert cluster(waiting("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "web", "flux-system")) == []


def test_what_a_hub_applies_is_looked_for_where_it_lands() -> None:
    check = waiting("v1", "ConfigMap", "web", kubeConfig={"secretRef": {"name": "staging"}}, sourceRef=GIT)
    files = {
        **sync("hub"),
        **sync("staging"),
        "clusters/hub/web.yaml": check,
        "apps/web/a.yaml": config_map("web"),
    }

    assert [item for item in checked(tree_of(files)).findings if item.rule.id == "SLW106"] == []
