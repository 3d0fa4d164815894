"""A repository's files at one commit."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar
from weakref import ReferenceType, ref

from slipway.fleet.objects import Location

T = TypeVar("T")


@dataclass(frozen=True)
class Dropped:
    """Something in an archive or directory that is not part of the tree, as Flux's source-controller drops it too."""

    path: str
    why: str


class Tree:
    """An immutable map from path (`/`-separated, relative, normalised) to content.

    Attributes:
        name: what messages call it, e.g. `acme/gitops-system`.
        revision: commit or another text that changes with the content; `""` for a working directory.
        memo: for what others derive from the files and would derive again; a tree never changes.
        previous: a tree that this one may have much in common with, and whose memo may therefore help; it is not kept
            for that.
        dropped: what was left out when the tree was read (symbolic links, submodules), to be reported.
        ignored: files that the repository has and this tree has not, because its source leaves them out.
    """

    def __init__(
        self,
        files: Mapping[str, bytes],
        *,
        name: str = "",
        revision: str = "",
        dropped: Iterable[Dropped] = (),
    ) -> None:
        self._files = dict(files)
        self.name = name
        self.revision = revision
        self.dropped = tuple(dropped)
        self.memo: dict[tuple[str, str], Any] = {}
        self._previous: ReferenceType[Tree] | None = None
        self.ignored: Set[str] = frozenset()

    @property
    def previous(self) -> Tree | None:
        """See the class; None if there is none any more."""
        return self._previous() if self._previous is not None else None

    @previous.setter
    def previous(self, tree: Tree | None) -> None:
        self._previous = ref(tree) if tree is not None else None

    def __contains__(self, path: str) -> bool:
        return path in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def at(self, path: str, line: int) -> Location:
        """A line of a file of this tree; 0 is the whole file."""
        return Location(self.name, path, line, self.revision)

    def read(self, path: str) -> bytes:
        """The content of a file.

        Raises:
            KeyError: there is no such file.
        """
        return self._files[path]

    def is_dir(self, path: str) -> bool:
        """True if some file lies below `path`; the root (`""`) always is one."""
        return path == "" or path in self._directories

    def without(self, paths: Container[str]) -> Tree:
        """The same tree with fewer files."""
        files = {path: content for path, content in self._files.items() if path not in paths}
        return Tree(files, name=self.name, revision=self.revision, dropped=self.dropped)

    def named(self, name: str) -> Tree:
        """The same files by another name."""
        return Tree(self._files, name=name, revision=self.revision, dropped=self.dropped)

    def files_in(self, directory: str) -> list[str]:
        """Paths of the files directly in a directory, sorted."""
        return self._directories.get(directory, [])

    def files_below(self, directory: str) -> list[str]:
        """Paths of all files below a directory, sorted."""
        if directory == "":
            return list(self._sorted)
        # "0" is the character that follows "/".
        start, end = (bisect_left(self._sorted, directory + character) for character in "/0")
        return self._sorted[start:end]

    def digest(self, path: str) -> bytes:
        """SHA-256 of a file's content."""
        found = self._digests.get(path)
        if found is None:
            found = self._digests[path] = hashlib.sha256(self._files[path]).digest()
        return found

    def derived(self, name: str, path: str, make: Callable[[], T]) -> T:
        """What somebody makes of a file and of nothing else, made once; of a file that stays as it is, for all trees.

        Args:
            name: of what is made.
            path: the file.
            make: makes it.

        Raises:
            KeyError: there is no such file.
        """
        key = (name, path)
        if key not in self.memo:
            before = self.previous
            same = before is not None and key in before.memo and before.read(path) == self.read(path)
            self.memo[key] = before.memo[key] if before is not None and same else make()
        made: T = self.memo[key]
        return made

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._files)

    @cached_property
    def _digests(self) -> dict[str, bytes]:
        return {}

    @cached_property
    def _directories(self) -> dict[str, list[str]]:
        directories: dict[str, list[str]] = {}
        for path in self._sorted:
            directory, _, _ = path.rpartition("/")
            directories.setdefault(directory, []).append(path)
            while directory and (parent := directory.rpartition("/")[0]) not in directories:
                directories[parent] = []
                directory = parent
        return directories
