"""Which clusters a repository describes: where each one's Flux starts to read.

A cluster is found by what bootstrapped its Flux: the `flux-system` Kustomization that `flux bootstrap` writes
(`gotk-sync.yaml`), or a FluxInstance with `spec.sync` (flux-operator). What becomes of a repository with neither is up
to `slipway.fleet.loose`.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
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
from slipway.fleet.loose import starts
from slipway.fleet.manifests import YAML_SUFFIXES, Document, load_documents
from slipway.fleet.objects import KubeObject, Location, ObjectKey, mapping, sequence, text
from slipway.fleet.settings import FILE as SETTINGS_FILE
from slipway.fleet.settings import Settings
from slipway.fleet.strictness import strictness_of_instance
from slipway.fleet.tree import Tree

_GENERIC = frozenset(
    {
        *("", ".", "flux-system", "flux", "cluster", "config", "sync", "kubernetes", "k8s", "kube", "gitops"),
        *("base", "setup", "bootstrap"),
    }
)
"""Directory names that say nothing about which cluster it is."""


@dataclass(frozen=True)
class EntryPoint:
    """Where one cluster's Flux starts."""

    cluster: str
    kustomizations: tuple[Kustomization, ...]
    """Usually one, `flux-system`."""
    own_sources: frozenset[ObjectKey]
    """The sources that are this repository, as the cluster knows it."""
    sources: tuple[Source, ...]
    """Sources that the cluster knows before anything is applied."""
    strict: bool | None = None
    """Whether its Flux refuses variables that are not set; None where nothing says so yet."""
    patches: tuple[Mapping[str, Any], ...] = ()
    """What a FluxInstance changes of all that it makes; see `slipway.fleet.instance_patches`."""


@dataclass(frozen=True)
class Skipped:
    """Something that looks like an entry point and leads nowhere."""

    what: str
    why: str
    where: Location


def find_entry_points(tree: Tree, settings: Settings) -> tuple[list[EntryPoint], list[Skipped]]:
    """The clusters of a repository, ordered by name, and what could not be one."""
    files = list(_flux_files(tree))
    roots: dict[str, _Root] = {}
    written = (root for objects in files for root in _roots_in(objects))
    for root in (*written, *_roots_in_values(tree), *_unfilled(tree, files)):
        roots.setdefault(root.kustomization.path, root)
    for path in _settings_paths(settings):
        if path not in roots:
            roots[path] = _root(path, "GitRepository", _ROOT_METADATA, {}, tree.at(SETTINGS_FILE, 1))
    elsewhere = _elsewhere(roots.values(), tree)
    skipped: list[Skipped] = []
    substituted: set[Skipped] = set()
    entries: list[EntryPoint] = []
    names = _names(sorted(roots), settings)
    for path, root in sorted(roots.items()):
        where = root.kustomization.definition.origin
        if root in elsewhere:
            skipped.append(Skipped(f"the cluster of {where}", "it starts in another repository", where))
        elif not tree.is_dir(path):
            skipped.append(Skipped(f"the cluster of {where}", _why_no_path(path, where), where))
            # Each cluster's own Kustomization says what the variables stand for.
            substituted.update(skipped[-1:] if "${" in path else ())
        else:
            sources = (root.source,) if root.source and root.source.url else ()
            own = frozenset({root.kustomization.source})
            entries.append(EntryPoint(names[path], (root.kustomization,), own, sources, root.strict, root.patches))
    if entries:
        skipped = [item for item in skipped if item not in substituted]
    if not roots:
        entries.extend(_entries_of_loose(tree, files, settings))
    return sorted(entries, key=lambda entry: entry.cluster), skipped


@dataclass(frozen=True, eq=False)
class _Root:
    kustomization: Kustomization
    source: Source | None
    strict: bool | None = None
    patches: tuple[Mapping[str, Any], ...] = ()


def _why_no_path(path: str, where: Location) -> str:
    """Where a path would exist, if the repository began further down: samples hold several repositories in one."""
    start = f"/{where.path}".find(f"/{path}/")
    if start > 0:
        return f"its path ./{path} does not exist here, but in ./{where.path[: start - 1]}: is that the repository?"
    return f"its path ./{path} does not exist: a template?"


