"""What happens to a chart's manifests before they are applied, with the real kustomize."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from slipway.errors import InputError
from slipway.fleet.errors import BuildError
from slipway.fleet.helm_output import Manifest, hook_events, manifests, objects
from slipway.fleet.helm_post_render import PostRenderer
from slipway.tools import kubectl
from tests.unit.helm_world import release

LABELS = {"helm.toolkit.fluxcd.io/name": "web", "helm.toolkit.fluxcd.io/namespace": "apps"}
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec: {template: {spec: {containers: [{name: web, image: "nginx:1.0"}]}}}
"""
HOOK = """\
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {helm.sh/hook: "pre-install,pre-upgrade"}}
spec: {template: {spec: {containers: [{name: migrate, image: "nginx:1.0"}]}}}
"""
CRD = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\n"


class Counting(kubectl.Kubectl):
    """The reference engine, counting."""

    builds = 0

    def build(self, files: Mapping[str, bytes], directory: str) -> str:
        self.builds += 1
        return super().build(files, directory)


@pytest.fixture
def engine() -> Counting:
    return Counting(kubectl.find())


def _run(engine: Counting, *texts: str, crds: tuple[str, ...] = (), **spec: Any) -> list[Mapping[str, Any]]:
    found = [Manifest("app/crds/x.yaml", text) for text in crds]
    found += [Manifest(f"app/templates/{number}.yaml", text) for number, text in enumerate(texts)]
    return PostRenderer(engine).run(found, release(**spec))


def _image(value: Mapping[str, Any]) -> str:
    return str(value["spec"]["template"]["spec"]["containers"][0]["image"])


def test_everything_is_labelled_with_its_release(engine: Counting) -> None:
    deployment, hook = _run(engine, DEPLOYMENT, HOOK, commonMetadata={"annotations": {"a": "b"}, "labels": {"c": "d"}})
    assert deployment["metadata"]["labels"] == {"app": "web", "c": "d", **LABELS}
    assert deployment["metadata"]["annotations"] == {"a": "b"}
    assert hook["metadata"]["labels"] == {"c": "d", **LABELS}


def test_patches_and_images_are_applied_in_order(engine: Counting) -> None:
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n"
    json_patch = '[{"op": "replace", "path": "/spec/replicas", "value": 5}]'
    target = {"group": "apps", "version": "v1", "kind": "Deployment", "name": "web"}
    [found] = _run(
        engine,
        DEPLOYMENT,
        postRenderers=[
            {"kustomize": {"patches": [{"patch": patch}], "images": [{"name": "nginx", "newTag": "2.0"}]}},
            {"kustomize": {"patches": [{"patch": json_patch, "target": target}]}},
        ],
    )
    assert found["spec"]["replicas"] == 5
    assert _image(found) == "nginx:2.0"


@pytest.mark.parametrize(
    ("strategy", "image", "labels"),
    [
        (None, "nginx:2.0", LABELS),
        ("combined", "nginx:2.0", LABELS),
        ("separate", "nginx:2.0", LABELS),
        ("nohooks", "nginx:1.0", None),
    ],
)
def test_hooks_are_post_rendered_as_the_strategy_says(
    engine: Counting, strategy: str | None, image: str, labels: dict[str, str] | None
) -> None:
    renderers = [{"kustomize": {"images": [{"name": "nginx", "newTag": "2.0"}]}}]
    spec = {"postRenderStrategy": strategy} if strategy else {}
    deployment, hook = _run(engine, DEPLOYMENT, HOOK, postRenderers=renderers, **spec)
    assert _image(deployment) == "nginx:2.0"
    assert (_image(hook), hook["metadata"].get("labels")) == (image, labels)


def test_an_object_that_is_there_twice_is_refused_unless_hooks_go_apart(engine: Counting) -> None:
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web%s}\n"
    hook = account % ', annotations: {helm.sh/hook: "pre-install"}'
    with pytest.raises(BuildError, match="already registered id: ServiceAccount"):
        _run(engine, account % "", hook)
    assert len(_run(engine, account % "", hook, postRenderStrategy="separate")) == 2


