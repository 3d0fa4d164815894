"""The patches of a FluxInstance are about the root Kustomization and its source, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from slipway.fleet.kustomize import Builder
from slipway.fleet.manifests import dump
from slipway.fleet.model import Fleet
from slipway.fleet.render import render_fleet
from slipway.fleet.settings import Settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from slipway.tools.engine import find_engine

SUBSTITUTING = {
    "target": {"kind": "Kustomization", "name": "flux-system"},
    "patch": '[{"op": "add", "path": "/spec/postBuild", "value": {"substitute": {"SIZE": "large"}}}]',
}
MERGED = {
    "patch": dump(
        {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": "flux-system", "namespace": "flux-system"},
            "spec": {"postBuild": {"substitute": {"SIZE": "large"}}},
        }
    )
}
IGNORING = {
    "target": {"kind": "(GitRepository|OCIRepository)"},
    "patch": '[{"op": "add", "path": "/spec/ignore", "value": "b.yaml"}]',
}
OF_CONTROLLERS = [
    {"target": {"kind": "Deployment"}, "patch": '[{"op": "replace", "path": "/spec/replicas", "value": 2}]'},
    {"patch": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: kustomize-controller}\nspec: {replicas: 2}\n"},
    {"target": {"kind": "GitRepository", "name": "other"}, "patch": '[{"op": "remove", "path": "/spec/none"}]'},
]


def _fleet(patches: list[dict[str, Any]]) -> Fleet:
    sync = {
        "kind": "GitRepository",
        "url": "https://github.com/acme/fleet",
        "path": "clusters/prod",
        "ref": "refs/heads/main",
    }
    instance = {
        "apiVersion": "fluxcd.controlplane.io/v1",
        "kind": "FluxInstance",
        "metadata": {"name": "flux", "namespace": "flux-system"},
        "spec": {"sync": sync, "kustomize": {"patches": patches}},
    }
    files = {"flux.yaml": dump(instance), **{f"clusters/prod/{name}.yaml": _config(name) for name in "ab"}}
    tree = Tree({path: text.encode() for path, text in files.items()})
    return render_fleet(Sources(tree), Builder(find_engine()), Settings())


def _config(name: str) -> str:
    metadata = {"name": name, "namespace": "web"}
    return dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"size": "${SIZE:=small}"}})


def _sizes(fleet: Fleet) -> Mapping[str, str]:
    assert (fleet.problems, fleet.not_rendered) == ((), ())
    return {obj.name: obj.value["data"]["size"] for obj in fleet.clusters["prod"].objects}


@pytest.mark.parametrize(
    ("patches", "sizes"),
    [
        ([], {"a": "${SIZE:=small}", "b": "${SIZE:=small}"}),
        ([SUBSTITUTING], {"a": "large", "b": "large"}),
        ([MERGED], {"a": "large", "b": "large"}),
        ([*OF_CONTROLLERS, MERGED], {"a": "large", "b": "large"}),
        (OF_CONTROLLERS, {"a": "${SIZE:=small}", "b": "${SIZE:=small}"}),
        ([IGNORING, SUBSTITUTING], {"a": "large"}),
    ],
    ids=["none", "an operation", "a merge", "controllers beside it", "controllers only", "the source"],
)
def test_a_root_is_as_its_instance_patches_it(patches: list[dict[str, Any]], sizes: Mapping[str, str]) -> None:
    assert _sizes(_fleet(patches)) == sizes


def test_what_the_operator_makes_can_be_replaced() -> None:
    interval = {
        "target": {"kind": "Kustomization"},
        "patch": '[{"op": "replace", "path": "/spec/interval", "value": "1h"}]',
    }
    fleet = _fleet([interval])
    [root] = fleet.clusters["prod"].kustomizations
    assert root.kustomization.spec["interval"] == "1h"
    assert str(root.kustomization.definition.origin) == "flux.yaml:1"


@pytest.mark.parametrize(
    "patch",
    [{"target": {"kind": "Kustomization"}, "patch": '[{"op": "remove", "path": "/spec/none"}]'}, {"patch": "a: [\n"}],
    ids=["what is not there", "no YAML"],
)
def test_a_patch_that_does_not_apply_is_named(patch: dict[str, Any]) -> None:
    fleet = _fleet([patch])
    [item] = fleet.not_rendered
    assert item.what == "the patches of flux.yaml:1"
    assert item.why.startswith("they do not apply: ")
    assert len(list(fleet.clusters["prod"].objects)) == 2
