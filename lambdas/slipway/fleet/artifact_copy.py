"""Copying files into an artifact, as an ArtifactGenerator's `copy` says.

Source of the rules: fluxcd/source-watcher, `internal/builder/builder.go`. It is like `cp -r`, with two surprises: where
files are chosen, `**` is Go's and so the same as `*`, but directories that it matches are copied whole; where files are
excluded, `**` is doublestar's and goes down.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slipway.errors import LimitError
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.globs import MalformedPattern, name_matcher, path_matcher
from slipway.fleet.manifests import dump, load_documents
from slipway.fleet.objects import Location
from slipway.fleet.tree import Tree

MAX_COPIES = 100_000
"""Files that are copied for one artifact, counted as often as they are."""


@dataclass(frozen=True)
class Copy:
    """One entry of `spec.artifacts[].copy`."""

    source: str
    to: str
    exclude: tuple[str, ...]
    strategy: str


class ComposedTree(Tree):
    """The files of an artifact, which others have authored."""

    def __init__(self, files: Mapping[str, bytes], stage: Stage, name: str) -> None:
        super().__init__(files, name=name)
        self._authored = stage.authored
        self._merged = stage.merged

    def authored(self, where: Location) -> Location:
        """The place in the source that a place in this tree was copied from; of files that were merged, the last."""
        file = self._authored.get(where.path)
        if file is None:
            return where
        return file if where.path in self._merged else replace(file, line=where.line)


class Stage:
    """An artifact that is being put together."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.authored: dict[str, Location] = {}
        self.merged: set[str] = set()
        """Files that are made of several, and so have other lines than any of them."""
        self._directories: set[str] = set()
        self._copies = 0

    def is_dir(self, path: str) -> bool:
        """True if a directory is there already."""
        return path == "" or path in self._directories

    def put(self, path: str, content: bytes, authored: Location, *, merged: bool = False) -> None:
        """Write a file.

        Args:
            path: where in the artifact.
            content: what.
            authored: the file that it comes from.
            merged: whether it has something of others too.
        """
        self._copies += 1
        if self._copies > MAX_COPIES:
            raise LimitError(f"over {MAX_COPIES:,} files are copied for one artifact (MAX_COPIES)")
        above = path
        while above := above.rpartition("/")[0]:
            if above in self.files:
                raise BuildError(f"{above} is a file and a directory")
            self._directories.add(above)
        if self.is_dir(path):
            raise BuildError(f"{path} is a file and a directory")
        self.files[path] = content
        self.authored[path] = authored
        (self.merged.add if merged else self.merged.discard)(path)


def split_source(source: str) -> tuple[str, str]:
    """The alias and the path of `@alias/path`."""
    alias, separator, path = source.partition("/")
    if not alias.startswith("@") or not separator:
        raise BuildError(f"{source!r} is not written as @alias/path")
    return alias[1:], path


def apply(copy: Copy, trees: Mapping[str, Tree], stage: Stage) -> None:
    """Copy files from the trees, which are by alias, into an artifact.

    Raises:
        BuildError: source-watcher would fail.
        NotFetched: it is not followed what source-watcher would do.
        InputError: YAML that is to be merged is not valid.
        LimitError: it is beyond this module's limit.
    """
    alias, pattern = split_source(copy.source)
    if not copy.to.startswith("@artifact/"):
        raise BuildError("its destination is not written as @artifact/path")
    if alias not in trees:
        raise BuildError(f"there is no source with the alias {alias}")
    if copy.strategy == "Extract":
        raise NotFetched(f"{copy.source} is extracted from an archive, which is not followed")
    to = _inside(copy.to.removeprefix("@artifact/"))
    tree = trees[alias]
    excluded = _excluder(copy.exclude)
    if not _is_glob(pattern):
        _copy_one(copy, tree, _inside(pattern), to, stage, excluded)
        return
    base = _literal_prefix(pattern)
    found = [match for match in _glob(tree, pattern) if not excluded(match, base)]
    if not found:
        raise BuildError("nothing matches, or all of it is excluded")
    prefix = pattern.removesuffix("/**") + "/" if pattern.endswith("/**") else ""
    for match in found:
        target = posixpath.join(to, match.removeprefix(prefix))
        _copy_entry(copy, tree, match, target, stage, lambda path: excluded(path, base))


