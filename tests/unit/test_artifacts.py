"""ArtifactGenerators put sources together as source-watcher does."""

from typing import Any

import pytest

from slipway.errors import InputError
from slipway.fleet import artifact_copy
from slipway.fleet.artifacts import compose, external_artifacts, generator_of, generator_sources, may_make
from slipway.fleet.errors import NotFetched
from slipway.fleet.globs import MalformedPattern, path_matcher
from slipway.fleet.kustomize import Builder
from slipway.fleet.manifests import dump
from slipway.fleet.objects import KubeObject, Location, ObjectKey
from slipway.fleet.render import render_fleet
from slipway.fleet.settings import Settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from tests.unit.test_render import FakeEngine

FILES = {
    "top.yaml": "top",
    "apps/app.yaml": "app",
    "apps/notes.md": "notes",
    "apps/base/base.yaml": "base",
    "apps/base/testdata/x.yaml": "x",
    "charts/values.yaml": "a: 1\nb: {c: 2, list: [1]}\n",
    "envs/prod.yaml": "b: {list: [2]}\nd: null\n",
}


def test_a_generator_makes_an_external_artifact_of_each_name() -> None:
    made = list(external_artifacts(_generator(artifacts=[{"name": "apps"}, {"name": "infra"}])))
    assert [str(obj.key) for obj in made] == ["ExternalArtifact flux-system/apps", "ExternalArtifact flux-system/infra"]
    assert {generator_of(obj) for obj in made} == {_generator().key}


def test_sources_are_looked_up_in_the_generators_namespace_unless_they_name_one() -> None:
    sources = [
        {"alias": "a", "kind": "GitRepository", "name": "one"},
        {"alias": "b", "kind": "OCIRepository", "name": "two", "namespace": "apps"},
    ]
    assert {alias: str(key) for alias, key in generator_sources(_generator(sources=sources)).items()} == {
        "a": "GitRepository flux-system/one",
        "b": "OCIRepository apps/two",
    }


@pytest.mark.parametrize(
    ("source", "to", "expected"),
    [
        ("@repo/top.yaml", "@artifact/", ["top.yaml"]),
        ("@repo/top.yaml", "@artifact/deep/er/", ["deep/er/top.yaml"]),
        ("@repo/top.yaml", "@artifact/other.yaml", ["other.yaml"]),
        ("@repo/apps/base", "@artifact/x", ["x/base/base.yaml", "x/base/testdata/x.yaml"]),
        ("@repo/apps/base/", "@artifact/", ["base/base.yaml", "base/testdata/x.yaml"]),
        ("@repo/apps/base/**", "@artifact/", ["base.yaml", "testdata/x.yaml"]),
        ("@repo/apps/*.yaml", "@artifact/x/", ["x/apps/app.yaml"]),
        ("@repo/**/*.yaml", "@artifact/", ["apps/app.yaml", "charts/values.yaml", "envs/prod.yaml"]),
        ("@repo/./t[!o]p.yaml", "@artifact/", ["top.yaml"]),
        ("@repo/?op.yaml", "@artifact/", ["top.yaml"]),
        ("@repo/", "@artifact/all", [f"all/{path}" for path in FILES]),
    ],
)
def test_files_are_copied_as_cp_would(source: str, to: str, expected: list[str]) -> None:
    assert sorted(_composed({"from": source, "to": to})) == sorted(expected)


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        (["*.md"], ["app.yaml", "base/base.yaml", "base/testdata/x.yaml"]),
        (["**/testdata/**"], ["app.yaml", "base/base.yaml", "notes.md"]),
        (["base/**"], ["app.yaml", "notes.md"]),
        (["apps/base"], ["app.yaml", "notes.md"]),
        (["{app,base/base}.yaml", "**/x.yaml"], ["notes.md"]),
        (["[!a]*"], ["app.yaml"]),
    ],
)
def test_what_is_excluded_is_not_copied(exclude: list[str], left: list[str]) -> None:
    assert sorted(_composed({"from": "@repo/apps/**", "to": "@artifact/", "exclude": exclude})) == left


def test_later_copies_replace_earlier_ones_or_are_merged_into_them() -> None:
    chart = {"from": "@repo/charts/values.yaml", "to": "@artifact/"}
    production = {"from": "@repo/envs/prod.yaml", "to": "@artifact/values.yaml"}
    assert _composed(chart, production).read("values.yaml") == FILES["envs/prod.yaml"].encode()
    merged = _composed(chart, {**production, "strategy": "Merge"})
    assert merged.read("values.yaml") == b"a: 1\nb:\n  c: 2\n  list:\n  - 2\nd: null\n"


