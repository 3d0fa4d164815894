"""The schema data: from the published package to the bundle and back."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.schemas import build_schemas
from slipway.checks.schema import validate
from slipway.checks.schema.keywords import LIST_KEYS
from slipway.checks.schema.published import NOT_REQUIRED, tighten
from slipway.checks.schema.serving import BUILT_IN_GROUPS
from slipway.errors import ToolError
from slipway.tools import schemas as tools

OFFERED_BY_EKS = ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36")
"""In support on 2026-11-22. Source: docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html."""
BUDGET_BYTES = 6_000_000
PUBLISHED = tools.published_schemas()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("built") / "slipway" / "data" / "schemas"
    build_schemas(target)
    return target


def test_every_version_that_eks_offers_and_the_next_has_schemas() -> None:
    assert set(OFFERED_BY_EKS) < set(PUBLISHED.versions)
    assert PUBLISHED.versions.index(OFFERED_BY_EKS[-1]) < len(PUBLISHED.versions) - 1


def test_versions_are_in_order_of_age() -> None:
    assert PUBLISHED.versions == tuple(f"1.{minor}" for minor in range(25, 25 + len(PUBLISHED.versions)))


def test_a_build_has_a_small_file_per_version(built: Path) -> None:
    assert sorted(file.name for file in built.iterdir()) == [f"{version}.json" for version in PUBLISHED.versions]
    assert sum(file.stat().st_size for file in built.iterdir()) < BUDGET_BYTES


def test_a_build_makes_the_same_bytes_again(built: Path, tmp_path: Path) -> None:
    build_schemas(tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        file.name: file.read_bytes() for file in built.iterdir()
    }


def test_the_bundle_says_what_the_package_says(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "PACKAGED", built)
    bundled = tools.load_schemas()
    assert bundled.versions == PUBLISHED.versions
    assert bundled.of("1.33") == PUBLISHED.of("1.33")
    bad = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"prots": []}}
    assert validate(bad, "1.33", bundled) == validate(bad, "1.33", PUBLISHED)


def test_without_bundle_and_package_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "PACKAGED", tmp_path / "none")
    monkeypatch.setattr(tools, "PUBLISHER", "no_such_package")
    with pytest.raises(ToolError, match="install the package kubernetes-validate"):
        tools.load_schemas()


def test_what_a_lambda_loads_is_not_the_whole_package(built: Path) -> None:
    loaded: list[str] = []

    def load(version: str) -> Any:
        loaded.append(version)
        return tools.VersionSchemas(**json.loads((built / f"{version}.json").read_bytes()))

    schemas = tools.Schemas(PUBLISHED.versions, load)
    for kind in ("v1 ConfigMap", "acme.io/v1 Foo", "v1 ConfigMap"):
        api_version, name = kind.split(" ")
        validate({"apiVersion": api_version, "kind": name, "metadata": {"name": "x"}}, "1.33", schemas)
    assert loaded == ["1.33"]


@pytest.mark.parametrize("version", PUBLISHED.versions)
def test_every_kind_of_every_version_is_in_a_built_in_group(version: str) -> None:
    groups = {kind.split(" ")[0].rpartition("/")[0] for kind in PUBLISHED.of(version).kinds}
    assert groups <= BUILT_IN_GROUPS


@pytest.mark.parametrize("version", PUBLISHED.versions)
def test_the_kinds_of_every_version_compile(version: str) -> None:
    for definition in list(PUBLISHED.of(version).kinds.values())[::10]:  # each takes up to 5 ms
        assert not PUBLISHED.validator(version, definition).is_valid([]), definition


def published(version: str) -> Mapping[str, Any]:
    folder = tools.published_folders()[version]
    definitions: Mapping[str, Any] = json.loads((folder / "_definitions.json").read_bytes())["$defs"]
    return definitions


def test_what_is_not_required_was_published_as_required_and_no_longer_is() -> None:
    newest = published(PUBLISHED.versions[-1])
    olds = [published(version) for version in ("1.25", "1.26")]
    for definition, field in NOT_REQUIRED:
        assert any(field in old.get(definition, {}).get("required", ()) for old in olds), (definition, field)
        assert field not in newest[definition].get("required", ()), (definition, field)


KEYWORDS = {"$ref", "additionalProperties", "description", "enum", "format", "items", "oneOf", "properties", "required"}
KEYWORDS |= {"type", "x-kubernetes-group-version-kind", "x-kubernetes-list-map-keys", "x-kubernetes-list-type"}
KEYWORDS |= {"x-kubernetes-map-type", "x-kubernetes-patch-merge-key", "x-kubernetes-patch-strategy"}
KEYWORDS |= {"x-kubernetes-unions", "default"}
FORMATS = {"byte", "date-time", "double", "int32", "int64"}


def schemas_in(schema: Any) -> Iterator[Mapping[str, Any]]:
    yield schema
    for field in schema.get("properties", {}).values():
        yield from schemas_in(field)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), Mapping):
            yield from schemas_in(schema[key])


@pytest.mark.parametrize("version", PUBLISHED.versions)
def test_nothing_that_is_published_is_passed_over(version: str) -> None:
    every = [schema for definition in published(version).values() for schema in schemas_in(definition)]
    assert {key for schema in every for key in schema} <= KEYWORDS
    assert {schema["format"] for schema in every if "format" in schema} <= FORMATS
    with_choice = {name for name, definition in published(version).items() if "oneOf" in definition}
    assert all(name.endswith((".Quantity", ".IntOrString")) for name in with_choice)


@pytest.mark.parametrize("version", PUBLISHED.versions)
def test_every_version_has_the_types_that_we_know_better(version: str) -> None:
    definitions = PUBLISHED.of(version).definitions
    assert "pattern" in definitions["io.k8s.apimachinery.pkg.api.resource.Quantity"]
    assert definitions["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]["type"] == ["integer", "string", "null"]
    assert definitions["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"][LIST_KEYS] == {"name": ""}
    ports = definitions["io.k8s.api.core.v1.Container"]["properties"]["ports"]
    assert ports[LIST_KEYS] == {"containerPort": None, "protocol": "TCP"}


def test_an_embedded_object_need_not_say_its_own_kind() -> None:
    kind = {"type": ["string", "null"], "enum": ["Foo"]}
    definition = {
        "properties": {"apiVersion": kind, "kind": kind, "metadata": {"type": ["object", "null"]}},
        "x-kubernetes-group-version-kind": [{"group": "acme.io", "version": "v1", "kind": "Foo"}],
    }
    made = tighten({"io.acme.Foo": definition})
    assert made.kinds == {"acme.io/v1 Foo": "io.acme.Foo"}
    assert made.definitions["io.acme.Foo"]["properties"]["kind"] == {"type": ["string", "null"]}
