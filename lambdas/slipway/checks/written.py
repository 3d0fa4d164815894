"""Objects that are written in files that no cluster reads."""

from __future__ import annotations

from collections.abc import Container, Iterator

from slipway.errors import InputError
from slipway.fleet.flux import KUSTOMIZE_GROUP, Kustomization, is_kustomization
from slipway.fleet.loose import applies
from slipway.fleet.manifests import YAML_SUFFIXES, load_documents
from slipway.fleet.objects import KubeObject, ObjectKey, group_of, mapping
from slipway.fleet.outline import outline
from slipway.fleet.tree import Tree


class Written:
    """Where the repository has objects that are on no cluster.

    Args:
        root: the repository.
        read: paths of what some build reads.
    """

    def __init__(self, root: Tree, read: Container[str]) -> None:
        self._root = root
        self._places: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
        self._keepers: tuple[Kustomization, ...] | None = None
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

    def keeper(self, place: str) -> Kustomization | None:
        """What may apply a file that no cluster seems to read.

        That is a Flux Kustomization which nothing in Git applies, and which applies its own file: somebody has applied
        it by hand once, and it has kept itself since.
        """
        if self._keepers is None:
            self._keepers = tuple(self._find_keepers())
        return next((one for one in self._keepers if place and applies(self._root, one.path, place)), None)

    def _find_keepers(self) -> Iterator[Kustomization]:
        places = {
            path
            for (group, kind, _), found in self._places.items()
            if (group, kind) == (KUSTOMIZE_GROUP, "Kustomization")
            for _, path in found
        }
        for path in sorted(places):
            for document in load_documents(self._root.read(path), path):
                obj = KubeObject(mapping(document.value), self._root.at(path, document.line))
                found = Kustomization(obj)
                if is_kustomization(obj) and found.path and applies(self._root, found.path, path):
                    yield found
