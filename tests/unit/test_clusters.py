"""The clusters of a repository are found by what bootstrapped their Flux."""

import itertools
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from slipway.fleet.clusters import EntryPoint, find_entry_points
from slipway.fleet.manifests import dump
from slipway.fleet.settings import ClusterSettings, Settings
from slipway.fleet.tree import Tree

URL = "https://github.com/acme/gitops-system"


def _kustomization(name: str, path: str, source: str = "flux-system") -> str:
    spec = {"path": path, "sourceRef": {"kind": "GitRepository", "name": source}}
    return _object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name, spec)


def _repository(url: str = URL, name: str = "flux-system") -> str:
    return _object("source.toolkit.fluxcd.io/v1", "GitRepository", name, {"url": url})


def _instance(path: str, **sync: str) -> str:
    spec = {"sync": {"kind": "GitRepository", "url": URL, "path": path, "ref": "refs/heads/main", **sync}}
    return _object("fluxcd.controlplane.io/v1", "FluxInstance", "flux", spec)


def _object(api_version: str, kind: str, name: str, spec: Mapping[str, Any]) -> str:
    metadata = {"name": name, "namespace": "flux-system"}
    return dump({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})


def _sync(path: str, url: str = URL) -> str:
    return f"{_repository(url)}---\n{_kustomization('flux-system', path)}"


X = "x: y\n"


def test_bootstrap_makes_a_cluster() -> None:
    [entry] = _entries(
        {"clusters/prod/flux-system/gotk-sync.yaml": _sync("./clusters/prod"), "clusters/prod/a.yaml": X}
    )
    [root] = entry.kustomizations
    [source] = entry.sources
    assert (entry.cluster, root.path, source.url) == ("prod", "clusters/prod", URL)
    assert entry.own_sources == {source.key} == {root.source}
    assert str(root.definition.origin) == "clusters/prod/flux-system/gotk-sync.yaml:9"


@pytest.mark.parametrize("content", ["", "# flux bootstrap fills this in\n", "a: [\n", "---\n---\n"])
def test_a_file_that_bootstrap_has_not_filled_makes_a_cluster_too(content: str) -> None:
    [entry] = _entries({"clusters/prod/flux-system/gotk-sync.yaml": content})
    [root] = entry.kustomizations
    assert (entry.cluster, root.path, entry.sources) == ("prod", "clusters/prod", ())


def test_a_template_that_is_filled_makes_none() -> None:
    files = {
        "clusters/template/flux-system/gotk-sync.yaml": _sync("./clusters/cluster-name"),
        "clusters/template/a.yaml": X,
    }
    entries, skipped = find_entry_points(_tree(files), Settings())
    assert entries == []
    [one] = skipped
    assert one.why == "its path ./clusters/cluster-name does not exist: a template?"
    assert one.what == "the cluster of clusters/template/flux-system/gotk-sync.yaml:9"


def test_a_repository_inside_of_another_one_is_pointed_to() -> None:
    files = {"repos/system/clusters/prod/flux-system/gotk-sync.yaml": _sync("./clusters/prod")}
    entries, [one] = find_entry_points(_tree(files), Settings())
    assert entries == []
    assert one.why == "its path ./clusters/prod does not exist here, but in ./repos/system: is that the repository?"


@pytest.mark.parametrize(
    "file",
    [
        _instance("clusters/prod"),
        _instance("./clusters/prod/", name="system", kind="OCIRepository", url="oci://ghcr.io/acme/gitops-system"),
        _object(
            "helm.toolkit.fluxcd.io/v2",
            "HelmRelease",
            "flux",
            {"values": {"instance": {"sync": {"url": URL, "path": "clusters/prod"}}}},
        ),
    ],
)
def test_an_instance_makes_a_cluster(file: str) -> None:
    [entry] = _entries({"hub/flux.yaml": file, "clusters/prod/a.yaml": X})
    [root] = entry.kustomizations
    assert (entry.cluster, root.path) == ("prod", "clusters/prod")
    assert entry.own_sources == {root.source} == {source.key for source in entry.sources}


VALUES = {"instance": {"sync": {"kind": "GitRepository", "name": "fleet", "url": URL, "path": "clusters/prod"}}}


def test_values_of_the_chart_of_an_instance_make_a_cluster() -> None:
    values = f"# flux-instance\n{dump(VALUES)}"
    entries = _entries({"apps/flux/values.yaml": values, "clusters/prod/a.yaml": _kustomization("a", "./a", "fleet")})
    [entry] = entries
    [root] = entry.kustomizations
    assert (entry.cluster, root.path, root.source.name) == ("prod", "clusters/prod", "fleet")
    assert str(root.definition.origin) == "apps/flux/values.yaml:2"


