"""Where the objects of a build's output were written.

kustomize says so itself when asked (`buildMetadata: [originAnnotations]`): the file of every object, or the generator
that made it. The line in the file is found by kind and name.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slipway.errors import InputError
from slipway.fleet.kustomization import kustomization_file, load_root_kustomization
from slipway.fleet.manifests import line_of, load_document
from slipway.fleet.objects import Location, mapping, sequence, text
from slipway.fleet.outline import Outline, outline
from slipway.fleet.tree import Tree

ORIGIN = "config.kubernetes.io/origin"
"""Annotation by which kustomize says where an object was written."""


@dataclass(frozen=True)
class Built:
    """One object of a build's output."""

    text: str
    """YAML as kustomize wrote it, without the origin annotation unless Flux would keep it."""
    value: Mapping[str, Any]
    """What the text says."""
    origin: Location


def split(output: str, tree: Tree, directory: str, *, keep_origin: bool) -> Iterator[Built]:
    """The objects of a build of `directory`; `keep_origin` leaves the annotation in, as Flux would."""
    for content in documents(output):
        value = mapping(load_document(content.encode()))
        metadata = mapping(value.get("metadata"))
        annotations = mapping(metadata.get("annotations"))
        origin = _origin(text(annotations.get(ORIGIN)), value, tree, directory)
        if ORIGIN in annotations and not keep_origin:
            content = _without_origin(content)
            left = {name: item for name, item in annotations.items() if name != ORIGIN}
            others = {name: item for name, item in metadata.items() if name != "annotations"}
            value = {**value, "metadata": {"annotations": left, **others} if left else others}
        yield Built(content, value, origin)


def documents(output: str) -> Iterator[str]:
    """The documents of a build's output, one for each object."""
    for document in _DOCUMENT.split(output):
        if document.strip():
            yield document if document.endswith("\n") else document + "\n"


def with_origins_of(traced: Sequence[Built], exact: Iterable[Built]) -> Iterator[Built]:
    """The objects of a build with their origins from another build of the same, which asked for them."""
    found = list(exact)
    same = len(found) == len(traced) and all(map(_are_one, found, traced))
    return (replace(item, origin=twin.origin) for item, twin in zip(found, traced if same else found, strict=True))


def _are_one(built: Built, other: Built) -> bool:
    name, others = (mapping(item.value.get("metadata")).get("name") for item in (built, other))
    return built.value.get("kind") == other.value.get("kind") and name == others


# kustomize writes blocks, two columns to a level, and its keys in order.
_DOCUMENT = re.compile(r"^---\n", re.MULTILINE)
_METADATA = re.compile(r"^metadata:\n(?: .*\n|\n)*", re.MULTILINE)
_ANNOTATIONS = re.compile(r"^  annotations:\n(?:    .*\n|\n)*", re.MULTILINE)
_ORIGIN = re.compile(rf"^    {re.escape(ORIGIN)}:.*\n(?:      .*\n|\n)*", re.MULTILINE)


def _without_origin(document: str) -> str:
    metadata = _METADATA.search(document)
    annotations = metadata and _ANNOTATIONS.search(document, metadata.start(), metadata.end())
    origin = annotations and _ORIGIN.search(document, annotations.start(), annotations.end())
    if not annotations or not origin:
        return document
    is_only_one = origin.start() == annotations.start() + len("  annotations:\n") and origin.end() == annotations.end()
    removed = annotations if is_only_one else origin
    return document[: removed.start()] + document[removed.end() :]


def _origin(annotation: str, value: Mapping[str, Any], tree: Tree, directory: str) -> Location:
    """The object's place; that of the kustomization where a patch has removed the annotation or spoilt it."""
    try:
        fields = mapping(load_document(annotation.encode()))
    except InputError:
        fields = {}
    written = text(fields.get("path"))
    path = posixpath.normpath(posixpath.join(directory, written or text(fields.get("configuredIn"))))
    if path not in tree:
        found = kustomization_file(tree, directory)
        return tree.at(found, 1) if found else tree.at(directory, 0)
    return tree.at(path, (_line_of_object if written else _line_of_generator)(tree, path, value))


def _line_of_object(tree: Tree, path: str, value: Mapping[str, Any]) -> int:
    """The first line of the object in a file that was made into this one: same kind, most similar name."""
    entries = [entry for entry in _outline(tree, path) if entry.kind == value.get("kind")]
    return max(entries, key=lambda entry: _similarity(entry, value)).line if entries else 1


def _outline(tree: Tree, path: str) -> tuple[Outline, ...]:
    try:
        return outline(tree, path)
    except InputError:
        return ()


def _similarity(entry: Outline, value: Mapping[str, Any]) -> tuple[bool, int, bool, bool]:
    """Prefixes and suffixes are added to names, and namespaces are set."""
    metadata = mapping(value.get("metadata"))
    name = text(metadata.get("name"))
    return (
        entry.name == name,
        len(entry.name) if entry.name in name else -1,
        entry.namespace == text(metadata.get("namespace")),
        entry.api_version == value.get("apiVersion"),
    )


def _line_of_generator(tree: Tree, path: str, value: Mapping[str, Any]) -> int:
    try:
        content = load_root_kustomization(tree, path)
    except InputError:
        return 1
    field = "secretGenerator" if value.get("kind") == "Secret" else "configMapGenerator"
    name = text(mapping(value.get("metadata")).get("name"))
    generators = [
        (len(written), -at)
        for at, generator in enumerate(map(mapping, sequence(content.get(field))))
        if (written := text(generator.get("name"))) in name
    ]
    return line_of(tree.read(path), 0, (field, -max(generators)[1], "name")) if generators else 1