_ROOT_METADATA = {"name": ROOT_NAME, "namespace": ROOT_NAME}


def _elsewhere(roots: Iterable[_Root], tree: Tree) -> set[_Root]:
    """Those whose source is another repository, if that of some is this one; a mirror may have any name.

    A URL with a variable says nothing: each cluster's own Kustomization fills it in.
    """
    with_url = [root for root in roots if root.source and root.source.url and "${" not in root.source.url]
    here = {root for root in with_url if root.source and _is_repository(root.source, tree)}
    return set(with_url) - here if here else set()


def _is_repository(source: Source, tree: Tree) -> bool:
    return bool(tree.name) and source.repository.partition("/")[2].lower() == tree.name.lower()


def _settings_paths(settings: Settings) -> dict[str, str]:
    """Names of clusters by their paths."""
    return {cluster.directory: name for name, cluster in settings.clusters.items() if cluster.path is not None}


def _roots_in(objects: list[KubeObject]) -> Iterator[_Root]:
    """Root Kustomizations written in a file, or made of what flux-operator is told there."""
    sources = {obj.key: Source(obj) for obj in objects if is_source(obj)}
    for obj in objects:
        # One that says neither what to apply nor from where is a patch of another one.
        if is_kustomization(obj) and obj.name == ROOT_NAME and ("path" in obj.spec or "sourceRef" in obj.spec):
            kustomization = Kustomization(obj)
            yield _Root(kustomization, sources.get(kustomization.source))
        elif obj.group == OPERATOR_GROUP and obj.kind == "FluxInstance":
            yield from _of_instance(obj, obj.spec)
        elif is_helm_release(obj):  # of the chart flux-instance
            yield from _of_instance(obj, mapping(mapping(obj.spec.get("values")).get("instance")))


def _roots_in_values(tree: Tree) -> Iterator[_Root]:
    """Those that flux-operator is told in files of values for its chart flux-instance.

    A generator makes a ConfigMap of such a file, whose HelmRelease only names it.
    """
    for path in sorted(tree):
        if path.endswith(YAML_SUFFIXES) and _INSTANCE_VALUES.search(tree.read(path)):
            for document in _documents(tree, path):
                values = KubeObject(mapping(document.value), tree.at(path, document.line))
                if not values.kind:
                    yield from _of_instance(values, mapping(values.value.get("instance")))


def _unfilled(tree: Tree, files: list[list[KubeObject]]) -> Iterator[_Root]:
    """Directories prepared for `flux bootstrap`, whose `gotk-sync.yaml` it has not written yet."""
    filled = {obj.origin.path for objects in files for obj in objects if is_kustomization(obj)}
    for path in sorted(tree):
        directory, _, name = path.rpartition("/")
        if name == "gotk-sync.yaml" and posixpath.basename(directory) == ROOT_NAME and path not in filled:
            origin = tree.at(path, 1)
            yield _root(posixpath.dirname(directory), "GitRepository", _ROOT_METADATA, {}, origin)


def _flux_files(tree: Tree) -> Iterator[list[KubeObject]]:
    """The Flux objects written in each file that has any; files that are no valid YAML are reported by the checks."""
    for path in sorted(tree):
        if path.endswith(YAML_SUFFIXES):
            # The place of an object names its tree, so two trees of different names share nothing.
            found = tree.derived(f"flux objects {tree.name}", path, partial(_flux_objects, tree, path))
            if found:
                yield found


def _flux_objects(tree: Tree, path: str) -> list[KubeObject]:
    data = tree.read(path)
    if b"fluxcd" not in data or not (_FLUX_KIND.search(data) or (b"instance" in data and _RELEASE.search(data))):
        return []
    groups = (KUSTOMIZE_GROUP, SOURCE_GROUP, HELM_GROUP, OPERATOR_GROUP)
    documents = (doc for doc in _documents(tree, path) if mapping(doc.value))
    objects = (KubeObject(doc.value, tree.at(path, doc.line)) for doc in documents)
    return [obj for obj in objects if obj.group in groups]


