"""Fields that the transformers of a kustomization, or of a Flux Kustomization, write."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

import yaml

from slipway.errors import InputError
from slipway.fleet.layers import Layer
from slipway.fleet.manifests import Path
from slipway.fleet.marks import Node, children, find, means, other_text
from slipway.fleet.objects import mapping, sequence, text
from slipway.fleet.sheets import FileSheet, InnerSheet, Inputs, Sheet, SpecSheet
from slipway.fleet.writer import Writer, of_node, of_spec
from slipway.fleet.writers_patched import Asked, patched

_FLUX_FIELDS = {"namespace": "targetNamespace", "namePrefix": "namePrefix", "nameSuffix": "nameSuffix"}
_IMAGE_FIELDS = ("newName", "tagSuffix", "newTag", "digest")


def transformed(layer: Layer, sheet: FileSheet | None, inputs: Inputs, asked: Asked) -> Iterator[Writer]:
    """What in a layer's transformers may have written a field, in the order in which kustomize applies them.

    Args:
        layer: a kustomization.
        sheet: its file; None if it has none.
        inputs: what the build is made from.
        asked: the field.
    """
    step = _Step(layer, sheet, inputs, asked)
    yield from step.patches("patchesStrategicMerge")
    yield from step.patches("patches")
    if layer.is_root:
        yield from step.patches_of_flux()
    for field in ("namespace", "namePrefix", "nameSuffix"):
        yield from step.text(field)
    yield from step.labels()
    yield from step.pair("commonAnnotations", ("commonAnnotations", asked.path[-1]))
    yield from step.patches("patchesJson6902")
    yield from step.replicas()
    yield from step.images()
    yield from step.replacements()
    yield from step.plugins()


class _Step:
    def __init__(self, layer: Layer, sheet: FileSheet | None, inputs: Inputs, asked: Asked) -> None:
        self._layer = layer
        self._sheet = sheet
        self._inputs = inputs
        self._asked = asked

    def patches(self, field: str) -> Iterator[Writer]:
        for at, entry in enumerate(sequence(self._layer.content.get(field))):
            options = mapping(entry)
            if patch := self._text(entry, (field, at) if isinstance(entry, str) else (field, at, "patch")):
                yield from patched(field, patch, options, self._asked)

    def _text(self, entry: Any, path: Path) -> Sheet | None:
        """The text that an entry names or holds."""
        named = entry if isinstance(entry, str) else text(mapping(entry).get("path"))
        if named and (sheet := self._file(named)):
            return sheet
        way = find(self._sheet.marks.documents[0], path, any_case=True) if self._sheet else None
        if self._sheet is None or way is None or not isinstance(way[-1], yaml.ScalarNode):
            return None
        return InnerSheet(self._sheet, way[-2], way[-1])

    def _file(self, name: str) -> FileSheet | None:
        path = posixpath.normpath(posixpath.join(self._layer.directory, name))
        return file_sheet(self._inputs, path) if path in self._inputs.tree else None

    def patches_of_flux(self) -> Iterator[Writer]:
        for at, entry in enumerate(map(mapping, sequence(self._inputs.spec.get("patches")))):
            sheet = SpecSheet(self._inputs, ("patches", at, "patch"), text(entry.get("patch")))
            yield from patched("patches", sheet, entry, self._asked)

    def text(self, field: str) -> Iterator[Writer]:
        """`namespace`, or what is added to names."""
        value, path = self._asked.value, self._asked.path
        theirs = _FLUX_FIELDS[field]
        given = text(self._inputs.spec.get(theirs)) if self._layer.is_root else ""
        own = given or text(self._layer.content.get(field))
        if not own or not isinstance(value, str):
            return
        is_touched = value == own and path[-1] in ("namespace", "name") if field == "namespace" else own in value
        if is_touched and given:
            yield of_spec(theirs, self._inputs, (theirs,), other_text(given), is_whole=field == "namespace")
        elif is_touched:
            yield from self._written(field, (field,), is_whole=field == "namespace")

    def labels(self) -> Iterator[Writer]:
        for at, _ in enumerate(sequence(self._layer.content.get("labels"))):
            yield from self.pair("labels", ("labels", at, "pairs", self._asked.path[-1]))
        yield from self.pair("commonLabels", ("commonLabels", self._asked.path[-1]))

    def pair(self, field: str, path: Path) -> Iterator[Writer]:
        """A label or an annotation."""
        if self._layer.content.get(field):
            yield from self._written(field, path)

    def replicas(self) -> Iterator[Writer]:
        if self._asked.path[-1] == "replicas":
            for at, _ in enumerate(sequence(self._layer.content.get("replicas"))):
                yield from self._written("replicas", ("replicas", at, "count"))

    def images(self) -> Iterator[Writer]:
        value = self._asked.value
        if not isinstance(value, str) or self._asked.path[-1] not in ("image", "reference"):
            return
        for field in ("images", "imageTags"):
            for at, entry in enumerate(map(mapping, sequence(self._layer.content.get(field)))):
                for part in _IMAGE_FIELDS:
                    if entry.get(part) and str(entry[part]) in value:
                        yield from self._written(field, (field, at, part), is_whole=False)
        for at, entry in enumerate(
            map(mapping, sequence(self._inputs.spec.get("images")) if self._layer.is_root else [])
        ):
            for part in _IMAGE_FIELDS:
                if (own := text(entry.get(part))) and own in value:
                    path: Path = ("images", at, part)
                    yield of_spec("images", self._inputs, path, other_text(own), is_whole=False)

    def replacements(self) -> Iterator[Writer]:
        """A replacement is asked by letting it aim at nothing."""
        last = str(next((step for step in reversed(self._asked.path) if isinstance(step, str)), ""))
        for at, entry in enumerate(map(mapping, sequence(self._layer.content.get("replacements")))):
            sheet: Sheet | None = self._sheet
            whole: Path = ("replacements", at)
            if entry.get("path"):
                sheet, whole = self._file(text(entry["path"])), ()
            for document in sheet.marks.documents if sheet else []:
                lists = (
                    [whole]
                    if not isinstance(document, yaml.SequenceNode)
                    else [(index,) for index in range(len(document.value))]
                )
                for path in lists:
                    targets = find(document, (*path, "targets"), any_case=True)
                    named = _names(targets[-1], last) if targets else None
                    if sheet and targets and named:
                        yield _replacement(sheet, targets, named)

    def plugins(self) -> Iterator[Writer]:
        """What kustomize's own transformers are configured with, in files."""
        for name in map(text, sequence(self._layer.content.get("transformers"))):
            if "\n" not in name and (sheet := self._file(name)):
                for document in sheet.marks.documents:
                    for way in _leaves(document, ()):
                        if means(way[-1], self._asked.value):
                            yield of_node("transformers", sheet, way)

    def _written(self, field: str, path: Path, *, is_whole: bool = True) -> Iterator[Writer]:
        way = find(self._sheet.marks.documents[0], path, any_case=True) if self._sheet else None
        if self._sheet and way and (not is_whole or means(way[-1], self._asked.value)):
            yield of_node(field, self._sheet, way, is_whole=is_whole)


