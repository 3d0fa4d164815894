"""Builds that an earlier run has made, kept with the answers that they got from the files.

`slipway.fleet.reads` records all that a build asks of its tree. Where another tree gives the same answers, the build is
the same, and neither what kustomize would read nor what it wrote need be parsed again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slipway.fleet.origins import Built
from slipway.fleet.reads import Reads
from slipway.fleet.tree import Tree

if TYPE_CHECKING:
    from slipway.fleet.kustomize import BuildCache


@dataclass(frozen=True)
class BuildMemory:
    """The last build of each directory and spec, whatever repository it was in."""

    cache: BuildCache
    """Keeps them."""
    version: str
    """Changes whenever the code does that makes builds: what another code made is forgotten."""

    def recall(self, key: str, tree: Tree) -> tuple[tuple[Built, ...], Reads] | None:
        """The objects of the last build by a key, and what it read; None if this tree gives another answer."""
        kept = self.cache.get(self._name(key))
        if kept is None:
            return None
        try:
            found = json.loads(kept)
            reads = Reads(set(found["paths"]), set(found["directories"]))
            if any(found[name] != answers for name, answers in _answers(reads, tree).items()):
                return None
            items = tuple(Built(text, value, tree.at(path, line)) for text, value, path, line in found["items"])
        except (ValueError, KeyError, TypeError):
            return None  # damaged
        return items, reads

    def remember(self, key: str, tree: Tree, items: tuple[Built, ...], reads: Reads) -> None:
        """Keep a build in the place of the last one by its key."""
        entries = [(item.text, item.value, item.origin.path, item.origin.line) for item in items]
        self.cache.put(self._name(key), json.dumps({**_answers(reads, tree), "items": entries}))

    def _name(self, key: str) -> str:
        return hashlib.sha256(f"{self.version} {key}".encode(errors="surrogateescape")).hexdigest()


def _answers(reads: Reads, tree: Tree) -> dict[str, Mapping[str, str]]:
    """What a tree answers to the questions that a build asked."""
    return {
        "paths": {path: tree.digest(path).hex() if path in tree else "" for path in sorted(reads.paths)},
        "directories": {path: _listing(tree, path) for path in sorted(reads.directories)},
    }


def _listing(tree: Tree, directory: str) -> str:
    """A digest of the names below a directory; empty if it does not exist."""
    names = tree.files_below(directory)
    return hashlib.sha256("\0".join(names).encode(errors="surrogateescape")).hexdigest() if names else ""
