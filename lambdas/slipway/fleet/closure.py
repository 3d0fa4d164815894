"""The files that a kustomize build reads, as kustomize shall see them.

They are collected before the build runs, for two reasons: the set is the build's cache key, and nothing that a pull
request writes may make kustomize read outside of the repository, reach for the network, or grow without bounds. So
every reference is resolved here by the rules of kustomize's loader (kustomize api/internal/target and
api/internal/loader, v5), and one that leaves the tree ends the build.

What kustomize reads from are our own words: each kustomization, and each configuration of a generator or transformer,
is written anew from what was understood here. So there is no second reading of it that could mean something else.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.errors import InputError, LimitError
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.kustomization import kustomization_file, load_kustomization, written_kustomization
from slipway.fleet.manifests import Document, dump, line_of, load_documents
from slipway.fleet.objects import mapping, sequence, text
from slipway.fleet.outline import outline
from slipway.fleet.references import Reference, Role, references, references_of_plugin
from slipway.fleet.remote import is_repository, is_url
from slipway.fleet.tree import Tree

MAX_READS = 20_000
"""How often one build may read files; a directory that two others refer to is read twice, with all below it."""
MAX_BYTES = 64 * 1024 * 1024
"""Bytes that one build may read, counted likewise."""
MAX_DEPTH = 50
"""How deep kustomizations may refer to each other."""


def closure(tree: Tree, directory: str, content: Mapping[str, Any], file: str) -> dict[str, bytes]:
    """What kustomize has to find for a build, by path.

    Args:
        tree: the repository.
        directory: what is built.
        content: the fields of its kustomization (`slipway.fleet.kustomization`).
        file: path of its kustomization, which need not exist.

    Raises:
        BuildError: a reference leads nowhere or out of the repository, or needs what Flux turns off.
        NotFetched: a reference leads to the network, or to what is not followed.
        LimitError: the build reads more than this module's limits allow.
        InputError: a file that is read as YAML is none.
    """
    collector = _Collector(tree)
    collector.enter(_Place(directory, file, content, dump(dict(content)).encode(), 0))
    return collector.files()


@dataclass(frozen=True)
class _Place:
    """A kustomization that is being followed."""

    directory: str
    file: str
    content: Mapping[str, Any]
    data: bytes
    """The content, as kustomize shall see it."""
    depth: int


@dataclass
class _Cost:
    """What kustomize reads for something, as often as it reads it."""

    reads: int = 0
    size: int = 0

    def add(self, other: _Cost, place: _Place) -> None:
        self.reads += other.reads
        self.size += other.size
        if self.reads > MAX_READS:
            limit = f"the build reads files more than {MAX_READS:,} times (MAX_READS)"
            raise LimitError(limit, file=place.file)
        if self.size > MAX_BYTES:
            limit = f"the build reads over {MAX_BYTES:,} bytes (MAX_BYTES)"
            raise LimitError(limit, file=place.file)


class _Collector:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._ours: dict[str, bytes] = {}
        self._theirs: set[str] = set()
        self._data: set[str] = set()
        self._costs: dict[str, _Cost] = {}
        self._plugin_costs: dict[tuple[str, str], _Cost] = {}

    def files(self) -> dict[str, bytes]:
        """What was collected."""
        if both := sorted(self._data & set(self._ours)):
            raise NotFetched(f"{both[0]} is taken for data and for a kustomization", file=both[0])
        return {path: self._tree.read(path) for path in self._theirs | self._data} | self._ours

    def enter(self, place: _Place) -> _Cost:
        """Follow a kustomization."""
        # A directory that leads back to itself costs nothing the second time: kustomize refuses the cycle.
        self._costs[place.directory] = _Cost()
        cost = self._write(place)
        for reference in references(place.content):
            cost.add(self._follow(reference, place), place)
        self._costs[place.directory] = cost
        return cost

    def _write(self, place: _Place) -> _Cost:
        if place.depth > MAX_DEPTH:
            limit = f"kustomizations refer to each other deeper than {MAX_DEPTH} (MAX_DEPTH)"
            raise LimitError(limit, file=place.file)
        self._ours[place.file] = self._effective(place)
        return _Cost(1, len(place.data))

    def _effective(self, place: _Place) -> bytes:
        """The kustomization without patches that hold nothing: Flux's kustomize passes over them, older ones do not."""
        patches = sequence(place.content.get("patches"))
        kept = [patch for patch in patches if not self._is_empty(mapping(patch), place)]
        return place.data if len(kept) == len(patches) else dump({**place.content, "patches": kept}).encode()

    def _is_empty(self, patch: Mapping[str, Any], place: _Place) -> bool:
        inline = text(patch.get("patch"))
        file = posixpath.normpath(posixpath.join(place.directory, text(patch.get("path"))))
        if inline:
            return "path" not in patch and _NOTHING.fullmatch(inline.encode()) is not None
        return file in self._tree and _NOTHING.fullmatch(self._tree.read(file)) is not None

    def _follow(self, reference: Reference, place: _Place) -> _Cost:
        if reference.role is Role.HELM:
            raise _error(self._tree, reference, place, "Flux builds without Helm; write a HelmRelease")
        if reference.role is Role.INLINE:
            self._documents(reference, place)
            return _Cost()
        if reference.role is Role.PATCH and _is_inline(reference.value):
            self._resolve(reference, place)  # should kustomize take it for a path after all, it leads nowhere
            self._documents(reference, place)
            return _Cost()
        if reference.role is Role.PLUGIN:
            return self._plugin(reference, place, place)
        path = self._resolve(reference, place)
        if path in self._tree and reference.role is not Role.COMPONENT:
            return self._read(path, is_yaml=reference.role is not Role.DATA)
        if reference.role not in (Role.RESOURCE, Role.COMPONENT):
            raise self._missing(path, reference, place)
        return self._costs.get(path) or self.enter(self._inner(path, reference, place))

    def _plugin(self, reference: Reference, place: _Place, base: _Place) -> _Cost:
        """Follow a reference to configurations of plugins, whose own references are relative to `base`.

        In directories they are followed only where nothing can change them on the way.
        """
        path = self._resolve(reference, place)
        if _is_inline(reference.value):
            return self._configurations(self._documents(reference, place), base)
        known = (base.directory, path)
        if known not in self._plugin_costs:
            follow = self._plugin_file if path in self._tree else self._plugin_directory
            self._plugin_costs[known] = follow(path, reference, place, base)
        return self._plugin_costs[known]

    def _plugin_file(self, path: str, _reference: Reference, _place: _Place, base: _Place) -> _Cost:
        cost = self._read(path, is_yaml=True)
        documents = load_documents(self._tree.read(path), path)
        self._ours[path] = "---\n".join(dump(document.value) for document in documents).encode()
        cost.add(self._configurations(documents, base), base)
        return cost

    def _plugin_directory(self, path: str, reference: Reference, place: _Place, base: _Place) -> _Cost:
        inner = self._inner(path, reference, place)
        if odd := sorted(set(inner.content) - {"apiVersion", "kind", "metadata", "resources", "bases"}):
            problem = f"{odd[0]} in a kustomization of generators or transformers is not followed"
            raise NotFetched(problem, file=inner.file, line=1)
        cost = self._write(inner)
        for entry in references(inner.content):
            cost.add(self._plugin(entry, inner, base), inner)
        return cost

    def _configurations(self, documents: Iterable[Document], base: _Place) -> _Cost:
        cost = _Cost()
        for document in documents:
            for reference in references_of_plugin(document.value):
                found = Reference(reference.value, f"{reference.field} of a plugin", (), reference.role)
                if reference.role not in (Role.YAML, Role.DATA) or self._resolve(found, base) in self._tree:
                    cost.add(self._follow(found, base), base)
        return cost

    def _inner(self, path: str, reference: Reference, place: _Place) -> _Place:
        if not self._tree.is_dir(path):
            raise self._missing(path, reference, place)
        found = kustomization_file(self._tree, path)
        if found is None:
            raise _error(self._tree, reference, place, f"directory {path or '.'} has no kustomization.yaml")
        content = load_kustomization(self._tree, found)
        return _Place(path, found, content, written_kustomization(self._tree, found), place.depth + 1)

    def _read(self, path: str, *, is_yaml: bool) -> _Cost:
        if is_yaml:
            outline(self._tree, path)  # refused here, with its line, before kustomize meets an alias bomb
        (self._theirs if is_yaml else self._data).add(path)
        return _Cost(1, len(self._tree.read(path)))

    def _resolve(self, reference: Reference, place: _Place) -> str:
        """The path that a reference leads to, whether there is something or not."""
        value = reference.value
        joined = posixpath.normpath(posixpath.join(place.directory, value))
        if is_url(value) or (is_repository(value) and joined not in self._tree):
            raise _not_fetched(self._tree, reference, place)
        if value.startswith("/") or joined == ".." or joined.startswith("../"):
            raise _error(self._tree, reference, place, f"{_short(value)} is outside of the repository")
        return "" if joined == "." else joined

    def _documents(self, reference: Reference, place: _Place) -> list[Document]:
        """YAML that is written inside of the kustomization."""
        try:
            return load_documents(reference.value.encode())
        except InputError as err:
            found = _error(self._tree, reference, place, err.message)
            line = found.line + err.line if _starts_block(self._tree, found) else found.line
            raise type(err)(found.message, file=found.file, line=line) from None

    def _missing(self, path: str, reference: Reference, place: _Place) -> BuildError:
        dropped = next((entry for entry in self._tree.dropped if entry.path == path), None)
        why = f" ({dropped.why})" if dropped else ""
        if path in self._tree.ignored:
            name = posixpath.basename(path)
            why = f" for Flux: its source leaves out such files; a line !{name} in .sourceignore brings it back"
        return _error(self._tree, reference, place, f"{_short(path)} does not exist{why}")


