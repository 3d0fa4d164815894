"""What of a tree something was derived from, so that it need not be derived again from a tree where that is the same.

Whoever derives asks a `RecordingTree` instead of the tree. Every question that it is asked, whether a file exists, what
it holds, what lies below a directory, is part of the record. If another tree would answer all of them alike, the result
is the same: no rule about which files matter can be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from slipway.fleet.tree import Tree

T = TypeVar("T")


@dataclass
class Reads:
    """The questions that were asked."""

    paths: set[str] = field(default_factory=set)
    """Files whose existence or content was asked for."""
    directories: set[str] = field(default_factory=set)
    """Directories whose existence or list of files was asked for."""

    def unaffected_by(self, changes: Changes) -> bool:
        """True if none of the answers is another."""
        return self.paths.isdisjoint(changes.paths) and self.directories.isdisjoint(changes.directories)


@dataclass(frozen=True)
class Changes:
    """How a tree differs from an earlier one."""

    paths: frozenset[str]
    """Files that were added, removed or changed."""
    directories: frozenset[str]
    """Directories, the root among them, that have or had one of the added or removed files below them."""


def changes(before: Tree, after: Tree) -> Changes:
    """What differs."""
    if before is after:
        return Changes(frozenset(), frozenset())
    moved = {path for path in before if path not in after} | {path for path in after if path not in before}
    edited = {path for path in before if path in after and before.read(path) != after.read(path)}
    return Changes(frozenset(moved | edited), frozenset(above for path in moved for above in _above(path)))


def _above(path: str) -> Iterator[str]:
    while path:
        path = path.rpartition("/")[0]
        yield path


class RecordingTree(Tree):
    """A tree that remembers what it was asked."""

    def __init__(self, tree: Tree) -> None:
        super().__init__({}, name=tree.name, revision=tree.revision, dropped=tree.dropped)
        self.ignored = tree.ignored
        self._tree = tree
        self.reads = Reads()
        self.memo = _RecordingMemo(tree.memo, self.reads)

    def __contains__(self, path: str) -> bool:
        self.reads.paths.add(path)
        return path in self._tree

    def __iter__(self) -> Iterator[str]:
        self.reads.directories.add("")
        return iter(self._tree)

    def __len__(self) -> int:
        self.reads.directories.add("")
        return len(self._tree)

    def read(self, path: str) -> bytes:
        """See `Tree`."""
        self.reads.paths.add(path)
        return self._tree.read(path)

    def is_dir(self, path: str) -> bool:
        """See `Tree`."""
        self.reads.directories.add(path)
        return self._tree.is_dir(path)

    def files_in(self, directory: str) -> list[str]:
        """See `Tree`."""
        self.reads.directories.add(directory)
        return self._tree.files_in(directory)

    def files_below(self, directory: str) -> list[str]:
        """See `Tree`."""
        self.reads.directories.add(directory)
        return self._tree.files_below(directory)

    def digest(self, path: str) -> bytes:
        """See `Tree`."""
        self.reads.paths.add(path)
        return self._tree.digest(path)

    def derived(self, name: str, path: str, make: Callable[[], T]) -> T:
        """See `Tree`."""
        self.reads.paths.add(path)
        return self._tree.derived(name, path, make)


class _RecordingMemo(dict[tuple[str, str], Any]):
    """The tree's memo: what is kept there under a path was derived from that file."""

    def __init__(self, memo: dict[tuple[str, str], Any], reads: Reads) -> None:
        super().__init__()
        self._memo = memo
        self._reads = reads

    def __contains__(self, key: object) -> bool:
        return key in self._memo

    def __getitem__(self, key: tuple[str, str]) -> Any:
        self._reads.paths.add(key[1])
        return self._memo[key]

    def __setitem__(self, key: tuple[str, str], value: Any) -> None:
        self._reads.paths.add(key[1])
        self._memo[key] = value

    def get(self, key: tuple[str, str], default: Any = None) -> Any:
        """See `dict`."""
        self._reads.paths.add(key[1])
        return self._memo.get(key, default)