@pytest.mark.parametrize(
    "values",
    [
        dump({"instance": {"sync": {"url": URL, "path": ""}}}),
        dump({"kind": "Instance", **VALUES}),
        dump({"other": VALUES}),
        f"{dump(VALUES)}a: [\n",
        "instance:\n  sync:\n",
        "instance:\n- sync:\n",
    ],
)
def test_values_of_something_else_make_none(values: str) -> None:
    assert _entries({"values.yaml": values, "clusters/prod/a.yaml": X}) == []


@pytest.mark.parametrize("spec", [{}, {"sync": None}, {"sync": {"url": URL}}, {"sync": {"path": "a"}}, {"sync": ["a"]}])
def test_an_instance_that_syncs_nothing_makes_none(spec: Mapping[str, Any]) -> None:
    assert _entries({"a.yaml": _object("fluxcd.controlplane.io/v1", "FluxInstance", "flux", spec), "a/b.yaml": X}) == []


def test_one_path_is_one_cluster() -> None:
    files = {
        "clusters/prod/flux-system/gotk-sync.yaml": _sync("./clusters/prod"),
        "hub/flux.yaml": _instance("clusters/prod"),
    }
    assert [entry.cluster for entry in _entries(files)] == ["prod"]


def test_what_starts_in_another_repository_is_none_of_ours() -> None:
    files = {
        "hub/flux-system/gotk-sync.yaml": _sync("./hub"),
        "hub/spoke.yaml": _instance("./hub", url="https://github.com/acme/other"),
        "hub/spokes.yaml": _instance("./", url="https://github.com/acme/other"),
    }
    entries, skipped = find_entry_points(_tree(files, "acme/gitops-system"), Settings())
    assert [entry.cluster for entry in entries] == ["hub"]
    assert [item.why for item in skipped] == ["it starts in another repository"]


def test_a_mirror_has_its_clusters_by_any_name() -> None:
    files = {"hub/flux-system/gotk-sync.yaml": _sync("./hub")}
    assert [entry.cluster for entry in _entries(files, name="mirror/of-it")] == ["hub"]


PATHS = {
    ("clusters/prod", "clusters/staging"): ["prod", "staging"],
    ("clusters/prod/flux", "clusters/prod/apps"): ["prod", "prod-apps"],
    ("live/clusters/main", "live/clusters/eu/flux/config"): ["eu", "main"],
    ("clusters/flux",): ["flux"],
    ("a/prod", "b/prod"): ["a-prod", "b-prod"],
    ("prod", "clusters/prod"): ["clusters-prod", "prod"],
    ("a/b-c", "x/a-b/c", "a-b/c"): ["a-b-c", "b-c", "x-a-b-c"],
    ("a-b/c", "a/b/c", "a/b-c/flux"): ["a-b/c", "a/b/c", "b-c"],
    ("cluster", "config"): ["cluster", "config"],
    ("",): ["default"],
    ("", "flux"): ["flux", "root"],
}


@pytest.mark.parametrize(("paths", "names"), PATHS.items())
def test_names_tell_clusters_apart(paths: tuple[str, ...], names: list[str]) -> None:
    files = {f"x{n}.yaml": _instance(path or "./") for n, path in enumerate(paths)}
    entries = _entries(files | {f"{path}/y.yaml".lstrip("/"): X for path in paths})
    assert len({entry.cluster for entry in entries}) == len(paths)
    assert [entry.cluster for entry in entries] == names


def test_settings_name_clusters_and_no_other_gets_that_name() -> None:
    files = {"a.yaml": _instance("one/prod"), "b.yaml": _instance("two/prod"), "c.yaml": _instance("./")}
    tree = {**files, "one/prod/a.yaml": X, "two/prod/a.yaml": X}
    settings = Settings({"prod": ClusterSettings(path="./one/prod/"), "root": ClusterSettings(path=".")})
    named = {entry.kustomizations[0].path: entry.cluster for entry in _entries(tree, settings)}
    assert named == {"one/prod": "prod", "two/prod": "two-prod", "": "root"}


def test_a_name_that_is_taken_is_not_given_again() -> None:
    settings = Settings({"a-b": ClusterSettings(path="x"), "prod": ClusterSettings(path="y")})
    files = {
        "a.yaml": _instance("a-b"),
        "b.yaml": _instance("live/prod"),
        "a-b/a": X,
        "live/prod/a": X,
        "x/a": X,
        "y/a": X,
    }
    named = {entry.kustomizations[0].path: entry.cluster for entry in _entries(files, settings)}
    assert named == {"x": "a-b", "y": "prod", "a-b": "./a-b", "live/prod": "live-prod"}


def test_settings_say_more_of_a_cluster_that_is_found_by_name() -> None:
    files = {"clusters/prod/flux-system/gotk-sync.yaml": _sync("./clusters/prod")}
    settings = Settings({"prod": ClusterSettings(kubernetes_version="1.34")})
    assert [entry.cluster for entry in _entries(files, settings)] == ["prod"]


