"""The line that wrote a field."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

from slipway.errors import InputError
from slipway.fleet.manifests import Path, line_of
from slipway.fleet.objects import KubeObject, Location
from slipway.fleet.outline import Outline, outline
from slipway.fleet.tree import Tree

MAX_PARSED_BYTES = 16 * 1024 * 1024
"""YAML that is parsed again to find lines, some ten seconds of work; then findings point at their object's first line.
Only a repository with thousands of mistakes in files of many kilobytes comes this far."""


class Lines:
    """Finds lines in the trees that a fleet was rendered from."""

    def __init__(self, trees: Iterable[Tree]) -> None:
        self._trees = {tree.name: tree for tree in trees}
        self._files: dict[tuple[str, str], _File] = {}
        self._room = MAX_PARSED_BYTES

    def is_file(self, where: Location) -> bool:
        """True if the location is in a file that is at hand."""
        tree = self._trees.get(where.source)
        return tree is not None and where.path in tree

    def of(self, obj: KubeObject, path: Path) -> Location:
        """Where a field of an object was written.

        A field that a patch or a generator added is not in the object's own file; then it is the deepest of its
        parents that is, or the object's first line.
        """
        origin = obj.origin
        if not self.is_file(origin):
            return origin
        try:
            file = self._file(origin)
            entry = file.objects.get(origin.line)
            if entry is None or entry.kind != obj.kind:
                return origin
            document, before = file.document(origin.line)
            if len(document) > self._room:
                return origin
            self._room -= len(document)
            return Location(origin.source, origin.path, before + line_of(document, 0, (*entry.prefix, *path)))
        except InputError:
            return origin

    def _file(self, where: Location) -> _File:
        name = (where.source, where.path)
        if name not in self._files:
            self._files[name] = _File(self._trees[where.source], where.path)
        return self._files[name]


class _File:
    """A file's objects by their first lines, and its documents, so that one can be parsed without the others."""

    def __init__(self, tree: Tree, path: str) -> None:
        self.objects: dict[int, Outline] = {entry.line: entry for entry in outline(tree, path)}
        self._data = tree.read(path)
        self._offsets = [0]
        self._lines = [1]
        line, counted = 1, 0
        for match in _DOCUMENT.finditer(self._data):
            line += self._data.count(b"\n", counted, match.start())
            counted = match.start()
            self._offsets.append(counted)
            self._lines.append(line)
        self._offsets.append(len(self._data))

    def document(self, line: int) -> tuple[bytes, int]:
        """The document that a line is in, and how many lines are before it."""
        at = bisect_right(self._lines, line) - 1
        return self._data[self._offsets[at] : self._offsets[at + 1]], self._lines[at] - 1


_DOCUMENT = re.compile(rb"^---(?=\s|$)", re.MULTILINE)
"""Where a document starts: nothing else in YAML has this at the start of a line."""