def test_files_remember_where_they_were_written() -> None:
    copied = _composed({"from": "@repo/apps/**", "to": "@artifact/"})
    assert isinstance(copied, artifact_copy.ComposedTree)
    assert copied.authored(Location("", "base/base.yaml", 3)) == Location("acme/fleet", "apps/base/base.yaml", 3)
    assert copied.authored(Location("", "base/base.yaml", 3)).revision == "5f0c1e7"
    assert copied.authored(Location("", "kustomization.yaml", 1)) == Location("", "kustomization.yaml", 1)


def test_files_that_were_merged_have_no_lines_of_their_own() -> None:
    production = {"from": "@repo/envs/prod.yaml", "to": "@artifact/values.yaml", "strategy": "Merge"}
    merged = _composed({"from": "@repo/charts/values.yaml", "to": "@artifact/"}, production)
    assert isinstance(merged, artifact_copy.ComposedTree)
    assert merged.authored(merged.at("values.yaml", 3)) == Location("acme/fleet", "envs/prod.yaml", 0)


def test_what_flux_leaves_out_of_every_artifact_is_left_out() -> None:
    tree = Tree({"a.yaml": b"", "icon.png": b"", ".sourceignore": b"!*.png\na.yaml"})
    assert list(_composed({"from": "@repo/**", "to": "@artifact/"}, tree=tree)) == ["a.yaml"]


@pytest.mark.parametrize(
    ("copy", "message"),
    [
        ({"from": "@other/x", "to": "@artifact/"}, "no source with the alias other"),
        ({"from": "repo/x", "to": "@artifact/"}, "not written as @alias/path"),
        ({"from": "@repo/top.yaml", "to": "/x"}, "not written as @artifact/path"),
        ({"from": "@repo/none", "to": "@artifact/"}, "none does not exist"),
        ({"from": "@repo/../x", "to": "@artifact/"}, "leads out of the artifact"),
        ({"from": "@repo/top.yaml", "to": "@artifact/../x"}, "leads out of the artifact"),
        ({"from": "@repo/none*", "to": "@artifact/"}, "nothing matches"),
        ({"from": "@repo/[", "to": "@artifact/"}, "malformed"),
        ({"from": "@repo/top.yaml", "to": "@artifact/", "exclude": ["{a"]}, "malformed"),
    ],
)
def test_what_source_watcher_refuses_is_an_error_that_names_the_copy(copy: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        _composed(copy)
    assert "ArtifactGenerator" in caught.value.message


def test_a_file_and_a_directory_cannot_share_a_path() -> None:
    file = {"from": "@repo/top.yaml", "to": "@artifact/apps"}
    with pytest.raises(InputError, match="a file and a directory"):
        _composed(file, {"from": "@repo/apps/app.yaml", "to": "@artifact/apps/app.yaml"})


def test_archives_and_disabled_generators_are_not_rendered_rather_than_wrong() -> None:
    with pytest.raises(NotFetched, match="from an archive"):
        _composed({"from": "@repo/top.yaml", "to": "@artifact/", "strategy": "Extract"})
    generator = _generator(annotations={"source.extensions.fluxcd.io/reconcile": "Disabled"})
    with pytest.raises(NotFetched, match="is disabled"):
        compose(generator, "apps", {"repo": _tree()})


def test_an_artifact_of_too_many_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifact_copy, "MAX_COPIES", 10)
    copy = {"from": "@repo/apps/**", "to": "@artifact/"}
    with pytest.raises(InputError, match="MAX_COPIES"):
        _composed(copy, copy, copy)


def test_directories_that_a_path_pattern_matches_make_artifacts() -> None:
    files = {f"apps/{app}/{env}/x.yaml": f"{app} {env}" for app in ("Auth", "shop") for env in ("dev", "prod")}
    tree = Tree({**{path: data.encode() for path, data in files.items()}, "apps/other.yaml": b""})
    artifact = {"name": "{app}-{env}", "copy": [{"from": "@repo/apps/{app}/{env}/**", "to": "@artifact/"}]}
    generator = _generator(artifacts=[artifact], pathPattern="@repo/apps/{app}/{env}")
    assert compose(generator, "auth-prod", {"repo": tree}).read("x.yaml") == b"Auth prod"
    assert list(external_artifacts(generator)) == []
    assert may_make(generator, _key("shop-dev"))
    assert not may_make(generator, _key("shop"))
    with pytest.raises(NotFetched, match="finds no directory for ExternalArtifact shop-test"):
        compose(generator, "shop-test", {"repo": tree})


