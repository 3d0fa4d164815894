"""Clusters are found in repositories that do not say how Flux was bootstrapped, in layouts that public ones have."""

from collections.abc import Mapping
from typing import Any

from slipway.fleet.clusters import EntryPoint, Skipped, find_entry_points
from slipway.fleet.manifests import dump
from slipway.fleet.settings import Settings
from slipway.fleet.tree import Tree

URL = "https://example.com/acme/fleet"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"


def test_directories_below_clusters_are_clusters() -> None:
    files = {
        f"clusters/{cluster}/{name}.yaml": _kustomization(name, f"./{name}/{cluster}")
        for cluster in ("production", "staging")
        for name in ("apps", "infrastructure")
    }
    entries = _entries({**files, "apps/production/x.yaml": CONFIG, "infrastructure/staging/x.yaml": CONFIG})
    assert _starts(entries) == {
        "production": [("flux-system", "clusters/production")],
        "staging": [("flux-system", "clusters/staging")],
    }


def test_what_cannot_be_applied_in_a_clusters_directory_is_not_taken_for_applied() -> None:
    files = {
        "clusters/prod/flux/apps.yaml": _kustomization("apps", "./apps"),
        "clusters/prod/talos/machine.yaml": "version: v1alpha1\n",
        "apps/x.yaml": CONFIG,
    }
    assert _starts(_entries(files)) == {"prod": [("apps", "apps")]}


def test_only_the_topmost_directory_of_clusters_names_clusters() -> None:
    files = {
        "kube/clusters/home/apps.yaml": _kustomization("apps", "./apps"),
        "apps/postgres/clusters/main/ks.yaml": _kustomization("postgres", "./apps/postgres/clusters/main/app"),
        "apps/postgres/clusters/main/app/x.yaml": CONFIG,
    }
    assert list(_starts(_entries(files))) == ["home"]


def test_one_that_applies_its_own_file_is_where_a_cluster_starts() -> None:
    files = {
        "kube/clusters/home/flux/repo.yaml": _repository()
        + "---\n"
        + _kustomization("0-home", "./kube/clusters/home/flux"),
        "kube/clusters/home/flux/kustomization.yaml": "resources: [repo.yaml, ../../../apps/web]\n",
        "kube/apps/web/ks.yaml": _kustomization("web", "./kube/apps/web/app"),
        "kube/apps/web/app/x.yaml": CONFIG,
        "archive/old/ks.yaml": _kustomization("old", "./archive/gone"),
    }
    [entry] = _entries(files)
    assert _starts([entry]) == {"home": [("0-home", "kube/clusters/home/flux")]}
    assert [source.url for source in entry.sources] == [URL]
    assert entry.own_sources == {entry.kustomizations[0].source}


def test_one_that_lies_in_its_path_and_is_not_listed_there_does_not_apply_itself() -> None:
    files = {
        "flux/all.yaml": _kustomization("all", "./apps"),
        "apps/web/ks.yaml": _kustomization("web", "./apps/web"),
        "apps/web/kustomization.yaml": "resources: [x.yaml, ../web]\n",
        "apps/web/x.yaml": CONFIG,
    }
    assert _starts(_entries(files)) == {"default": [("all", "apps")]}


def test_the_topmost_of_those_that_apply_themselves_applies_the_others() -> None:
    files = {
        "management-clusters/mc/mc.yaml": _kustomization("mc", "./management-clusters/mc"),
        "management-clusters/mc/org/wc/wc.yaml": _kustomization("wc", "./management-clusters/mc/org/wc"),
    }
    assert _starts(_entries(files)) == {"mc": [("mc", "management-clusters/mc")]}


def test_a_source_that_leads_elsewhere_is_not_this_repository() -> None:
    monitoring = _repository("monitoring", "https://example.com/flux2")
    files = {"monitoring.yaml": monitoring + "---\n" + _kustomization("dashboards", "./dashboards", "monitoring")}
    [entry] = _entries(files)
    assert entry.own_sources == frozenset()
    assert [source.url for source in entry.sources] == ["https://example.com/flux2"]


def test_a_patch_of_the_root_kustomization_is_no_cluster() -> None:
    sync = _kustomization("flux-system", "./clusters/prod")
    patch = _object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", healthChecks=[])
    files = {"clusters/prod/flux-system/gotk-sync.yaml": sync, "clusters/prod/patch.yaml": patch}
    assert list(_starts(_entries(files))) == ["prod"]


def test_a_path_with_variables_is_a_cluster_once_it_is_patched() -> None:
    files = {
        "base/kustomize.yaml": _kustomization("flux-system", "./clusters/${ENVIRONMENT}/${CLUSTER}"),
        "apps/demo/kustomize.yaml": _object(
            "kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", path="./clusters/demo/00"
        ),
    }
    assert [item.why for item in _found(files)[1]] == [
        "its path ./clusters/${ENVIRONMENT}/${CLUSTER} does not exist: a template?",
        "its path ./clusters/demo/00 does not exist: a template?",
    ]
    entries, skipped = _found({**files, "clusters/demo/00/kustomization.yaml": "resources: []\n"})
    assert list(_starts(entries)) == ["demo-00"]
    assert skipped == []


def _found(files: Mapping[str, str]) -> tuple[list[EntryPoint], list[Skipped]]:
    return find_entry_points(Tree({path: content.encode() for path, content in files.items()}), Settings())


def _entries(files: Mapping[str, str]) -> list[EntryPoint]:
    return _found(files)[0]


def _starts(entries: list[EntryPoint]) -> dict[str, list[tuple[str, str]]]:
    return {entry.cluster: [(one.definition.name, one.path) for one in entry.kustomizations] for entry in entries}


def _object(api_version: str, kind: str, name: str, **spec: Any) -> str:
    metadata = {"name": name, "namespace": "flux-system"}
    return dump({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})


def _kustomization(name: str, path: str, source: str = "flux-system") -> str:
    reference = {"kind": "GitRepository", "name": source}
    return _object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name, path=path, sourceRef=reference)


def _repository(name: str = "flux-system", url: str = URL) -> str:
    return _object("source.toolkit.fluxcd.io/v1", "GitRepository", name, url=url)
