"""The line that wrote a field."""

from __future__ import annotations

from collections.abc import Iterable

from slipway.errors import InputError
from slipway.fleet.manifests import Path, line_of
from slipway.fleet.objects import KubeObject, Location
from slipway.fleet.outline import outline
from slipway.fleet.tree import Tree


class Lines:
    """Finds lines in the trees that a fleet was rendered from."""

    def __init__(self, trees: Iterable[Tree]) -> None:
        self._trees = {tree.name: tree for tree in trees}

    def of(self, obj: KubeObject, path: Path) -> Location:
        """Where a field of an object was written.

        A field that a patch or a generator added is not in the object's own file; then it is the deepest of its
        parents that is, or the object's first line.
        """
        origin = obj.origin
        tree = self._trees.get(origin.source)
        if tree is None or origin.path not in tree:
            return origin
        try:
            entry = next((item for item in outline(tree, origin.path) if item.line == origin.line), None)
            if entry is None or entry.kind != obj.kind:
                return origin
            line = line_of(tree.read(origin.path), entry.index, (*entry.prefix, *path))
        except InputError:
            return origin
        return Location(origin.source, origin.path, line)
