"""One Kustomization's build, as kustomize-controller does it.

The controller writes a `kustomization.yaml` into the source (its own where there is none, else the one that it finds,
with the Flux Kustomization's fields merged in) and runs kustomize on it. This module makes that file, collects exactly
the files that the build reads, and hands both to an engine. Source of the rules: fluxcd/pkg,
`kustomize/kustomize_generator.go`. Everything comes from pull requests; what reaches the engine is up to
`slipway.fleet.closure`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import posixpath
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from slipway.errors import InputError
from slipway.fleet.closure import closure
from slipway.fleet.errors import BuildError
from slipway.fleet.kustomization import KUSTOMIZATION_FILES, kustomization_file, load_root_kustomization
from slipway.fleet.manifests import YAML_SUFFIXES, dump, load_document, load_documents
from slipway.fleet.objects import mapping, sequence, text
from slipway.fleet.origins import Built, split, with_origins_of
from slipway.fleet.outline import outline
from slipway.fleet.reads import Reads, RecordingTree, changes
from slipway.fleet.recall import BuildMemory
from slipway.fleet.remote import is_repository
from slipway.fleet.traces import leaves_traces
from slipway.fleet.tree import Tree


class Engine(Protocol):
    """Runs kustomize."""

    @property
    def version(self) -> str:
        """Changes whenever the output could."""
        ...

    def build(self, files: Mapping[str, bytes], directory: str) -> str:
        """The output of `kustomize build` with load restrictions off and plugins disabled.

        Args:
            files: everything that the build reads, by path from the root of the repository.
            directory: where the kustomization stands.

        Raises:
            BuildError: kustomize refuses it; the text is kustomize's own.
        """
        ...


@dataclass(frozen=True)
class Plan:
    """A build that has all that it needs."""

    directory: str
    files: Mapping[str, bytes]
    """Everything that the build reads, by path."""
    keep_origin: bool
    """True if the objects keep the origin annotation: the repository asks for it, or Flux adds it."""

    def without_origins(self) -> Plan:
        """The same build without asking kustomize for origins: what Flux builds."""
        if self.keep_origin:
            return self
        candidates = (posixpath.join(self.directory, name) for name in KUSTOMIZATION_FILES)
        file = next(path for path in candidates if path in self.files)
        content = dict(load_document(self.files[file]))
        content["buildMetadata"] = content["buildMetadata"][:-1]
        return replace(self, files={**self.files, file: dump(content).encode()})

    def digest(self, engine: str) -> str:
        """A name for the output: equal for equal inputs, whatever repository they are in."""
        hashed = hashlib.sha256()
        for part in (engine, self.directory, *sorted(self.files)):
            name = part.encode(errors="surrogateescape")
            hashed.update(f"{len(name)} ".encode() + name)
            hashed.update(hashlib.sha256(self.files.get(part, b"")).digest())
        return hashed.hexdigest()


class BuildCache(Protocol):
    """Keeps the outputs of builds by their digests: in memory, on a disk, in a bucket."""

    def get(self, digest: str) -> str | None:
        """The output, None if it is not kept."""
        ...

    def put(self, digest: str, output: str) -> None:
        """Keep an output."""
        ...


class MemoryCache:
    """Keeps outputs for as long as the process lives, the oldest ones only while there is room."""

    MAX_CHARACTERS = 64 * 1024 * 1024
    """What is kept at most."""

    def __init__(self) -> None:
        self._outputs: dict[str, str] = {}
        self._size = 0

    def get(self, digest: str) -> str | None:
        """See `BuildCache`."""
        return self._outputs.get(digest)

    def put(self, digest: str, output: str) -> None:
        """See `BuildCache`."""
        self._size += len(output) - len(self._outputs.pop(digest, ""))
        self._outputs[digest] = output
        while self._size > self.MAX_CHARACTERS and len(self._outputs) > 1:
            self._size -= len(self._outputs.pop(next(iter(self._outputs))))


@dataclass(frozen=True)
class Build:
    """What a directory is built to."""

    items: tuple[Built, ...]
    """The objects, in the order of their application."""
    reads: Reads
    """What of the tree it depends on."""
    error: InputError | None = None
    """Why there is nothing."""
    applied: dict[Hashable, Any] = field(default_factory=dict)
    """For what comes of it in `slipway.fleet.post_build`, by what that depends on."""

    def __iter__(self) -> Iterator[Built]:
        return iter(self.items)


_SPEC_FIELDS = (
    *("targetNamespace", "namePrefix", "nameSuffix", "patches", "components", "ignoreMissingComponents", "images"),
    *("buildMetadata", "patchesStrategicMerge", "patchesJson6902"),
)
"""What of a Flux Kustomization's spec a build depends on, besides the path."""


def relevant(spec: Mapping[str, Any]) -> str:
    """What of a Flux Kustomization's spec a build depends on, as text: equal for what is built alike."""
    return json.dumps({name: spec[name] for name in _SPEC_FIELDS if name in spec}, sort_keys=True)