def test_settings_name_an_entry_point_that_nothing_else_does() -> None:
    settings = Settings({"prod": ClusterSettings(path="live/prod"), "gone": ClusterSettings(path="live/gone")})
    entries, skipped = find_entry_points(_tree({"live/prod/a.yaml": X}), settings)
    assert [(entry.cluster, entry.kustomizations[0].path) for entry in entries] == [("prod", "live/prod")]
    assert [item.what for item in skipped] == ["the cluster of slipway.yaml:1"]


def test_without_a_bootstrap_what_no_other_one_applies_is_where_it_starts() -> None:
    files = {
        "flux/apps.yaml": _kustomization("apps", "./apps"),
        "flux/infra.yaml": _kustomization("infra", "./infra"),
        "apps/web.yaml": _kustomization("web", "./web"),
        "infra/deep/more.yaml": _kustomization("more", "./elsewhere"),
        "elsewhere/x.yaml": _kustomization("x", "./nowhere"),
        "flux/ext.yaml": _kustomization("ext", "./", "external")
        + "---\n"
        + _repository("https://example.com/x", "external"),
        "apps/ext.yaml": _kustomization("ext-in-apps", "./", "external"),
    }
    [entry] = _entries(files)
    assert entry.cluster == "default"
    assert [one.definition.name for one in entry.kustomizations] == ["apps", "ext", "infra"]
    assert [source.url for source in entry.sources] == ["https://example.com/x"]
    assert {key.name for key in entry.own_sources} == {"flux-system"}


@pytest.mark.parametrize(
    "files",
    [
        {"a/a.yaml": _kustomization("a", "./b"), "b/b.yaml": _kustomization("b", "./a")},
        {"a.yaml": _kustomization("a", "./"), "b.yaml": _kustomization("b", "./")},
    ],
)
def test_a_circle_starts_everywhere(files: Mapping[str, str]) -> None:
    [entry] = _entries(files)
    assert {one.definition.name for one in entry.kustomizations} == {"a", "b"}


def test_one_that_applies_itself_is_a_start() -> None:
    [entry] = _entries({"flux/all.yaml": _kustomization("all", "./"), "apps/a.yaml": _kustomization("a", "./x")})
    assert [one.definition.name for one in entry.kustomizations] == ["all"]


def test_the_one_cluster_has_the_name_of_the_settings() -> None:
    files = {"apps.yaml": _kustomization("apps", "./apps")}
    assert [entry.cluster for entry in _entries(files, Settings({"home": ClusterSettings()}))] == ["home"]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"a.yaml": X},
        {"kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n# fluxcd\n"},
        {"a.yaml": "# fluxcd\nkind: Kustomization\n- broken"},
        {"a.yaml": "# fluxcd\nkind: Kustomization\n---\n- a\n---\ntext\n---\n1\n"},
        {"a.txt": _sync("./")},
        {"my-flux-system/gotk-sync.yaml": ""},
        {"a.yaml": "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: []\nspec: text\n"},
    ],
)
def test_what_is_no_fleet_has_no_clusters_and_is_no_error(files: Mapping[str, str]) -> None:
    assert [entry.cluster for entry in _entries(files)] in ([], ["default"])


def test_the_order_of_files_does_not_matter() -> None:
    files = {
        f"{directory}/{name}/flux-system/gotk-sync.yaml": _sync(f"./{directory}/{name}")
        for directory, name in itertools.product("ab", ("prod", "staging"))
    }
    files |= {"x.yaml": _instance("./a/prod"), "y.yaml": _instance("./b/staging")}
    found = set()
    for seed in range(5):
        paths = list(files)
        Random(seed).shuffle(paths)
        entries = _entries({path: files[path] for path in paths})
        found.add(tuple((entry.cluster, str(entry.kustomizations[0].definition.origin)) for entry in entries))
    assert len(found) == 1


def _entries(files: Mapping[str, str], settings: Settings | None = None, name: str = "") -> list[EntryPoint]:
    return find_entry_points(_tree(files, name), settings or Settings())[0]


def _tree(files: Mapping[str, str], name: str = "") -> Tree:
    return Tree({path: content.encode() for path, content in files.items()}, name=name)


def test_a_url_with_a_variable_does_not_say_which_repository_is_this_one() -> None:
    files = {
        "hub/flux-system/gotk-sync.yaml": _sync("./hub"),
        "spokes/sync.yaml": _instance("./spokes/${CLUSTER}", url="${GIT}/gitops-system"),
    }
    entries, _ = find_entry_points(_tree(files, "gitops-system"), Settings())
    assert [entry.cluster for entry in entries] == ["hub"]
