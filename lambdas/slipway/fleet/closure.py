"""The files that a kustomize build reads.

Followed before the build runs, for two reasons: the set is the build's cache key, and nothing that a pull request
writes may make kustomize read outside of the repository or reach for the network. So every reference is resolved here,
by the rules of kustomize's loader (kustomize api/internal/target, v5), and one that leaves the tree ends the build.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.errors import LimitError
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.manifests import YAML_SUFFIXES, line_of, load_document, load_documents
from slipway.fleet.objects import mapping, sequence, text
from slipway.fleet.outline import outline
from slipway.fleet.tree import Tree

KUSTOMIZATION_FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""Names that kustomize looks for, in its order."""
MAX_FILES = 10_000
"""Files that one build may read."""
MAX_DEPTH = 50
"""How deep kustomizations may refer to each other."""


def kustomization_file(tree: Tree, directory: str) -> str | None:
    """The kustomization of a directory."""
    for name in KUSTOMIZATION_FILES:
        if (path := posixpath.join(directory, name)) in tree:
            return path
    return None


def load_kustomization(tree: Tree, file: str) -> Mapping[str, Any]:
    """A kustomization file's content, refused as kustomize refuses unknown fields."""
    content = mapping(load_document(tree.read(file), file))
    if unknown := sorted(set(content) - _KNOWN_FIELDS):
        line = line_of(tree.read(file), 0, (unknown[0],))
        raise BuildError(f"kustomize knows no field {unknown[0]!r}", file=file, line=line)
    return content


_KNOWN_FIELDS = frozenset(
    """apiVersion kind metadata openapi namePrefix nameSuffix namespace commonLabels labels commonAnnotations
    patchesStrategicMerge patchesJson6902 patches images imageTags replacements replicas vars sortOptions resources
    components crds bases configMapGenerator secretGenerator helmGlobals helmCharts helmChartInflationGenerator
    generatorOptions configurations generators transformers validators buildMetadata""".split()  # noqa: SIM905
)
"""Fields of kustomize's Kustomization (kustomize api/types/kustomization.go, v5)."""


class Closure:
    """The files that a build reads, found by following every reference of every kustomization that it reaches."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.paths: set[str] = set()
        self._followed: set[str] = set()

    def follow(self, directory: str, content: Mapping[str, Any], file: str, *, depth: int) -> None:
        """Add what a kustomization refers to."""
        if depth > MAX_DEPTH:
            raise LimitError(f"kustomizations refer to each other deeper than {MAX_DEPTH} (MAX_DEPTH)", file=file)
        self._followed.add(directory)
        self._add(file)
        for reference in _references(content):
            if reference.inline_paths is not None:
                for leaf in reference.inline_paths:
                    self._guard_leaf(directory, leaf, file, reference)
                continue
            path = self._resolve(directory, reference.path, file, reference)
            if path in self.tree:
                self._add(path)
                if reference.plugin:
                    self._guard_plugin(directory, path)
            elif self.tree.is_dir(path) and reference.may_be_directory:
                self._enter(path, file, reference, depth)
            else:
                raise self._missing(path, file, reference)

    def _enter(self, directory: str, file: str, reference: _Reference, depth: int) -> None:
        if directory in self._followed:
            return
        found = kustomization_file(self.tree, directory)
        if found is None:
            raise self._error(file, reference, f"directory {directory} has no kustomization.yaml")
        self.follow(directory, load_kustomization(self.tree, found), found, depth=depth + 1)

    def _resolve(self, directory: str, path: str, file: str, reference: _Reference) -> str:
        joined = posixpath.normpath(posixpath.join(directory, path))
        joined = "" if joined == "." else joined
        if not _is_remote(path) or joined in self.tree or self.tree.is_dir(joined):
            if path.startswith("/") or joined == ".." or joined.startswith("../"):
                raise self._error(file, reference, f"{path} is outside of the repository")
            return joined
        line = self._line(file, reference)
        raise NotFetched(f"remote base {path} is not fetched", file=file, line=line)

    def _guard_leaf(self, directory: str, leaf: str, file: str, reference: _Reference) -> None:
        """A string of a plugin's own configuration may be a path: keep it inside, add what it names."""
        path = leaf.rpartition("=")[2].strip()
        if "\n" in path or len(path) > 1000 or not path:
            return
        joined = posixpath.normpath(posixpath.join(directory, path))
        if _is_remote(path) or path.startswith("/") or joined == ".." or joined.startswith("../"):
            raise self._error(file, reference, f"{path} in a plugin's configuration is outside of the repository")
        if joined in self.tree:
            self._add(joined)

    def _guard_plugin(self, directory: str, path: str) -> None:
        for document in load_documents(self.tree.read(path), path):
            reference = _Reference(path, "plugin configuration", ())
            for leaf in _leaves(document.value):
                self._guard_leaf(directory, leaf, path, reference)

    def _missing(self, path: str, file: str, reference: _Reference) -> BuildError:
        dropped = next((entry for entry in self.tree.dropped if entry.path == path), None)
        return self._error(file, reference, f"{path} does not exist" + (f" ({dropped.why})" if dropped else ""))

    def _error(self, file: str, reference: _Reference, problem: str) -> BuildError:
        line = self._line(file, reference)
        return BuildError(f"{reference.field}: {problem}", file=file, line=line)

    def _add(self, path: str) -> None:
        self.paths.add(path)
        if path.endswith(YAML_SUFFIXES) and path in self.tree:
            outline(self.tree, path)  # refused here, with its line, before kustomize sees an alias bomb
        if len(self.paths) > MAX_FILES:
            raise LimitError(f"one build reads more than {MAX_FILES:,} files (MAX_FILES)", file=path)

    def _line(self, file: str, reference: _Reference) -> int:
        return line_of(self.tree.read(file), 0, reference.at) if file in self.tree else 1


