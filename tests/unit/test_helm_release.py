"""What a HelmRelease says, read as helm-controller reads it."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.fleet.errors import BuildError
from slipway.fleet.objects import ObjectKey
from tests.unit.helm_world import release

LONG = "a-release-whose-name-is-much-longer-than-helm-would-take"


@pytest.mark.parametrize(
    ("name", "spec", "expected"),
    [
        ("web", {}, "web"),
        ("web", {"targetNamespace": "shop"}, "shop-web"),
        ("web", {"releaseName": "own"}, "own"),
        ("web", {"releaseName": "own", "targetNamespace": "shop"}, "own"),
        ("web", {"storageNamespace": "elsewhere"}, "web"),
        ("a" * 53, {}, "a" * 53),
        (LONG, {}, "a-release-whose-name-is-much-longer-than-7d75a6732059"),
    ],
)
def test_the_release_is_called_as_helm_controller_calls_it(name: str, spec: dict[str, Any], expected: str) -> None:
    assert release(name, **spec).release_name == expected


@pytest.mark.parametrize(
    ("spec", "namespace", "creates"),
    [
        ({}, "apps", False),
        ({"targetNamespace": "shop"}, "shop", False),
        ({"targetNamespace": "shop", "install": {"createNamespace": True}}, "shop", True),
        ({"install": {"createNamespace": True}}, "apps", False),
        ({"storageNamespace": "shop"}, "apps", False),
    ],
)
def test_the_namespace_is_the_target_s_and_made_if_asked(spec: dict[str, Any], namespace: str, creates: bool) -> None:
    found = release(**spec)
    assert (found.release_namespace, found.creates_namespace) == (namespace, creates)


@pytest.mark.parametrize(
    ("spec", "events"),
    [
        ({}, {"pre-install", "post-install", "pre-upgrade", "post-upgrade"}),
        ({"install": {"disableHooks": True}}, {"pre-upgrade", "post-upgrade"}),
        ({"upgrade": {"disableHooks": True}}, {"pre-install", "post-install"}),
        ({"install": {"disableHooks": True}, "upgrade": {"disableHooks": True}}, set()),
        (
            {"install": {"disableHooks": True}, "upgrade": {"disableHooks": True}, "test": {"enable": True}},
            {"test", "test-success"},
        ),
    ],
)
def test_hooks_that_run_while_the_release_lives(spec: dict[str, Any], events: set[str]) -> None:
    assert release(**spec).hook_events == events


@pytest.mark.parametrize(
    ("install", "included"),
    [({}, True), ({"crds": "Create"}, True), ({"crds": "CreateReplace"}, True), ({"crds": "Skip"}, False)],
)
def test_crds_are_installed_unless_skipped(install: dict[str, Any], included: bool) -> None:
    assert release(install=install).installs_crds is included


def test_the_old_skip_crds_has_no_effect_as_in_helm_controller() -> None:
    assert release(install={"skipCRDs": True}).installs_crds


@pytest.mark.parametrize(
    ("spec", "field", "message"),
    [
        ({"install": {"crds": "Update"}}, "installs_crds", "'Update' is none of Skip, Create, CreateReplace"),
        ({"postRenderStrategy": "none"}, "post_render_strategy", "'none' is none of combined, nohooks, separate"),
        ({"chart": {"spec": {}}, "chartRef": {"kind": "HelmChart"}}, "chart", "exactly one of"),
    ],
)
def test_what_no_field_may_hold_is_an_error(spec: dict[str, Any], field: str, message: str) -> None:
    value = {**release().definition.value, "spec": spec}
    wrong = type(release())(type(release().definition)(value, release().definition.origin))
    with pytest.raises(BuildError, match=message):
        getattr(wrong, field)


def test_a_release_without_a_chart_is_an_error() -> None:
    with pytest.raises(BuildError, match=r"exactly one of spec\.chart and spec\.chartRef"):
        _ = release(chart={}, chartRef=None).chart


def test_the_chart_s_source_defaults_to_the_release_s_namespace() -> None:
    chart = release(chart={"chart": "app", "sourceRef": {"kind": "HelmRepository", "name": "r"}}).chart
    assert chart
    assert chart.source == ObjectKey("source.toolkit.fluxcd.io", "HelmRepository", "apps", "r")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["values.yaml"], ()),
        (["./values.yaml"], ()),
        (["values.yaml", "prod.yaml"], ("values.yaml", "prod.yaml")),
        (["prod.yaml"], ("prod.yaml",)),
    ],
)
def test_values_yaml_alone_is_no_values_file(files: list[str], expected: tuple[str, ...]) -> None:
    chart = release(chart={"chart": "app", "sourceRef": {}, "valuesFiles": files}).chart
    assert chart
    assert chart.values_files == expected


def test_labels_of_the_release_beat_common_ones() -> None:
    found = release(commonMetadata={"labels": {"helm.toolkit.fluxcd.io/name": "other", "team": "web"}})
    assert found.common_labels == {
        "team": "web",
        "helm.toolkit.fluxcd.io/name": "web",
        "helm.toolkit.fluxcd.io/namespace": "apps",
    }


def test_the_cluster_that_it_installs_to_is_named_as_by_a_kustomization() -> None:
    assert release().kube_config is None
    assert release(kubeConfig={"secretRef": {"name": "spoke"}}).kube_config == ("Secret", "spoke")
    assert release(kubeConfig={"configMapRef": {"name": "spoke"}}).kube_config == ("ConfigMap", "spoke")


def test_dependencies_are_releases_of_its_own_namespace_unless_told() -> None:
    found = release(dependsOn=[{"name": "db"}, {"name": "crds", "namespace": "infra"}]).depends_on
    assert [str(key) for key in found] == ["HelmRelease apps/db", "HelmRelease infra/crds"]
