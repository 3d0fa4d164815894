"""The line that wrote a field."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from slipway.errors import InputError
from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.manifests import Path, line_of
from slipway.fleet.model import Owner, RenderedKustomization
from slipway.fleet.objects import KubeObject, Location
from slipway.fleet.outline import Outline, outline
from slipway.fleet.provenance import Provenance, existing
from slipway.fleet.sheets import Documents
from slipway.fleet.tree import Tree
from slipway.fleet.writer import OBJECT

MAX_PARSED_BYTES = 16 * 1024 * 1024
"""YAML that is parsed again to find lines, some ten seconds of work; then findings point at their object's first line.
Only a repository with thousands of mistakes in files of many kilobytes comes this far."""


@dataclass(frozen=True)
class Cause:
    """What makes a field what it is."""

    where: Location
    """The line to change."""
    hint: str = ""
    """Where the field itself stands, if it is a variable, or what is set elsewhere, if it has variables."""
    text: Location | None = None
    """Where the field itself stands, if a variable elsewhere makes it what it is."""


class Lines:
    """Finds lines in the trees that a fleet was rendered from.

    Args:
        trees: those that findings point into.
        provenance: knows what patches, transformers and variables write; without it, a finding stands in its object's
            own file.
    """

    def __init__(self, trees: Iterable[Tree], provenance: Provenance | None = None) -> None:
        self._provenance = provenance
        self._trees = {tree.name: tree for tree in trees}
        self._files: dict[tuple[str, str], _File] = {}
        self._room = MAX_PARSED_BYTES

    def is_file(self, where: Location) -> bool:
        """True if the location is in a file that is at hand."""
        tree = self._trees.get(where.source)
        return tree is not None and where.path in tree

    def cause(self, obj: KubeObject, owner: Owner | None, path: Path) -> Cause:
        """What makes a field of an object what it is: of a field that is missing, what makes its parent.

        Args:
            obj: the object.
            owner: what brings it; None if nothing in Git does.
            path: the field; of what Crossplane composes, it is made by a field of the composite or the Composition.
        """
        if isinstance(owner, Composite):
            return self._cause_of_composed(obj, owner, path)
        if self._provenance is None:
            return Cause(self.of(obj, path))
        found = self._provenance.of(obj, owner, existing(obj.value, path))
        if not found.certain or not self.is_file(found.where):
            return Cause(self.of(obj, path))
        if found.through == OBJECT and found.text is None:
            return Cause(found.where)
        elsewhere = [f"{item.name} is set at {item.where}" for item in found.variables if item.where != found.where]
        if found.text not in (None, found.where):
            return Cause(found.where, f"the field that has this variable is at {found.text}", found.text)
        return Cause(found.where, "; ".join(elsewhere))

    def _cause_of_composed(self, obj: KubeObject, owner: Composite, path: Path) -> Cause:
        brought_by = self._provenance.owner_of(owner.definition, owner) if self._provenance else None
        author = owner.author(obj, brought_by, path)
        return self.cause(author.obj, author.owner, author.path) if author else Cause(obj.origin)

    def cause_of_definition(self, done: RenderedKustomization, path: Path) -> Cause:
        """What makes a field of a Kustomization what it is."""
        definition = done.kustomization.definition
        owner = self._provenance.owner_of(definition, done) if self._provenance else None
        return self.cause(definition, owner, path)

    def within(self, where: Location, text: str, line: int) -> Location:
        """The line of a text that is written as a block (`|`); the place itself if it is not, or not line by line.

        Args:
            where: where the field with the text is.
            text: the field's value; what variables stand for may be filled in.
            line: 1-based line in the text.
        """
        if not where.line or not self.is_file(where):
            return where
        written = self._file_lines(where)
        start = where.line
        wanted = text.split("\n")
        if len(written) < start or not _BLOCK.search(written[start - 1]) or not 0 < line <= len(wanted):
            return where
        found = written[start + line - 1] if start + line <= len(written) else ""
        same = found.strip() == wanted[line - 1].strip() or ("$" in found and bool(wanted[line - 1].strip()))
        return replace(where, line=start + line) if same else where

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

    def _file_lines(self, where: Location) -> list[str]:
        tree = self._trees[where.source]
        return tree.derived("lines", where.path, lambda: tree.read(where.path).decode(errors="replace").split("\n"))

    def _file(self, where: Location) -> _File:
        name = (where.source, where.path)
        if name not in self._files:
            self._files[name] = _File(self._trees[where.source], where.path)
        return self._files[name]


_BLOCK = re.compile(r"[:-][ \t]+(?:[&!]\S+[ \t]+)*\|[-+0-9]*[ \t]*(?:#.*)?\r?$")
"""A key whose value is a text of the lines below it."""


class _File:
    """A file's objects by their first lines, and its documents."""

    def __init__(self, tree: Tree, path: str) -> None:
        self.objects: dict[int, Outline] = {entry.line: entry for entry in outline(tree, path)}
        self._documents = Documents(tree.read(path))

    def document(self, line: int) -> tuple[bytes, int]:
        """The document that a line is in, and how many lines are before it."""
        start, end, before = self._documents.around(line)
        return self._documents.data[start:end], before
