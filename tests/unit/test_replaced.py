"""Fields that replacements may write."""

from __future__ import annotations

import pytest

from slipway.fleet.layers import layers
from slipway.fleet.manifests import Path, dump
from slipway.fleet.replaced import Replaced
from slipway.fleet.tree import Tree

SOURCE = {"kind": "ConfigMap", "name": "settings", "fieldPath": "data.a"}


def replaced(*field_paths: str, **files: str) -> Replaced:
    target = {"select": {"kind": "Deployment"}, **({"fieldPaths": list(field_paths)} if field_paths else {})}
    kustomization = {"resources": [], "replacements": [{"source": SOURCE, "targets": [target]}]}
    return of({"kustomization.yaml": dump(kustomization), **files})


def of(files: dict[str, str]) -> Replaced:
    tree = Tree({path: content.encode() for path, content in files.items()})
    return Replaced(tree, layers(tree, "", {}, {}))


@pytest.mark.parametrize(
    ("field_path", "path", "may"),
    [
        ("spec.replicas", ("spec", "replicas"), True),
        ("spec.replicas", ("spec", "paused"), False),
        ("spec.template", ("spec", "template", "spec", "hostNetwork"), True),
        ("spec.template.metadata.labels.app", ("spec", "template"), True),
        ("spec.containers.[name=web].image", ("spec", "containers", 0, "image"), True),
        ("spec.containers.[name=web].image", ("spec", "containers", 0, "name"), False),
        ("spec.*.a", ("spec", "b", "a"), True),
        (r"metadata.annotations.acme\.example/a", ("metadata", "annotations", "acme.example/a"), True),
        (r"metadata.annotations.acme\.example/a", ("metadata", "labels", "acme.example/a"), False),
    ],
)
def test_a_field_path_leads_to_fields(field_path: str, path: Path, *, may: bool) -> None:
    assert replaced(field_path).may_write(path) is may


def test_without_a_field_path_it_is_the_name() -> None:
    assert replaced().may_write(("metadata", "name"))
    assert not replaced().may_write(("spec", "replicas"))


def test_replacements_in_files_count_too() -> None:
    inner = dump([{"source": SOURCE, "targets": [{"fieldPaths": ["spec.replicas"]}]}])
    found = of({"kustomization.yaml": "resources: []\nreplacements: [{path: a.yaml}]\n", "a.yaml": inner})

    assert found.may_write(("spec", "replicas"))
    assert not found.may_write(("spec", "paused"))


@pytest.mark.parametrize("inner", ["a: [\n", "{Targets: []}\n", "{targets: [{FieldPaths: [a]}]}\n"])
def test_what_cannot_be_read_may_write_anything(inner: str) -> None:
    found = of({"kustomization.yaml": "resources: []\nreplacements: [{path: a.yaml}]\n", "a.yaml": inner})

    assert found.may_write(("spec", "replicas"))


def test_without_replacements_nothing_is_written() -> None:
    assert not of({"kustomization.yaml": "resources: []\n"}).may_write(("spec", "replicas"))
