"""Fields that the replacements of kustomizations may write."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Any

from slipway.errors import InputError
from slipway.fleet.layers import Layer
from slipway.fleet.manifests import Path, load_documents
from slipway.fleet.objects import mapping, sequence, text
from slipway.fleet.tree import Tree

_DEFAULT = ("metadata.name",)
"""What a target without `fieldPaths` writes (kustomize api/filters/replacement)."""
_STEP = re.compile(r"\[[^\]]*\]|(?:\\.|[^.\[\]])+")


class Replaced:
    """What the replacements of a build may write.

    Args:
        tree: the files of the build.
        layers: its kustomizations.
    """

    def __init__(self, tree: Tree, layers: Iterable[Layer]) -> None:
        self._paths: set[str] = set()
        self._is_known = True
        for layer in layers:
            try:
                for one in _replacements(tree, layer):
                    self._add(one)
            except InputError:
                self._is_known = False

    def may_write(self, path: Path) -> bool:
        """True if a replacement may write a field, what it is in, or a part of it."""
        return not self._is_known or any(_may_lead(one, path) for one in self._paths)

    def _add(self, replacement: Any) -> None:
        targets = mapping(replacement).get("targets")
        self._is_known = self._is_known and isinstance(targets, list)
        for target in map(mapping, sequence(targets)):
            # Another spelling of `fieldPaths` is kustomize's, too.
            self._is_known = self._is_known and all(
                name.lower() != "fieldpaths" or name == "fieldPaths" for name in target
            )
            self._paths.update(map(text, sequence(target.get("fieldPaths")) or _DEFAULT))


def _replacements(tree: Tree, layer: Layer) -> Iterator[Any]:
    for entry in sequence(layer.content.get("replacements")):
        named = text(mapping(entry).get("path"))
        if not named:
            yield entry
            continue
        path = posixpath.normpath(posixpath.join(layer.directory, named))
        for document in load_documents(tree.read(path), path) if path in tree else []:
            yield from document.value if isinstance(document.value, list) else [document.value]


def _may_lead(field_path: str, path: Path) -> bool:
    steps = _STEP.findall(field_path)
    return all(_is_open(step) or step == str(wanted) for step, wanted in zip(steps, path, strict=False))


def _is_open(step: str) -> bool:
    """True for what stands for items of a list or for several fields, and for what is not read here."""
    return step.startswith("[") or step in ("*", "-") or step.isdecimal() or "\\" in step