def _replacement(sheet: Sheet, targets: tuple[Node, ...], named: Node) -> Writer:
    writer = of_node("replacements", sheet, targets, text=_NO_TARGETS)
    return Writer(writer.through, lambda _levels: sheet.place(named), writer.otherwise)


_NO_TARGETS = "[{select: {kind: Nothing}, fieldPaths: [nothing]}]"


def _names(targets: Node, last: str) -> Node | None:
    """The path of a target that may lead to a field."""
    for item in targets.value if isinstance(targets, yaml.SequenceNode) else []:
        for _, paths in children(item, "fieldPaths", any_case=True):
            for path in paths.value if isinstance(paths, yaml.SequenceNode) else []:
                if isinstance(path, yaml.ScalarNode) and last in path.value:
                    return path
    return None


def _leaves(node: Node, before: tuple[Node, ...]) -> Iterator[tuple[Node, ...]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _leaves(value, (*before, key))
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _leaves(item, (*before, item))
    else:
        yield (*before, node)


def file_sheet(inputs: Inputs, path: str) -> FileSheet | None:
    """A file as a sheet; None if it is no text."""
    try:
        sheet = FileSheet(inputs, path, inputs.tree.read(path).decode())
        is_empty = not sheet.marks.documents
    except (UnicodeDecodeError, InputError):
        return None
    return None if is_empty else sheet
