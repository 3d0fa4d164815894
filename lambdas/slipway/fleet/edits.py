"""A tree in which one file has other content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from slipway.fleet.tree import Tree

_OF_FILES = ("outline", "kustomization", "written", "root kustomization")
"""What is kept with a tree that depends on one file alone."""


class EditedTree(Tree):
    """A tree with another content of one of its files; it shares what is known of the others."""

    def __init__(self, tree: Tree, path: str, content: bytes) -> None:
        super().__init__({}, name=tree.name, revision=tree.revision, dropped=tree.dropped)
        self.ignored = tree.ignored
        self._tree = tree
        self._path = path
        self._content = content
        self.memo = _EditedMemo(tree.memo, path)

    def __contains__(self, path: str) -> bool:
        return path in self._tree

    def __iter__(self) -> Iterator[str]:
        return iter(self._tree)

    def __len__(self) -> int:
        return len(self._tree)

    def read(self, path: str) -> bytes:
        """See `Tree`."""
        return self._content if path == self._path else self._tree.read(path)

    def is_dir(self, path: str) -> bool:
        """See `Tree`."""
        return self._tree.is_dir(path)

    def files_in(self, directory: str) -> list[str]:
        """See `Tree`."""
        return self._tree.files_in(directory)

    def files_below(self, directory: str) -> list[str]:
        """See `Tree`."""
        return self._tree.files_below(directory)

    def digest(self, path: str) -> bytes:
        """See `Tree`."""
        return hashlib.sha256(self._content).digest() if path == self._path else self._tree.digest(path)


class _EditedMemo(dict[tuple[str, str], Any]):
    def __init__(self, memo: dict[tuple[str, str], Any], path: str) -> None:
        super().__init__()
        self._memo = memo
        self._path = path

    def _is_shared(self, key: tuple[str, str]) -> bool:
        return key[0] in _OF_FILES and key[1] != self._path

    def __setitem__(self, key: tuple[str, str], value: Any) -> None:
        if self._is_shared(key):
            self._memo[key] = value
        else:
            super().__setitem__(key, value)

    def __getitem__(self, key: tuple[str, str]) -> Any:
        return self._memo[key] if self._is_shared(key) else super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or (isinstance(key, tuple) and self._is_shared(key) and key in self._memo)

    def get(self, key: tuple[str, str], default: Any = None) -> Any:
        """See `dict`."""
        return self._memo.get(key, default) if self._is_shared(key) else super().get(key, default)