@pytest.mark.parametrize(
    ("spec", "kept"),
    [
        ({}, ["pre-install", "post-upgrade", "test,post-install"]),
        ({"test": {"enable": True}}, ["pre-install", "post-upgrade", "test", "test,post-install"]),
        ({"install": {"disableHooks": True}}, ["post-upgrade"]),
    ],
)
def test_hooks_that_do_not_run_while_the_release_lives_are_left_out(
    engine: Counting, spec: dict[str, Any], kept: list[str]
) -> None:
    events = ["pre-install", "post-upgrade", "test", "test,post-install", "pre-delete", "post-rollback"]
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p%s, annotations: {helm.sh/hook: '%s'}}\n"
    found = _run(engine, *(pod % (number, event) for number, event in enumerate(events)), **spec)
    assert [value["metadata"]["annotations"]["helm.sh/hook"] for value in found] == kept


def test_crds_come_first_labelled_but_not_post_rendered(engine: Counting) -> None:
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: no-crd}\n"
    crd, deployment = _run(engine, DEPLOYMENT, crds=(CRD, other), commonMetadata={"labels": {"a": "b"}})
    assert (crd["kind"], crd["metadata"]["labels"]) == ("CustomResourceDefinition", LABELS)
    assert deployment["kind"] == "Deployment"


def test_yaml_is_read_as_by_kustomize_which_every_manifest_passes_through(engine: Counting) -> None:
    [found] = _run(engine, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {on: yes, n: 0644, t: true}\n")
    assert found["data"] == {"on": "yes", "n": 420, "t": True}
    [hook] = _run(
        engine,
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {helm.sh/hook: pre-install}}\nspec: {x: yes}\n",
        postRenderStrategy="nohooks",
    )
    assert hook["spec"] == {"x": True}


def test_lists_are_taken_apart(engine: Counting) -> None:
    items = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n"
    [found] = _run(engine, items)
    assert found["metadata"] == {"name": "a", "labels": LABELS}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: 1}\ndata: {b: 1}\n", "already"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n", "missing metadata.name"),
        ("a: [\n", "post-rendering of the chart's manifests fails"),
    ],
)
def test_manifests_that_flux_refuses_are_an_error(engine: Counting, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        _run(engine, text)


@pytest.mark.parametrize("texts", [(), ("",), ("# only a comment\n",)])
def test_a_chart_may_come_to_nothing(engine: Counting, texts: tuple[str, ...]) -> None:
    assert _run(engine, *texts) == []


def test_helm_s_output_is_taken_apart_by_its_files() -> None:
    output = (
        "---\n# Source: app/crds/a.yaml\nkind: A\n---\nkind: B\n"
        "---\n# Source: app/templates/crds/c.yaml\nkind: C\n"
        "---\n# Source: app/charts/sub/crds/d.yaml\nkind: D\n"
    )
    found = [
        (manifest.source, manifest.in_crds, [each["kind"] for each in objects(manifest.text, "x")])
        for manifest in manifests(output)
    ]
    assert found == [
        ("app/crds/a.yaml", True, ["A", "B"]),
        ("app/templates/crds/c.yaml", False, ["C"]),
        ("app/charts/sub/crds/d.yaml", True, ["D"]),
    ]


@pytest.mark.parametrize(
    ("annotations", "events"),
    [({}, set()), ({"helm.sh/hook": "pre-install, Post-Install"}, {"pre-install", "post-install"}), (None, set())],
)
def test_hooks_are_recognised_by_their_annotation(annotations: Any, events: set[str]) -> None:
    assert hook_events({"metadata": {"annotations": annotations}}) == events


def test_a_document_that_is_no_object_is_an_error() -> None:
    with pytest.raises(BuildError, match="a document is no Kubernetes object"):
        list(objects("- a\n- b\n", "manifests"))
