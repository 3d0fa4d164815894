"""Which clusters a repository describes: where each one's Flux starts to read.

A cluster is found by what bootstrapped its Flux: the `flux-system` Kustomization that `flux bootstrap` writes
(`gotk-sync.yaml`), or a FluxInstance with `spec.sync` (flux-operator). A repository with neither is taken for one
cluster that starts with every Flux Kustomization that no other one applies.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slipway.errors import InputError
from slipway.fleet.flux import KUSTOMIZE_GROUP, OPERATOR_GROUP, ROOT_NAME, SOURCE_GROUP, Kustomization, Source
from slipway.fleet.manifests import YAML_SUFFIXES, load_documents
from slipway.fleet.objects import KubeObject, Location, group_of, mapping, text
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
    skipped: list[Skipped] = []
    roots: list[tuple[Kustomization, Source | None]] = []
    loose: list[Kustomization] = []
    for objects in _flux_files(tree):
        sources = {obj.name: Source(obj) for obj in objects if obj.group == SOURCE_GROUP}
        for obj in objects:
            if obj.group == KUSTOMIZE_GROUP and obj.kind == "Kustomization":
                kustomization = Kustomization(obj)
                if obj.name == ROOT_NAME:
                    roots.append((kustomization, sources.get(kustomization.source.name)))
                else:
                    loose.append(kustomization)
            elif obj.group == OPERATOR_GROUP and obj.kind == "FluxInstance" and mapping(obj.spec.get("sync")):
                roots.append(_of_instance(obj))
    entries: dict[str, EntryPoint] = {}
    names = _names([kustomization.path for kustomization, _ in roots], settings)
    for kustomization, source in roots:
        where = kustomization.definition.origin
        if not tree.is_dir(kustomization.path):
            what = f"the cluster of {where}"
            skipped.append(Skipped(what, f"its path ./{kustomization.path} does not exist: a template?", where))
            continue
        name = names[kustomization.path]
        entries.setdefault(name, EntryPoint(name, (kustomization,), source))
    if not entries and loose:
        tops = tuple(_tops(loose))
        name = next(iter(settings.clusters), "default")
        entries[name] = EntryPoint(name, tops, None)
    return [entries[name] for name in sorted(entries)], skipped


def _flux_files(tree: Tree) -> Iterator[list[KubeObject]]:
    """The Flux objects written in each file that has any; files that are no valid YAML are reported by the checks."""
    for path in sorted(tree):
        if not path.endswith(YAML_SUFFIXES):
            continue
        data = tree.read(path)
        if b"kind: Kustomization" not in data and b"kind: FluxInstance" not in data:
            continue
        if KUSTOMIZE_GROUP.encode() not in data and OPERATOR_GROUP.encode() not in data:
            continue
        try:
            documents = load_documents(data, path)
        except InputError:
            continue
        yield [
            KubeObject(document.value, Location(tree.name, path, document.line))
            for document in documents
            if group_of(text(mapping(document.value).get("apiVersion")))
            in (KUSTOMIZE_GROUP, SOURCE_GROUP, OPERATOR_GROUP)
        ]


def _of_instance(instance: KubeObject) -> tuple[Kustomization, Source]:
    """The root Kustomization and source that flux-operator makes of a FluxInstance's `spec.sync`."""
    sync = mapping(instance.spec.get("sync"))
    kind = text(sync.get("kind")) or "GitRepository"
    metadata = {"name": text(sync.get("name")) or ROOT_NAME, "namespace": instance.namespace or ROOT_NAME}
    source: dict[str, Any] = {
        "apiVersion": f"{SOURCE_GROUP}/v1",
        "kind": kind,
        "metadata": metadata,
        "spec": {"url": text(sync.get("url")), "ref": {"name": text(sync.get("ref"))}},
    }
    kustomization: dict[str, Any] = {
        "apiVersion": f"{KUSTOMIZE_GROUP}/v1",
        "kind": "Kustomization",
        "metadata": metadata,
        "spec": {
            "path": text(sync.get("path")),
            "prune": True,
            "sourceRef": {"kind": kind, "name": metadata["name"]},
        },
    }
    return Kustomization(KubeObject(kustomization, instance.origin)), Source(KubeObject(source, instance.origin))


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