def _copy_one(copy: Copy, tree: Tree, path: str, to: str, stage: Stage, excluded: Callable[[str, str], bool]) -> None:
    """Copy a file or directory that is named."""
    if path in tree:
        if not excluded(path, ""):
            into = copy.to.endswith("/") or stage.is_dir(to)
            target = posixpath.join(to, posixpath.basename(path)) if into else to
            _copy_entry(copy, tree, path, target, stage, lambda one: excluded(one, ""))
    elif tree.is_dir(path):
        target = posixpath.join(to, posixpath.basename(path))
        _copy_entry(copy, tree, path, target.rstrip("/"), stage, lambda one: excluded(one, path))
    else:
        raise BuildError(f"{path or 'its source'} does not exist there")


def _copy_entry(copy: Copy, tree: Tree, path: str, to: str, stage: Stage, excluded: Callable[[str], bool]) -> None:
    if path in tree:
        content = tree.read(path)
        merged = copy.strategy == "Merge" and to in stage.files
        if merged:
            content = _merged(stage.files[to], content)
        stage.put(to, content, _author(tree, path), merged=merged)
        return
    left_out: dict[str, bool] = {path: False}

    def is_left_out(one: str) -> bool:
        if one not in left_out:
            left_out[one] = is_left_out(one.rpartition("/")[0]) or excluded(one)
        return left_out[one]

    skip = len(path) + 1 if path else 0
    for file in tree.files_below(path):
        if not is_left_out(file):
            stage.put(posixpath.join(to, file[skip:]), tree.read(file), _author(tree, file))


def _author(tree: Tree, path: str) -> Location:
    where = tree.at(path, 0)
    return tree.authored(where) if isinstance(tree, ComposedTree) else where


def _merged(below: bytes, above: bytes) -> bytes:
    """YAML with what another has over it; all of their documents make one."""
    value: dict[str, Any] = {}
    for content in (below, above):
        whole: dict[str, Any] = {}
        for document in load_documents(content):
            if not isinstance(document.value, Mapping):
                raise BuildError("what is merged is not a mapping")
            whole = _merge(whole, document.value)
        value = _merge(value, whole)
    return dump(value).encode()


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        name: _merge(below[name], value)
        for name, value in above.items()
        if isinstance(value, Mapping) and isinstance(below.get(name), Mapping)
    }
    return {**below, **above, **both}


def _is_glob(path: str) -> bool:
    return any(character in path for character in "*?[]")


def _inside(path: str) -> str:
    normal = posixpath.normpath(path) if path else "."
    if normal.startswith(("/", "../")) or normal == "..":
        raise BuildError(f"{path} leads out of the artifact")
    return "" if normal == "." else normal


def _literal_prefix(pattern: str) -> str:
    """The directories before the first part that is a pattern."""
    parts = posixpath.normpath(pattern).split("/")
    return "/".join(parts[: next((at for at, part in enumerate(parts) if _is_glob(part)), 0)])


def _glob(tree: Tree, pattern: str) -> list[str]:
    """Files and directories that a pattern matches, part by part."""
    parts = pattern.removeprefix("./").split("/")
    if "" in parts or "." in parts or ".." in parts:
        return []
    try:
        matchers = list(map(name_matcher, parts))
    except MalformedPattern:
        raise BuildError("the pattern is malformed") from None
    found = [""]
    for matches in matchers:
        found = [path for directory in found for path in _entries(tree, directory) if matches(posixpath.basename(path))]
    return found


def _entries(tree: Tree, directory: str) -> Iterable[str]:
    if directory in tree:
        return ()
    skip = len(directory) + 1 if directory else 0
    names = dict.fromkeys(path[skip:].partition("/")[0] for path in tree.files_below(directory))
    return (posixpath.join(directory, name) for name in names)


def _excluder(patterns: tuple[str, ...]) -> Callable[[str, str], bool]:
    """Whether a path is excluded: as it is, as seen from where its copying starts, or by its name alone."""
    try:
        matchers = [(path_matcher(pattern), "/" not in pattern) for pattern in patterns]
    except MalformedPattern:
        raise BuildError("a pattern of what is excluded is malformed") from None

    def is_excluded(path: str, base: str) -> bool:
        seen = [path]
        if base and path.startswith(f"{base}/"):
            seen.append(path[len(base) + 1 :])
        name = posixpath.basename(path)
        return any(any(map(matches, seen)) or (by_name and matches(name)) for matches, by_name in matchers)

    return is_excluded
