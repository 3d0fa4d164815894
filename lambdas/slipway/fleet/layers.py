"""The kustomizations that a build goes through, in the order in which kustomize lets them act."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.fleet.closure import MAX_DEPTH
from slipway.fleet.kustomization import (
    KUSTOMIZATION_FILES,
    kustomization_file,
    load_kustomization,
    load_root_kustomization,
)
from slipway.fleet.manifests import load_document
from slipway.fleet.objects import mapping, sequence, text
from slipway.fleet.tree import Tree


@dataclass(frozen=True)
class Layer:
    """One step of a build: what one kustomization generates, or how it transforms what is there then."""

    directory: str
    file: str
    """Path of the kustomization; `""` if Flux makes it."""
    content: Mapping[str, Any]
    """Its fields by their own names."""
    generates: bool
    is_root: bool
    """True for the one that the Flux Kustomization's fields are merged into."""


def layers(tree: Tree, directory: str, spec: Mapping[str, Any], planned: Mapping[str, bytes]) -> tuple[Layer, ...]:
    """The steps of a build, the first one first.

    A kustomization's resources come first, then what it generates, its components, and its own transformers
    (kustomize api/internal/target/kusttarget.go).

    Args:
        tree: the source's files.
        directory: what is built.
        spec: of the Flux Kustomization.
        planned: the files of the build (`slipway.fleet.kustomize.plan_build`).
    """
    file = kustomization_file(tree, directory)
    if file:
        content = load_root_kustomization(tree, file)
    else:
        content = mapping(load_document(planned[posixpath.join(directory, KUSTOMIZATION_FILES[0])]))
        content = {"resources": content.get("resources")}
    components = [*sequence(content.get("components")), *sequence(spec.get("components"))]
    walk = _Walk(tree)
    return tuple(walk.through(directory, file or "", {**content, "components": components}, is_root=True))


class _Walk:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._seen: set[str] = set()

    def through(
        self, directory: str, file: str, content: Mapping[str, Any], depth: int = 0, *, is_root: bool = False
    ) -> Iterator[Layer]:
        below = [*sequence(content.get("resources")), *sequence(content.get("bases"))]
        yield from self._enter(directory, below, depth)
        yield Layer(directory, file, content, generates=True, is_root=is_root)
        yield from self._enter(directory, sequence(content.get("components")), depth)
        yield Layer(directory, file, content, generates=False, is_root=is_root)

    def _enter(self, directory: str, references: list[Any], depth: int) -> Iterator[Layer]:
        for reference in references:
            path = posixpath.normpath(posixpath.join(directory, text(reference)))
            path = "" if path == "." else path
            # What is built upon twice is twice in the output, too, or is refused; it is written once.
            if path in self._tree or path in self._seen or not self._tree.is_dir(path) or depth > MAX_DEPTH:
                continue
            self._seen.add(path)
            if file := kustomization_file(self._tree, path):
                yield from self.through(path, file, load_kustomization(self._tree, file), depth + 1)
