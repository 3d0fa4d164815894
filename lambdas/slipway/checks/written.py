"""Objects that are written in files that no cluster reads."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from slipway.errors import InputError
from slipway.fleet.flux import KUSTOMIZE_GROUP, Kustomization, is_kustomization
from slipway.fleet.loose import applies
from slipway.fleet.manifests import YAML_SUFFIXES, load_documents
from slipway.fleet.objects import KubeObject, ObjectKey, group_of, mapping
from slipway.fleet.outline import Outline, outline
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
        self._directories: dict[str, frozenset[tuple[str, str, str, str]]] = {}
        for path in sorted(root):
            for entry in self._entries(path) if path not in read else ():
                key = (group_of(entry.api_version), entry.kind, entry.name)
                self._places.setdefault(key, []).append((entry.namespace, path))

    def place(self, key: ObjectKey) -> str:
        """The file that has an object, whose namespace a kustomization may set; empty if there is none or several."""
        places = self._places.get((key.group, key.kind, key.name), [])
        found = {path for namespace, path in places if namespace in ("", key.namespace)}
        return found.pop() if len(found) == 1 else ""

    def is_below(self, directories: Iterable[str], key: ObjectKey) -> bool:
        """True if a file below one of these directories has an object, whose namespace may be set elsewhere."""
        wanted = (key.group, key.kind, key.name)
        return any(
            (group, kind, name) == wanted and namespace in ("", key.namespace)
            for directory in directories
            for group, kind, name, namespace in self._below(directory)
        )

    def _below(self, directory: str) -> frozenset[tuple[str, str, str, str]]:
        if directory not in self._directories:
            entries = (entry for path in self._root.files_below(directory) for entry in self._entries(path))
            self._directories[directory] = frozenset(
                (group_of(entry.api_version), entry.kind, entry.name, entry.namespace) for entry in entries
            )
        return self._directories[directory]

    def _entries(self, path: str) -> tuple[Outline, ...]:
        try:
            return outline(self._root, path) if path.endswith(YAML_SUFFIXES) else ()
        except InputError:
            return ()

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
