"""Where the objects of a build's output were written.

kustomize says so itself when asked (`buildMetadata: [originAnnotations]`): the file of every object, or the generator
that made it. The line in the file is found by kind and name.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from slipway.fleet.closure import KUSTOMIZATION_FILES, kustomization_file
from slipway.fleet.manifests import line_of, load_document
from slipway.fleet.objects import Location, mapping, sequence, text
from slipway.fleet.outline import outline
from slipway.fleet.tree import Tree

ORIGIN = "config.kubernetes.io/origin"
"""Annotation by which kustomize says where an object was written."""


@dataclass(frozen=True)
class Built:
    """One object of a build's output."""

    text: str
    """YAML as kustomize wrote it, without the origin annotation unless Flux would keep it."""
    origin: Location


_DOCUMENT = re.compile(r"^---\n", re.MULTILINE)
_ORIGIN_BLOCK = re.compile(rf"^    {re.escape(ORIGIN)}: (?:\|[0-9+-]*\n((?:      .*\n|\n)*)|(.*)\n)", re.MULTILINE)
_EMPTY_ANNOTATIONS = re.compile(r"^  annotations:\n(?=  \S|\S|\Z)", re.MULTILINE)


def split(output: str, tree: Tree, directory: str, *, keep_origin: bool) -> Iterator[Built]:
    """The objects of a build of `directory`; `keep_origin` leaves the annotation in, as Flux would."""
    for document in _DOCUMENT.split(output):
        if not document.strip():
            continue
        text_ = document if document.endswith("\n") else document + "\n"
        found = _ORIGIN_BLOCK.search(text_)
        origin = _origin(found, text_, tree, directory)
        if found and not keep_origin:
            text_ = text_[: found.start()] + text_[found.end() :]
            text_ = _EMPTY_ANNOTATIONS.sub("", text_, count=1)
        yield Built(text_, origin)


_HEAD = re.compile(r"^(apiVersion|kind|  name|  namespace): (.*)$", re.MULTILINE)


def _origin(found: re.Match[str] | None, document: str, tree: Tree, directory: str) -> Location:
    kustomization = posixpath.join(directory, KUSTOMIZATION_FILES[0])
    fallback = kustomization_file(tree, directory) or kustomization
    if found is None:
        return Location(tree.name, fallback, 1)
    fields = mapping(load_document((found.group(1) or json.loads(found.group(2))).encode(), "origin"))
    path = text(fields.get("path")) or text(fields.get("configuredIn"))
    path = posixpath.normpath(posixpath.join(directory, path))
    if path not in tree:
        return Location(tree.name, fallback, 1)
    head = {name.strip(): value.strip("\"'") for name, value in _HEAD.findall(document)}
    if "path" in fields:
        return Location(tree.name, path, _line_of_object(tree, path, head))
    return Location(tree.name, path, _line_of_generator(tree, path, head))


def _line_of_object(tree: Tree, path: str, head: Mapping[str, str]) -> int:
    """The document of a file that an object was made of: same kind, and the longest name that is part of its name."""
    best, line = -1, 1
    for candidate in outline(tree, path):
        if candidate.kind != head.get("kind"):
            continue
        same = candidate.name == head.get("name")
        score = 10_000 if same else len(candidate.name) if candidate.name in head.get("name", "") else 0
        if score > best:
            best, line = score, candidate.line
    return line


def _line_of_generator(tree: Tree, path: str, head: Mapping[str, str]) -> int:
    content = mapping(load_document(tree.read(path), path))
    field_name = "secretGenerator" if head.get("kind") == "Secret" else "configMapGenerator"
    best, at = -1, 0
    for index, generator in enumerate(map(mapping, sequence(content.get(field_name)))):
        name = text(generator.get("name"))
        if name in head.get("name", "") and len(name) > best:
            best, at = len(name), index
    return line_of(tree.read(path), 0, (field_name, at, "name")) if best >= 0 else 1
