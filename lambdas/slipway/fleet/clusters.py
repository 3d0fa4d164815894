"""Which clusters a repository describes: where each one's Flux starts to read.

A cluster is found by what bootstrapped its Flux: the `flux-system` Kustomization that `flux bootstrap` writes
(`gotk-sync.yaml`), or a FluxInstance with `spec.sync` (flux-operator). A repository with neither is taken for one
cluster that starts with every Flux Kustomization that no other one applies.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.errors import InputError
from slipway.fleet.flux import (
    HELM_GROUP,
    KUSTOMIZE_GROUP,
    OPERATOR_GROUP,
    ROOT_NAME,
    SOURCE_GROUP,
    Kustomization,
    Source,
    is_helm_release,
    is_kustomization,
    is_source,
)
from slipway.fleet.manifests import YAML_SUFFIXES, load_documents
from slipway.fleet.objects import KubeObject, Location, mapping, text
from slipway.fleet.settings import Settings
from slipway.fleet.tree import Tree

_GENERIC = frozenset(
    {"", ".", "flux-system", "flux", "cluster", "config", "main", "sync", "kubernetes", "k8s", "gitops"}
)
"""Directory names that say nothing about which cluster it is."""


@dataclass(frozen=True)
class EntryPoint:
    """Where one cluster's Flux starts."""

    cluster: str
    kustomizations: tuple[Kustomization, ...]
    """Usually one, `flux-system`."""
    source: Source | None
    """The source of the root Kustomization: this repository, as the cluster knows it."""


@dataclass(frozen=True)
class Skipped:
    """Something that looks like an entry point and leads nowhere."""

    what: str
    why: str
    where: Location


def find_entry_points(tree: Tree, settings: Settings) -> tuple[list[EntryPoint], list[Skipped]]:
    """The clusters of a repository, ordered by name, and what could not be one."""
    roots: dict[str, _Root] = {}
    loose: list[Kustomization] = []
    for objects in _flux_files(tree):
        for root in _roots_in(objects):
            roots.setdefault(root.kustomization.path, root)
        loose.extend(Kustomization(obj) for obj in objects if is_kustomization(obj) and obj.name != ROOT_NAME)
    for root in _unfilled(tree):
        roots.setdefault(root.kustomization.path, root)
    skipped: list[Skipped] = []
    entries: list[EntryPoint] = []
    names = _names(sorted(roots), settings)
    for path, root in roots.items():
        where = root.kustomization.definition.origin
        if tree.is_dir(path):
            entries.append(EntryPoint(names[path], (root.kustomization,), root.source))
        else:
            skipped.append(Skipped(f"the cluster of {where}", f"its path ./{path} does not exist: a template?", where))
    if not entries and loose:
        name = next(iter(settings.clusters), "default")
        entries.append(EntryPoint(name, tuple(_tops(loose)), None))
    return sorted(entries, key=lambda entry: entry.cluster), skipped


@dataclass(frozen=True)
class _Root:
    kustomization: Kustomization
    source: Source | None


def _roots_in(objects: list[KubeObject]) -> Iterator[_Root]:
    """Root Kustomizations written in a file, or made of what flux-operator is told there."""
    sources = {obj.name: Source(obj) for obj in objects if is_source(obj)}
    for obj in objects:
        if is_kustomization(obj) and obj.name == ROOT_NAME:
            kustomization = Kustomization(obj)
            yield _Root(kustomization, sources.get(kustomization.source.name))
        elif obj.group == OPERATOR_GROUP and obj.kind == "FluxInstance":
            yield from _of_instance(obj, obj.spec)
        elif is_helm_release(obj):  # of the chart flux-instance
            yield from _of_instance(obj, mapping(mapping(obj.spec.get("values")).get("instance")))


def _unfilled(tree: Tree) -> Iterator[_Root]:
    """Directories prepared for `flux bootstrap`, whose `gotk-sync.yaml` it has not written yet."""
    for path in sorted(tree):
        if path.endswith(f"{ROOT_NAME}/gotk-sync.yaml"):
            directory = posixpath.dirname(posixpath.dirname(path))
            yield _root(directory, "GitRepository", {"name": ROOT_NAME, "namespace": ROOT_NAME}, {}, tree.name, path, 1)


def _flux_files(tree: Tree) -> Iterator[list[KubeObject]]:
    """The Flux objects written in each file that has any; files that are no valid YAML are reported by the checks."""
    groups = (KUSTOMIZE_GROUP, SOURCE_GROUP, HELM_GROUP, OPERATOR_GROUP)
    for path in sorted(tree):
        if not path.endswith(YAML_SUFFIXES):
            continue
        data = tree.read(path)
        if not _FLUX_KIND.search(data):
            continue
        try:
            documents = load_documents(data, path)
        except InputError:
            continue
        objects = [
            KubeObject(doc.value, Location(tree.name, path, doc.line)) for doc in documents if mapping(doc.value)
        ]
        yield [obj for obj in objects if obj.group in groups]


_FLUX_KIND = re.compile(rb"^kind: *[\"']?(?:Kustomization|FluxInstance|HelmRelease)\b", re.MULTILINE)


def _of_instance(obj: KubeObject, instance: Mapping[str, Any]) -> Iterator[_Root]:
    """The root Kustomization and source that flux-operator makes of a FluxInstance's `spec.sync`."""
    sync = mapping(instance.get("sync"))
    if not text(sync.get("path")) or not text(sync.get("url")):
        return
    kind = text(sync.get("kind")) or "GitRepository"
    metadata = {"name": text(sync.get("name")) or ROOT_NAME, "namespace": obj.namespace or ROOT_NAME}
    source = {"url": text(sync.get("url")), "ref": {"name": text(sync.get("ref"))}}
    origin = obj.origin
    yield _root(text(sync.get("path")), kind, metadata, source, origin.source, origin.path, origin.line)


def _root(
    path: str, kind: str, metadata: Mapping[str, str], source: Mapping[str, Any], tree: str, file: str, line: int
) -> _Root:
    origin = Location(tree, file, line)
    spec = {"path": path, "prune": True, "sourceRef": {"kind": kind, "name": metadata["name"]}}
    kustomization = {"apiVersion": f"{KUSTOMIZE_GROUP}/v1", "kind": "Kustomization", "metadata": metadata, "spec": spec}
    definition = {"apiVersion": f"{SOURCE_GROUP}/v1", "kind": kind, "metadata": metadata, "spec": source}
    return _Root(Kustomization(KubeObject(kustomization, origin)), Source(KubeObject(definition, origin)))


def _names(paths: list[str], settings: Settings) -> dict[str, str]:
    """A name for each path: from `slipway.yaml`, else its last telling directory, all of it where that is ambiguous."""
    given = {
        posixpath.normpath(cluster.path).strip("/"): name
        for name, cluster in settings.clusters.items()
        if cluster.path is not None
    }
    short = {path: _short_name(path) for path in paths}
    counts = list(short.values())
    return {
        path: given.get(path) or (name if counts.count(name) == 1 else path.replace("/", "-"))
        for path, name in short.items()
    }


def _short_name(path: str) -> str:
    return next((part for part in reversed(path.split("/")) if part not in _GENERIC), "default")


def _tops(kustomizations: list[Kustomization]) -> Iterator[Kustomization]:
    """Those whose file no other one's path holds."""
    for one in kustomizations:
        file = one.definition.origin.path
        if not any(
            other is not one and (other.path == "" or file.startswith(other.path + "/")) for other in kustomizations
        ):
            yield one