def _documents(tree: Tree, path: str) -> list[Document]:
    try:
        return load_documents(tree.read(path), path)
    except InputError:
        return []


_FLUX_KIND = re.compile(
    rb"^kind: *[\"']?(?:Kustomization|FluxInstance|GitRepository|OCIRepository|Bucket|ExternalArtifact)\b",
    re.MULTILINE,
)
_RELEASE = re.compile(rb"^kind: *[\"']?HelmRelease\b", re.MULTILINE)
"""Of all the releases, which most files hold, only that of the chart flux-instance says where a cluster starts."""
_INSTANCE_VALUES = re.compile(rb"^instance:[ \t]*(?:#.*)?\r?$[\s\S]*^[ \t]+sync:", re.MULTILINE)


def _of_instance(obj: KubeObject, instance: Mapping[str, Any]) -> Iterator[_Root]:
    """The root Kustomization and source that flux-operator makes of a FluxInstance's `spec.sync`."""
    sync = mapping(instance.get("sync"))
    if not text(sync.get("path")) or not text(sync.get("url")):
        return
    kind = text(sync.get("kind")) or "GitRepository"
    namespace = obj.namespace or ROOT_NAME
    metadata = {"name": text(sync.get("name")) or namespace, "namespace": namespace}
    ref = {"tag" if kind == "OCIRepository" else "name": text(sync.get("ref"))}
    source = {"interval": text(sync.get("interval")) or "1m", "url": text(sync.get("url")), "ref": ref}
    root = _root(text(sync.get("path")), kind, metadata, source, obj.origin)
    patches = tuple(filter(None, map(mapping, sequence(mapping(instance.get("kustomize")).get("patches")))))
    yield replace(root, strict=strictness_of_instance(instance), patches=patches)


def _root(path: str, kind: str, metadata: Mapping[str, str], source: Mapping[str, Any], origin: Location) -> _Root:
    spec = {"interval": "10m0s", "path": path, "prune": True, "sourceRef": {"kind": kind, "name": metadata["name"]}}
    kustomization = {"apiVersion": f"{KUSTOMIZE_GROUP}/v1", "kind": "Kustomization", "metadata": metadata, "spec": spec}
    definition = {"apiVersion": f"{SOURCE_GROUP}/v1", "kind": kind, "metadata": metadata, "spec": source}
    return _Root(Kustomization(KubeObject(kustomization, origin)), Source(KubeObject(definition, origin)))


def _names(paths: list[str], settings: Settings) -> dict[str, str]:
    """A name for each path: from `slipway.yaml`, else a short one, all of the path where that is ambiguous."""
    given = _settings_paths(settings)
    names = {path: given[path] for path in paths if path in given}
    for make in _NAMES:
        wanted = {path: make(path) for path in paths if path not in names}
        counts = Counter([*given.values(), *names.values(), *wanted.values()])
        names |= {path: name for path, name in wanted.items() if counts[name] == 1}
    return names


def _short_name(path: str) -> str:
    """What follows `clusters/`, or the last part that is telling."""
    parts = path.split("/")
    at = next((index for index, part in enumerate(parts[:-1]) if part.endswith("clusters")), None)
    if at is None:
        return next((part for part in reversed(parts) if part not in _GENERIC), "default")
    behind = parts[at + 1 :]
    return "-".join(part for part in behind if part not in _GENERIC) or behind[0]


_NAMES: tuple[Callable[[str], str], ...] = (
    _short_name,
    lambda path: path.replace("/", "-") or "root",
    lambda path: path,
    lambda path: f"./{path}",
)


def _entries_of_loose(tree: Tree, files: list[list[KubeObject]], settings: Settings) -> Iterator[EntryPoint]:
    found = {start.directory: start for start in starts(tree, files)}
    names = _names(sorted(found), settings)
    if list(found) == [""]:
        names = {"": next(iter(settings.clusters), "default")}
    for directory, start in found.items():
        yield EntryPoint(names[directory], start.kustomizations, start.own_sources, start.sources)