@dataclass(frozen=True)
class _Reference:
    """A path in a kustomization."""

    path: str
    field: str
    at: tuple[str | int, ...]
    may_be_directory: bool = False
    plugin: bool = False
    """The file configures a generator or transformer, which may name files itself."""
    inline_paths: tuple[str, ...] | None = None
    """Set for configuration written inline: its strings."""


def _references(content: Mapping[str, Any]) -> Iterator[_Reference]:
    for name in ("resources", "bases", "components"):
        for at, entry in enumerate(sequence(content.get(name))):
            yield _Reference(text(entry), name, (name, at), may_be_directory=True)
    for name in ("crds", "configurations"):
        for at, entry in enumerate(sequence(content.get(name))):
            yield _Reference(text(entry), name, (name, at))
    for name in ("generators", "transformers", "validators"):
        for at, entry in enumerate(sequence(content.get(name))):
            if "\n" in text(entry):
                leaves = tuple(
                    leaf for doc in load_documents(text(entry).encode(), name) for leaf in _leaves(doc.value)
                )
                yield _Reference("", name, (name, at), inline_paths=leaves)
            else:
                yield _Reference(text(entry), name, (name, at), may_be_directory=True, plugin=True)
    if path := text(mapping(content.get("openapi")).get("path")):
        yield _Reference(path, "openapi", ("openapi", "path"))
    for name in ("patches", "patchesJson6902", "replacements"):
        for at, entry in enumerate(sequence(content.get(name))):
            if path := text(mapping(entry).get("path")):
                yield _Reference(path, name, (name, at, "path"))
    for at, entry in enumerate(sequence(content.get("patchesStrategicMerge"))):
        if "\n" not in text(entry) and ":" not in text(entry):
            yield _Reference(text(entry), "patchesStrategicMerge", ("patchesStrategicMerge", at))
    for name in ("configMapGenerator", "secretGenerator"):
        for at, generator in enumerate(map(mapping, sequence(content.get(name)))):
            for list_name in ("files", "envs"):
                for index, entry in enumerate(sequence(generator.get(list_name))):
                    path = text(entry).partition("=")[2] if list_name == "files" and "=" in text(entry) else text(entry)
                    yield _Reference(path, f"{name} {list_name}", (name, at, list_name, index))
            if path := text(generator.get("env")):
                yield _Reference(path, f"{name} env", (name, at, "env"))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, str):
        yield value


_REMOTE = re.compile(
    r"^[a-z0-9+.-]+://|^git@|^git::|^(?:github\.com|gitlab\.com|bitbucket\.org)[/:]|\?(?:ref|version|submodules|timeout)=|//"
)


def _is_remote(path: str) -> bool:
    """True if kustomize would take a path that does not exist locally for a URL."""
    return bool(_REMOTE.search(path))