def test_the_walk_renders_what_a_generator_makes_and_names_the_place_where_it_was_written() -> None:
    sync = [
        _object("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", url="https://example.com/fleet"),
        _object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", path="clusters/prod", **_from()),
    ]
    copy = {"from": "@repo/apps/**", "to": "@artifact/"}
    repo = {"alias": "repo", "kind": "GitRepository", "name": "flux-system"}
    objects = [
        _object(
            "source.extensions.fluxcd.io/v1beta1",
            "ArtifactGenerator",
            "parts",
            sources=[repo],
            artifacts=[{"name": "apps", "copy": [copy]}],
        ),
        _object(
            "kustomize.toolkit.fluxcd.io/v1", "Kustomization", "apps", path="./", **_from("ExternalArtifact", "apps")
        ),
    ]
    files = {
        "clusters/prod/flux-system/gotk-sync.yaml": "---\n".join(sync),
        "clusters/prod/fleet.yaml": "---\n".join(objects),
        "apps/config.yaml": _object("v1", "ConfigMap", "config"),
    }
    tree = Tree({path: content.encode() for path, content in files.items()})
    fleet = render_fleet(Sources(tree), Builder(FakeEngine()), Settings())
    assert fleet.problems == ()
    config = fleet.clusters["prod"].find(ObjectKey("", "ConfigMap", "flux-system", "config"))
    assert config is not None
    assert config.origin == Location("", "apps/config.yaml", 1)


def test_the_same_question_has_the_same_tree_for_an_answer() -> None:
    tree = _tree()
    generator = _generator(artifacts=[{"name": "apps", "copy": [{"from": "@repo/apps/**", "to": "@artifact/"}]}])
    first = compose(generator, "apps", {"repo": tree})
    assert compose(generator, "apps", {"repo": tree}) is first
    assert compose(generator, "apps", {"repo": _tree()}) is not first


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("a/**", "a", True),
        ("a/**", "a/b/c", True),
        ("**/c", "c", True),
        ("**/c", "a/b/c", True),
        ("a/**/c", "a/c", True),
        ("a/**/c", "a/b/d", False),
        ("*", "a/b", False),
        ("{a,b}/{c,{d,e}}", "b/e", True),
        ("{a,b}/c", "ab/c", False),
        ("[!a]", "b", True),
        (r"\{a\}", "{a}", True),
        ("**", "a/b", True),
    ],
)
def test_doublestar_patterns(pattern: str, path: str, expected: bool) -> None:
    assert path_matcher(pattern)(path) is expected


@pytest.mark.parametrize("pattern", ["{a", "a}", "[", "{a,b}" * 8])
def test_malformed_patterns_and_those_that_stand_for_too_much_are_refused(pattern: str) -> None:
    with pytest.raises(MalformedPattern):
        path_matcher(pattern)


def _generator(annotations: dict[str, str] | None = None, **spec: Any) -> KubeObject:
    metadata = {"name": "parts", "namespace": "flux-system", "annotations": annotations or {}}
    value = {
        "apiVersion": "source.extensions.fluxcd.io/v1beta1",
        "kind": "ArtifactGenerator",
        "metadata": metadata,
        "spec": spec,
    }
    return KubeObject(value, Location("acme/fleet", "clusters/prod/artifacts.yaml", 1))


def _object(api_version: str, kind: str, name: str, **spec: Any) -> str:
    metadata = {"name": name, "namespace": "flux-system"}
    return dump({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})


def _from(kind: str = "GitRepository", name: str = "flux-system") -> dict[str, Any]:
    return {"sourceRef": {"kind": kind, "name": name}}


def _composed(*copies: dict[str, Any], tree: Tree | None = None) -> Tree:
    generator = _generator(artifacts=[{"name": "apps", "copy": list(copies)}])
    return compose(generator, "apps", {"repo": tree or _tree()})


def _tree() -> Tree:
    return Tree({path: content.encode() for path, content in FILES.items()}, name="acme/fleet", revision="5f0c1e7")


def _key(name: str) -> ObjectKey:
    return ObjectKey("source.toolkit.fluxcd.io", "ExternalArtifact", "flux-system", name)
