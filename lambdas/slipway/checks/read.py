"""What of a repository the builds of its Kustomizations have read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from slipway.errors import InputError
from slipway.fleet.artifact_copy import ComposedTree
from slipway.fleet.ignore import artifact
from slipway.fleet.kustomization import KUSTOMIZATION_FILES, load_root_kustomization
from slipway.fleet.kustomize import Build, builds_of
from slipway.fleet.model import Fleet
from slipway.fleet.references import Role, references
from slipway.fleet.tree import Tree


@dataclass(frozen=True)
class KustomizationFile:
    """A file of kustomize's that builds read."""

    tree: Tree
    path: str

    @property
    def directory(self) -> str:
        """Where it stands."""
        return posixpath.dirname(self.path)

    @cached_property
    def words(self) -> frozenset[str]:
        """Everything in it that may be a name, comments included: what is named there has not been forgotten."""
        words = _WORD.findall(self.tree.read(self.path).decode(errors="replace"))
        stems = (word.removesuffix(suffix) for word in words for suffix in (".yaml", ".yml"))
        return frozenset((*words, *stems))

    @cached_property
    def resources(self) -> tuple[str, ...]:
        """What it lists, as paths."""
        try:
            content: Mapping[str, Any] = load_root_kustomization(self.tree, self.path)
        except InputError:
            return ()
        listed = (found.value for found in references(content) if found.role is Role.RESOURCE)
        return tuple(
            posixpath.normpath(posixpath.join(self.directory, value)) for value in listed if "://" not in value
        )


_WORD = re.compile(r"[\w.-]+")


class Read:
    """What the builds of a fleet have read of the repository."""

    def __init__(self, fleet: Fleet, root: Tree) -> None:
        self._builds: dict[int, tuple[Tree, Build]] = {}
        self._failed: set[str] = set()
        self._own: dict[str | None, Tree] = {}
        for cluster in fleet.clusters.values():
            for done in cluster.kustomizations:
                if done.failed:  # it may read what it did not come to
                    self._failed.add(done.kustomization.path)
                if (tree := done.tree) is None:
                    continue
                for build in builds_of(tree, done.kustomization.path, done.kustomization.spec):
                    self._builds[id(build)] = (tree, build)
                if tree.name == root.name and not isinstance(tree, ComposedTree):
                    # One that went on from an earlier rendering has its tree, which may have other files by now.
                    ignore = done.source.ignore if done.source else None
                    self._own.setdefault(ignore, artifact(root, ignore))
        self._root = root
        built = frozenset(self._built())
        self.built_directories = frozenset(above for path in built for above in _above(path))
        """Those that a file was certainly read below."""
        self.files: frozenset[str] = built.union(*map(root.files_below, self._failed))
        """Paths. What another ref of the repository has under the same path counts, too."""
        self.directories = frozenset(above for path in self.files for above in _above(path))
        """Those that a file was read below, or may be where a build fails."""

    def kustomizations(self) -> Iterator[KustomizationFile]:
        """The repository's own files of kustomize's that were read, in order."""
        for path in sorted(self.files):
            if posixpath.basename(path) in KUSTOMIZATION_FILES:
                tree = next((tree for tree in self._own.values() if path in tree), None)
                if tree is not None:
                    yield KustomizationFile(tree, path)

    def _built(self) -> Iterator[str]:
        for tree, build in self._builds.values():
            for path in build.reads.paths:
                if path in tree:
                    yield tree.authored(tree.at(path, 1)).path if isinstance(tree, ComposedTree) else path


def _above(path: str) -> Iterator[str]:
    while path:
        path = posixpath.dirname(path)
        yield path
