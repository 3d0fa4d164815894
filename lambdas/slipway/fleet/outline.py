"""The objects written in a file, by their first lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.fleet import dialect
from slipway.fleet.manifests import Path, lines_of_items, load_documents
from slipway.fleet.objects import mapping, sequence, text
from slipway.fleet.tree import Tree


@dataclass(frozen=True)
class Outline:
    """A document of a file, by its first lines."""

    api_version: str
    kind: str
    namespace: str
    name: str
    line: int
    index: int
    """Position of its document in the file."""
    prefix: Path
    """Where it stands in its document; empty but for items of a List."""


def outline(tree: Tree, path: str) -> tuple[Outline, ...]:
    """The Kubernetes objects written in a file; items of a List stand for themselves.

    Raises:
        InputError: the file is no valid YAML.
    """
    return tree.derived("outline", path, lambda: tuple(_outline(tree.read(path), path)))


def _outline(data: bytes, path: str) -> Iterator[Outline]:
    for document in load_documents(data, path):
        value = mapping(document.value)
        if not text(value.get("kind")).endswith("List"):
            yield _entry(value, document.line, document.index, ())
            continue
        lines = lines_of_items(data, document.index, ("items",))
        for at, item in enumerate(sequence(value.get("items"))):
            # An alias in the place of the list has no items of its own.
            line = lines[at] if at < len(lines) else document.line
            yield _entry(mapping(item), line, document.index, ("items", at))


def _entry(value: Mapping[str, Any], line: int, index: int, prefix: Path) -> Outline:
    metadata = mapping(value.get("metadata"))
    return Outline(
        _text(value.get("apiVersion")),
        _text(value.get("kind")),
        _text(metadata.get("namespace")),
        _text(metadata.get("name")),
        line,
        index,
        prefix,
    )


def _text(value: Any) -> str:
    """Kustomize takes any scalar for text here: a ConfigMap may be called `y`."""
    return "" if isinstance(value, Mapping | list) else dialect.coerced(value)
