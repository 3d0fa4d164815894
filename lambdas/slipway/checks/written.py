"""Objects that are written in files that no cluster reads."""

from __future__ import annotations

from collections.abc import Container

from slipway.errors import InputError
from slipway.fleet.manifests import YAML_SUFFIXES
from slipway.fleet.objects import ObjectKey, group_of
from slipway.fleet.outline import outline
from slipway.fleet.tree import Tree


class Written:
    """Where the repository has objects that are on no cluster.

    Args:
        root: the repository.
        read: paths of what some build reads.
    """

    def __init__(self, root: Tree, read: Container[str]) -> None:
        self._places: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
        for path in sorted(root):
            if path.endswith(YAML_SUFFIXES) and path not in read:
                try:
                    entries = outline(root, path)
                except InputError:
                    continue
                for entry in entries:
                    key = (group_of(entry.api_version), entry.kind, entry.name)
                    self._places.setdefault(key, []).append((entry.namespace, path))

    def place(self, key: ObjectKey) -> str:
        """The file that has an object, whose namespace a kustomization may set; empty if there is none or several."""
        places = self._places.get((key.group, key.kind, key.name), [])
        found = {path for namespace, path in places if namespace in ("", key.namespace)}
        return found.pop() if len(found) == 1 else ""
