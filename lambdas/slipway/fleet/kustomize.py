"""One Kustomization's build, as kustomize-controller does it.

The controller writes a `kustomization.yaml` into the source (its own where there is none, else the one that it finds,
with the Flux Kustomization's fields merged in) and runs kustomize on it. This module makes that file, collects exactly
the files that the build reads, and hands both to an engine. Source of the rules: fluxcd/pkg,
`kustomize/kustomize_generator.go`.

Everything comes from pull requests, so nothing reaches the engine that could make it leave the tree: references are
resolved here first, and one that is missing, remote or outside of the repository ends the build with an error.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from slipway.fleet.closure import KUSTOMIZATION_FILES, Closure, kustomization_file, load_kustomization
from slipway.fleet.errors import BuildError
from slipway.fleet.manifests import YAML_SUFFIXES, dump, load_documents
from slipway.fleet.objects import mapping, sequence, text
from slipway.fleet.origins import Built, split
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
    keep_origin: bool
    """True if the objects keep the origin annotation: the repository asks for it, or Flux adds it."""

    def digest(self, engine: str) -> str:
        """A name for the output: equal for equal inputs, whatever repository they are in."""
        hashed = hashlib.sha256(f"{engine}\n{self.directory}\n".encode())
        for path in sorted(self.files):
            hashed.update(f"{path}\n".encode())
            hashed.update(hashlib.sha256(self.files[path]).digest())
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
    """Keeps outputs for as long as the process lives."""

    def __init__(self) -> None:
        self._outputs: dict[str, str] = {}

    def get(self, digest: str) -> str | None:
        """See `BuildCache`."""
        return self._outputs.get(digest)

    def put(self, digest: str, output: str) -> None:
        """See `BuildCache`."""
        self._outputs[digest] = output


@dataclass(frozen=True)
class Builder:
    """Builds directories of trees, each distinct build once."""

    engine: Engine
    cache: BuildCache = field(default_factory=MemoryCache)

    def build(self, tree: Tree, directory: str, spec: Mapping[str, Any]) -> list[Built]:
        """What Flux builds of a directory, before substitution.

        Args:
            tree: the source's files.
            directory: `spec.path`, normalised.
            spec: the Flux Kustomization's spec.

        Raises:
            BuildError: the build fails, and would fail on the cluster.
            NotFetched: it needs something from the network.
        """
        plan = plan_build(tree, directory, spec)
        digest = plan.digest(self.engine.version)
        output = self.cache.get(digest)
        if output is None:
            try:
                output = self.engine.build(plan.files, plan.directory)
            except BuildError as err:
                file = kustomization_file(tree, directory) or directory
                raise BuildError(err.message, file=err.file or file, line=err.line) from None
            self.cache.put(digest, output)
        return list(split(output, tree, plan.directory, keep_origin=plan.keep_origin))


def plan_build(tree: Tree, directory: str, spec: Mapping[str, Any]) -> Plan:
    """The kustomization that Flux would write, and all the files that the build of it reads."""
    if directory.startswith(".."):
        raise BuildError(f"path {directory} leaves the repository")
    if not tree.is_dir(directory):
        raise BuildError(f"path ./{directory} does not exist in {tree.name or 'the repository'}", file=directory)
    found = kustomization_file(tree, directory)
    if found:
        content = load_kustomization(tree, found)
    else:
        content = {"resources": list(_scan(tree, directory))}
        if not content["resources"]:
            content = {"namespace": "_placeholder"}
    merged = _merge(content, spec, tree, directory, generated=not found)
    own_metadata = [str(entry) for entry in sequence(merged.get("buildMetadata"))]
    keep_origin = "originAnnotations" in own_metadata
    merged["buildMetadata"] = own_metadata if keep_origin else [*own_metadata, "originAnnotations"]
    file = found or posixpath.join(directory, KUSTOMIZATION_FILES[0])
    closure = Closure(tree)
    closure.follow(directory, merged, file, depth=0)
    files = {path: tree.read(path) for path in closure.paths if path != file}
    files[file] = dump(merged).encode()
    return Plan(directory, files, keep_origin)


def _scan(tree: Tree, directory: str) -> Iterator[str]:
    """The resources of a directory that has no kustomization, in the order of a file walk."""
    skipped: set[str] = set()
    for path in _walk_order(tree.files_below(directory), directory):
        relative = posixpath.relpath(path, directory or ".")
        parents = relative.split("/")[:-1]
        below = next(
            (
                sub
                for depth in range(1, len(parents) + 1)
                if kustomization_file(tree, posixpath.join(directory, sub := "/".join(parents[:depth])))
            ),
            None,
        )
        if below is not None:
            if below not in skipped:
                skipped.add(below)
                yield f"./{below}"
            continue
        if path.endswith(YAML_SUFFIXES):
            for document in load_documents(tree.read(path), path):
                _check_manifest(document.value, path, document.line)
            yield f"./{relative}"


def _walk_order(paths: list[str], directory: str) -> list[str]:
    """Go's filepath.Walk visits each directory's entries in lexical order of their own names."""
    prefix = len(directory) + 1 if directory else 0
    return sorted(paths, key=lambda path: path[prefix:].split("/"))


def _check_manifest(value: Any, path: str, line: int) -> None:
    if not isinstance(value, Mapping) or not text(value.get("kind")) or not text(value.get("apiVersion")):
        raise BuildError(
            "not a Kubernetes object: apiVersion or kind is missing. Flux applies every YAML file of a "
            "directory that has no kustomization.yaml; add one that lists the files to apply",
            file=path,
            line=line,
        )


def _merge(
    content: Mapping[str, Any], spec: Mapping[str, Any], tree: Tree, directory: str, *, generated: bool
) -> dict[str, Any]:
    """The kustomization with the fields of the Flux Kustomization merged in."""
    merged = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", **content}
    if not generated and not sequence(content.get("resources")):
        merged["buildMetadata"] = ["originAnnotations"]
    for theirs, ours in (("targetNamespace", "namespace"), ("namePrefix", "namePrefix"), ("nameSuffix", "nameSuffix")):
        if theirs in spec:
            merged[ours] = spec[theirs]
    patches = [
        {name: entry[name] for name in ("patch", "target") if name in entry}
        for entry in map(mapping, sequence(spec.get("patches")))
    ]
    if patches:
        merged["patches"] = [*sequence(merged.get("patches")), *patches]
    components = [text(entry) for entry in sequence(spec.get("components"))]
    for component in components:
        if "://" in component or component.startswith("/"):
            raise BuildError(f"component {component!r} must be a relative path in the repository")
        present = tree.is_dir(posixpath.normpath(posixpath.join(directory, component)))
        if present or spec.get("ignoreMissingComponents") is not True:
            merged["components"] = [*sequence(merged.get("components")), component]
    if spec.get("images"):
        merged["images"] = _merge_images(sequence(content.get("images")), sequence(spec.get("images")))
    if sequence(spec.get("buildMetadata")):
        merged["buildMetadata"] = spec["buildMetadata"]
    return merged


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
