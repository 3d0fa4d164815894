"""A cluster's first Kustomization counts as its Flux has it in the end, with what that Flux makes of variables."""

from collections.abc import Mapping
from typing import Any

import pytest

from slipway.fleet.kustomize import Builder
from slipway.fleet.manifests import dump
from slipway.fleet.model import Fleet
from slipway.fleet.render import render_fleet
from slipway.fleet.settings import ClusterSettings, Settings
from slipway.fleet.sources import Sources
from slipway.fleet.strictness import strictness_of_controller, strictness_of_instance
from slipway.fleet.tree import Tree
from tests.unit.test_render import FakeEngine

GATE = "--feature-gates=Other=true,StrictPostBuildSubstitutions="


def test_a_root_that_applies_itself_patched_is_rendered_by_the_patch() -> None:
    patched = {"postBuild": {"substitute": {"region": "eu"}}, "sourceRef": {"kind": "GitRepository", "name": "fleet"}}
    files = {
        "clusters/prod/flux-system/gotk-sync.yaml": _kustomization("flux-system", "./clusters/prod"),
        "clusters/prod/kustomization.yaml": "resources: [flux.yaml]\n",
        "clusters/prod/flux.yaml": "---\n".join(
            [
                _kustomization("flux-system", "./clusters/prod", **patched),
                _kustomization("apps", "./apps/${region}", sourceRef={"kind": "GitRepository", "name": "fleet"}),
                _object("source.toolkit.fluxcd.io/v1", "GitRepository", "fleet", spec={"url": "https://example.com/f"}),
            ]
        ),
        "apps/eu/kustomization.yaml": "resources: [x.yaml]\n",
        "apps/eu/x.yaml": _object("v1", "ConfigMap", "found", data={}),
    }
    fleet = _rendered(files)
    assert fleet.problems == ()
    assert fleet.not_rendered == ()
    assert "found" in {obj.name for obj in fleet.clusters["prod"].objects}


def test_a_root_that_never_applies_itself_the_same_twice_is_rendered_and_ends() -> None:
    swinging = _kustomization("flux-system", "./clusters/prod", postBuild={"substitute": {"v": "$${v}${v:=}x"}})
    files = {
        "clusters/prod/flux-system/gotk-sync.yaml": swinging,
        "clusters/prod/kustomization.yaml": "resources: [flux-system/gotk-sync.yaml]\n",
    }
    [root] = _rendered(files).clusters["prod"].kustomizations
    assert not root.failed


@pytest.mark.parametrize(
    ("namespace", "settings", "cluster"),
    [
        ("spoke", {}, "kubeconfig:spoke/config"),
        ("spoke", {"spoke": ClusterSettings(path="clusters/spoke")}, "spoke"),
        ("spoke", {"far": ClusterSettings(kube_config="spoke/config")}, "far"),
        ("flux-system", {}, "kubeconfig:config"),
    ],
)
def test_kubeconfigs_of_one_name_lead_to_a_cluster_for_each_namespace(
    namespace: str, settings: Mapping[str, ClusterSettings], cluster: str
) -> None:
    config = {"secretRef": {"name": "config"}}
    files = {
        "clusters/hub/flux-system/gotk-sync.yaml": _kustomization("flux-system", "./clusters/hub"),
        "clusters/hub/kustomization.yaml": "resources: [a.yaml]\n",
        "clusters/hub/a.yaml": _kustomization("apps", "./apps", namespace, kubeConfig=config),
        "clusters/spoke/kustomization.yaml": "resources: []\n",
        "apps/kustomization.yaml": "resources: [x.yaml]\n",
        "apps/x.yaml": _object("v1", "ConfigMap", "x", data={}),
    }
    landed = {name: [obj.name for obj in one.objects] for name, one in _rendered(files, settings).clusters.items()}
    assert landed[cluster] == ["x"]


@pytest.mark.parametrize(
    ("image", "arguments", "strict"),
    [
        ("ghcr.io/fluxcd/kustomize-controller:v1.8.5", [], False),
        ("ghcr.io/fluxcd/kustomize-controller:v1.9.0", [], True),
        ("registry:5000/fluxcd/kustomize-controller:v1.10.1@sha256:00", [], True),
        ("registry:5000/fluxcd/kustomize-controller", [], None),
        ("ghcr.io/fluxcd/kustomize-controller:v1.8.5", [f"{GATE}true"], True),
        ("ghcr.io/fluxcd/kustomize-controller:v1.9.0", ["--watch", f"{GATE}false"], False),
        ("ghcr.io/fluxcd/source-controller:v1.9.0", [], None),
    ],
)
def test_the_controllers_version_and_its_feature_gate_say_what_becomes_of_variables(
    image: str, arguments: list[str], strict: bool | None
) -> None:
    containers = [{"name": "manager", "image": image, "args": arguments}]
    deployment = {
        "kind": "Deployment",
        "metadata": {"name": "kustomize-controller"},
        "spec": {"template": {"spec": {"containers": containers}}},
    }
    assert strictness_of_controller([{"kind": "Deployment", "metadata": {"name": "other"}}, deployment]) is strict


@pytest.mark.parametrize(
    ("instance", "strict"),
    [
        ({}, None),
        ({"distribution": {"version": "2.x"}}, None),
        ({"distribution": {"version": ">=2.8.0"}}, None),
        ({"distribution": {"version": "2.8.x"}}, False),
        ({"distribution": {"version": "v2.8.1"}}, False),
        ({"distribution": {"version": "2.10.x"}}, True),
        ({"distribution": {"version": "2.x"}, "kustomize": {"patches": [{"patch": f"value: {GATE}false"}]}}, False),
    ],
)
def test_an_instances_version_and_patches_say_it_too(instance: Mapping[str, Any], strict: bool | None) -> None:
    assert strictness_of_instance(instance) is strict


@pytest.mark.parametrize(("version", "problems"), [("2.8.x", 0), ("2.9.x", 1), ("2.x", 1)])
def test_what_is_not_set_is_refused_since_flux_2_9(version: str, problems: int) -> None:
    sync = {"url": "https://example.com/f", "path": "clusters/prod", "ref": "refs/heads/main"}
    instance = {"distribution": {"version": version}, "sync": {"kind": "GitRepository", **sync}}
    files = {
        "flux.yaml": _object("fluxcd.controlplane.io/v1", "FluxInstance", "flux", spec=instance),
        "clusters/prod/kustomization.yaml": "resources: [apps.yaml]\n",
        "clusters/prod/apps.yaml": _kustomization("apps", "./apps", postBuild={"substitute": {"other": "x"}}),
        "apps/kustomization.yaml": "resources: [x.yaml]\n",
        "apps/x.yaml": _object("v1", "ConfigMap", "x", data={"v": "a${unset}b"}),
    }
    fleet = _rendered(files)
    assert len(fleet.problems) == problems
    found = [obj.value["data"] for obj in fleet.clusters["prod"].objects if obj.kind == "ConfigMap"]
    assert found == ([] if problems else [{"v": "ab"}])


def _rendered(files: Mapping[str, str], clusters: Mapping[str, ClusterSettings] | None = None) -> Fleet:
    tree = Tree({path: content.encode() for path, content in files.items()})
    return render_fleet(Sources(tree), Builder(FakeEngine()), Settings(clusters or {}))


def _object(api_version: str, kind: str, name: str, /, namespace: str = "flux-system", **fields: Any) -> str:
    return dump({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **fields})


def _kustomization(name: str, path: str, namespace: str = "flux-system", **spec: Any) -> str:
    source = {"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}
    spec = {"path": path, "sourceRef": source, **spec}
    return _object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name, namespace, spec=spec)
