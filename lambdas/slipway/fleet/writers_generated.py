"""Fields that generators write: configMapGenerator, secretGenerator and generatorOptions."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from slipway.fleet.edits import EditedTree
from slipway.fleet.layers import Layer
from slipway.fleet.manifests import Path
from slipway.fleet.marks import find, means, other_text
from slipway.fleet.objects import mapping, sequence, text
from slipway.fleet.sheets import FileSheet, Inputs, Place
from slipway.fleet.writer import Writer, of_node
from slipway.fleet.writers_patched import Asked

_DATA = ("data", "binaryData", "stringData")


def generated(layer: Layer, sheet: FileSheet, asked: Asked) -> Iterator[Writer]:
    """What in a layer's generators may have written a field, the first one first."""
    field = {"ConfigMap": "configMapGenerator", "Secret": "secretGenerator"}.get(asked.kind)
    if field is None:
        return
    for at, entry in enumerate(map(mapping, sequence(layer.content.get(field)))):
        if text(entry.get("name")) not in asked.name:
            continue
        if len(asked.path) == 2 and asked.path[0] in _DATA:
            yield from _data(field, layer, sheet, (field, at), entry, str(asked.path[1]))
        yield from _settings(field, sheet, (field, at), asked)


def _settings(field: str, sheet: FileSheet, at: Path, asked: Asked) -> Iterator[Writer]:
    where: list[Path] = []
    if len(asked.path) == 3 and asked.path[:2] in (("metadata", "labels"), ("metadata", "annotations")):
        where = [("generatorOptions", *asked.path[1:]), (*at, "options", *asked.path[1:])]
    elif asked.path in (("metadata", "name"), ("metadata", "namespace")):
        where = [(*at, asked.path[-1])]
    elif asked.path == ("type",):
        where = [(*at, "type")]
    elif asked.path == ("immutable",):
        where = [("generatorOptions", "immutable"), (*at, "options", "immutable")]
    for path in where:
        way = find(sheet.marks.documents[0], path, any_case=True)
        if way is None:
            continue
        if means(way[-1], asked.value):
            yield of_node(field, sheet, way)
        elif asked.path == ("metadata", "name") and str(way[-1].value) in str(asked.value):
            yield of_node(field, sheet, way, is_whole=False)  # a hash is added, and prefixes are


def _data(field: str, layer: Layer, sheet: FileSheet, at: Path, entry: Mapping[str, Any], key: str) -> Iterator[Writer]:
    """Kustomize reads envs, then files, then literals (api/kv/kv.go), and refuses a key that comes twice."""
    for name in [*map(text, sequence(entry.get("envs"))), *filter(None, [text(entry.get("env"))])]:
        yield from _line_of_env(field, sheet.inputs, posixpath.normpath(posixpath.join(layer.directory, name)), key)
    for source in map(text, sequence(entry.get("files"))):
        own, separator, path = source.partition("=")
        path = path if separator else source
        if (own if separator else posixpath.basename(path)) == key:
            file = posixpath.normpath(posixpath.join(layer.directory, path))
            if file in sheet.inputs.tree:
                data = sheet.inputs.tree.read(file)
                changed = data[:-1] + (b"y" if data.endswith(b"x") else b"x")
                yield _of_file(field, sheet.inputs, file, 1, changed)
    for index, literal in enumerate(map(text, sequence(entry.get("literals")))):
        way = find(sheet.marks.documents[0], (*at, "literals", index), any_case=True)
        if way is not None and literal.partition("=")[0] == key:
            own, separator, value = literal.partition("=")
            changed_text = f"{own}{separator}{other_text(value)}" if value[-1:] not in "\"'" else f"{own}={value}x"
            yield of_node(field, sheet, way, text=_quoted(changed_text))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'" if "\n" not in text else f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _line_of_env(field: str, inputs: Inputs, file: str, key: str) -> Iterator[Writer]:
    if file not in inputs.tree:
        return
    data = inputs.tree.read(file)
    for found in re.finditer(rb"^[ \t]*" + re.escape(key.encode()) + rb"=?", data, re.MULTILINE):
        at = found.end()
        changed = data[:at] + (b"x" if found[0].endswith(b"=") else b"=x") + data[at:]
        yield _of_file(field, inputs, file, data.count(b"\n", 0, at) + 1, changed)


def _of_file(field: str, inputs: Inputs, file: str, line: int, changed: bytes) -> Writer:
    return Writer(
        field, lambda _levels: Place(file, line), lambda: Inputs(EditedTree(inputs.tree, file, changed), inputs.spec)
    )