@dataclass(frozen=True)
class Builder:
    """Builds directories of trees, each distinct build once."""

    engine: Engine
    cache: BuildCache = field(default_factory=MemoryCache)
    memory: BuildMemory | None = None
    """What earlier runs have built, if anything remembers it."""

    def build(self, tree: Tree, directory: str, spec: Mapping[str, Any]) -> Build:
        """What Flux builds of a directory, before substitution.

        The result is kept with the tree. It is the same object for all who ask alike, and for a tree that follows
        another (`Tree.previous`) the other's, if nothing that the build read has changed.

        Args:
            tree: the source's files.
            directory: `spec.path`, normalised.
            spec: the Flux Kustomization's spec.

        Raises:
            BuildError: the build fails, and would fail on the cluster.
            NotFetched: it needs something from the network.
        """
        key = (_BUILD, "\0".join((directory, relevant(spec), self.engine.version)))
        build = tree.memo.get(key) or _of_previous(tree, key)
        if build is None:
            build = self._recalled(tree, key[1]) or self._built(tree, key[1], directory, spec)
        tree.memo[key] = build
        if build.error:
            raise type(build.error)(build.error.message, file=build.error.file, line=build.error.line)
        return build

    def _recalled(self, tree: Tree, key: str) -> Build | None:
        found = self.memory.recall(key, tree) if self.memory else None
        return Build(*found) if found else None

    def _built(self, tree: Tree, key: str, directory: str, spec: Mapping[str, Any]) -> Build:
        recorder = RecordingTree(tree)
        try:
            build = Build(tuple(self._build(recorder, directory, spec)), recorder.reads)
        except InputError as err:
            return Build((), recorder.reads, error=err)
        if self.memory:
            self.memory.remember(key, tree, build.items, build.reads)
        return build

    def _build(self, tree: Tree, directory: str, spec: Mapping[str, Any]) -> list[Built]:
        plan = plan_build(tree, directory, spec)
        traced: list[Built] | None = None
        # If it is refused, the annotations may be the reason.
        with contextlib.suppress(BuildError):
            traced = list(split(self._output(plan), tree, directory, keep_origin=plan.keep_origin))
        if traced is not None and (plan.keep_origin or not leaves_traces(plan.files)):
            return traced
        try:
            exact = self._output(plan.without_origins())
        except BuildError as err:
            file = kustomization_file(tree, directory) or directory
            raise BuildError(err.message, file=err.file or file, line=err.line) from None
        return list(with_origins_of(traced or [], split(exact, tree, directory, keep_origin=True)))

    def _output(self, plan: Plan) -> str:
        digest = plan.digest(self.engine.version)
        output = self.cache.get(digest)
        if output is None:
            output = self.engine.build(plan.files, plan.directory)
            self.cache.put(digest, output)
        return output


def builds_of(tree: Tree, directory: str, spec: Mapping[str, Any]) -> Iterator[Build]:
    """The builds of a directory so far, as `Builder.build` was asked for them; failed ones too."""
    asked = f"{directory}\0{relevant(spec)}\0"
    return (item for (name, key), item in tree.memo.items() if name == _BUILD and key.startswith(asked))


def _of_previous(tree: Tree, key: tuple[str, str]) -> Build | None:
    """The build of the tree that this one follows, if it would be the same here."""
    if tree.previous is None:
        return None
    build: Build | None = tree.previous.memo.get(key)
    if build is None:
        return None
    if _CHANGES_KEY not in tree.memo:
        tree.memo[_CHANGES_KEY] = changes(tree.previous, tree)
    return build if build.reads.unaffected_by(tree.memo[_CHANGES_KEY]) else None


_BUILD = "build"
_CHANGES_KEY = ("changes", "")


def plan_build(tree: Tree, directory: str, spec: Mapping[str, Any]) -> Plan:
    """The kustomization that Flux would write, and all the files that the build of it reads.

    Raises:
        BuildError, NotFetched: as `Builder.build`.
    """
    if directory == ".." or directory.startswith("../"):
        raise BuildError(f"path {directory} leaves the repository")
    if not tree.is_dir(directory):
        what = "is a file, not a directory, in" if directory in tree else "does not exist in"
        raise BuildError(f"path ./{directory} {what} {tree.name or 'the repository'}")
    found = kustomization_file(tree, directory)
    content = load_root_kustomization(tree, found) if found else _generated(tree, directory)
    merged = _merge(content, spec, tree, directory, generated=not found)
    own_metadata = [text(entry) for entry in sequence(merged.get("buildMetadata"))]
    keep_origin = "originAnnotations" in own_metadata
    merged["buildMetadata"] = own_metadata if keep_origin else [*own_metadata, "originAnnotations"]
    merged.setdefault("sortOptions", {"order": "fifo"})  # Flux leaves the order; kubectl would sort
    file = found or posixpath.join(directory, KUSTOMIZATION_FILES[0])
    return Plan(directory, closure(tree, directory, merged, file), keep_origin)


def _generated(tree: Tree, directory: str) -> dict[str, Any]:
    """The kustomization of a directory that has none."""
    resources = list(_scan(tree, directory))
    return {"resources": resources} if resources else {"namespace": "_placeholder"}