_NOTHING = re.compile(rb"(?:\s|#.*+|---|\.\.\.|null|Null|NULL|~|\{\}|\[\])*+")
"""Documents with nothing in them."""


def _is_inline(value: str) -> bool:
    return "\n" in value or ": " in value or value.lstrip().startswith("{")


def _short(value: str) -> str:
    line = value.splitlines()[0] if value else "an empty path"
    return line if line == value and len(line) <= 200 else f"{line[:200]}…"


def _error(tree: Tree, reference: Reference, place: _Place, problem: str) -> BuildError:
    file, line = _where(tree, reference, place)
    return BuildError(f"{reference.field}: {problem}", file=file, line=line)


def _not_fetched(tree: Tree, reference: Reference, place: _Place) -> NotFetched:
    file, line = _where(tree, reference, place)
    return NotFetched(f"remote base {_short(reference.value)} is not fetched", file=file, line=line)


def _where(tree: Tree, reference: Reference, place: _Place) -> tuple[str, int]:
    """The reference's line; nothing if the kustomization is one that Flux makes."""
    if place.file not in tree:
        return "", 0
    return place.file, line_of(tree.read(place.file), 0, reference.at)


def _starts_block(tree: Tree, found: InputError) -> bool:
    """True if text begins on the line after that of its key."""
    if found.file not in tree:
        return False
    line = tree.read(found.file).split(b"\n")[found.line - 1]
    return re.search(rb"[|>][-+0-9]*\s*$", line) is not None