def _scan(tree: Tree, directory: str) -> Iterator[str]:
    """The resources of a directory that has no kustomization, in the order of a file walk."""
    units: dict[str, bool] = {}
    prefix = len(directory) + 1 if directory else 0
    for path in _walk_order(tree.files_below(directory), prefix):
        unit = _unit(tree, path, prefix, units)
        if unit is not None:
            if units[unit]:
                units[unit] = False
                yield f"./{unit[prefix:]}"
        elif path.endswith(YAML_SUFFIXES):
            _check_manifests(tree, path)
            yield f"./{path[prefix:]}"


def _unit(tree: Tree, path: str, prefix: int, units: dict[str, bool]) -> str | None:
    """The topmost directory on the way to a file that has a kustomization; it is a resource as a whole.

    Args:
        tree: the repository.
        path: the file.
        prefix: where its path in the scanned directory begins.
        units: what is known of directories: of one with a kustomization, if it is still to be named.
    """
    at = path.find("/", prefix)
    while at >= 0:
        parent = path[:at]
        if parent not in units and kustomization_file(tree, parent) is not None:
            units[parent] = True
        if parent in units:
            return parent
        at = path.find("/", at + 1)
    return None


def _walk_order(paths: list[str], prefix: int) -> list[str]:
    """Go's filepath.Walk visits each directory's entries in lexical order of their own names."""
    return sorted(paths, key=lambda path: path[prefix:].split("/"))


def _check_manifests(tree: Tree, path: str) -> None:
    """Flux takes every file of YAML for objects."""
    for entry in outline(tree, path):
        missing = [name for name in ("apiVersion", "kind", "name") if not getattr(entry, _ATTRIBUTES[name])]
        if entry.kind.endswith("List") and "name" in missing:
            missing.remove("name")
        if missing:
            raise BuildError(
                f"not a Kubernetes object: it has no {missing[0]}. Flux applies every YAML file of a "
                "directory that has no kustomization.yaml; add one that lists the files to apply",
                file=path,
                line=entry.line,
            )
    try:
        path.encode()
    except UnicodeEncodeError:
        raise BuildError(f"the name of the file {path!a} is not UTF-8") from None


_ATTRIBUTES = {"apiVersion": "api_version", "kind": "kind", "name": "name"}


def _merge(
    content: Mapping[str, Any], spec: Mapping[str, Any], tree: Tree, directory: str, *, generated: bool
) -> dict[str, Any]:
    """The kustomization with the fields of the Flux Kustomization merged in."""
    merged = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", **content}
    if not generated and not sequence(content.get("resources")):
        merged["buildMetadata"] = ["originAnnotations"]
    for theirs, ours in (("targetNamespace", "namespace"), ("namePrefix", "namePrefix"), ("nameSuffix", "nameSuffix")):
        if given := text(spec.get(theirs)):
            merged[ours] = given
    if patches := list(_patches(spec)):
        merged["patches"] = [*sequence(merged.get("patches")), *patches]
    if components := list(_components(spec, tree, directory)):
        merged["components"] = [*sequence(merged.get("components")), *components]
    if images := sequence(spec.get("images")):
        merged["images"] = _merge_images(sequence(content.get("images")), images)
    if metadata := sequence(spec.get("buildMetadata")):
        merged["buildMetadata"] = metadata
    return merged


def _patches(spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for at, entry in enumerate(map(mapping, sequence(spec.get("patches")))):
        patch = text(entry.get("patch"))
        try:
            load_documents(patch.encode())
        except InputError as err:
            place = f"line {err.line}: " if err.line else ""
            raise type(err)(f"spec.patches[{at}]: {place}{err.message}") from None
        target = {name: value for name, value in mapping(entry.get("target")).items() if name in _SELECTOR}
        yield {"patch": patch, "target": target} if target else {"patch": patch}


_SELECTOR = ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")


def _components(spec: Mapping[str, Any], tree: Tree, directory: str) -> Iterator[str]:
    for component in map(text, sequence(spec.get("components"))):
        if is_repository(component) or component.lower().startswith("gh:") or component.startswith("/"):
            raise BuildError(f"component {component!r} must be a relative path in the repository")
        path = posixpath.normpath(posixpath.join(directory, component))
        if spec.get("ignoreMissingComponents") is not True or path in tree or tree.is_dir("" if path == "." else path):
            yield component


def _merge_images(own: list[Any], flux: list[Any]) -> list[dict[str, Any]]:
    """By name; tag and digest select the version together, so setting one clears the other."""
    images = [dict(mapping(image)) for image in own]
    for image in map(mapping, flux):
        known = next((entry for entry in images if entry.get("name") == image.get("name")), None)
        if known is None:
            images.append(dict(image))
            continue
        if image.get("newName"):
            known["newName"] = image["newName"]
        if image.get("newTag") or image.get("digest"):
            for name in ("newTag", "digest"):
                known.pop(name, None)
                if image.get(name):
                    known[name] = image[name]
    return images
