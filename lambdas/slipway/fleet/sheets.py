"""Texts of YAML that a build reads, each with where it stands and what the build would be with another text there."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from slipway.fleet.edits import EditedTree
from slipway.fleet.manifests import Path
from slipway.fleet.marks import Marks, Node
from slipway.fleet.tree import Tree


@dataclass(frozen=True)
class Inputs:
    """What a directory is built from."""

    tree: Tree
    spec: Mapping[str, Any]
    """Of the Flux Kustomization."""

    def with_spec(self, path: Path, value: Any) -> Inputs:
        """The same with another value in the spec."""
        return Inputs(self.tree, _replaced(self.spec, path, value))


@dataclass(frozen=True)
class Place:
    """A line of what a directory is built from."""

    file: str
    """Path in the tree; `""` if it is in the Flux Kustomization."""
    line: int
    """1-based, in the file, or in the text that a field of the spec holds; 0 for that field as a whole."""
    field: Path = ()
    """Where it is in the spec."""
    body: int = 0
    """Line of the file on which the lines of this place's value begin, if it is a text whose lines the file has."""


class Sheet(Protocol):
    """A text of YAML."""

    @property
    def marks(self) -> Marks:
        """What stands where in it."""
        ...

    def place(self, node: Node, value: Node | None = None) -> Place:
        """Where a key or item stands; `value` is what it holds."""
        ...

    def rewritten(self, text: str) -> Inputs:
        """What the build would be made from, had it another text."""
        ...


@dataclass(frozen=True)
class FileSheet:
    """A file, or a part of one."""

    inputs: Inputs
    file: str
    content: str
    before: bytes = b""
    """What precedes the part."""
    after: bytes = b""

    @cached_property
    def marks(self) -> Marks:
        """See `Sheet`."""
        return Marks(self.content)

    def place(self, node: Node, value: Node | None = None) -> Place:
        """See `Sheet`."""
        above = self.before.count(b"\n")
        body = self.marks.body(value) if value is not None else 0
        return Place(self.file, above + self.marks.line(node), body=above + body if body else 0)

    def rewritten(self, text: str) -> Inputs:
        """See `Sheet`."""
        content = self.before + text.encode() + self.after
        return Inputs(EditedTree(self.inputs.tree, self.file, content), self.inputs.spec)


@dataclass(frozen=True)
class InnerSheet:
    """A text in a value of another sheet."""

    outer: Sheet
    key: Node
    value: Node

    @cached_property
    def marks(self) -> Marks:
        """See `Sheet`."""
        return Marks(str(self.value.value))

    def place(self, node: Node, value: Node | None = None) -> Place:  # noqa: ARG002
        """See `Sheet`; the line of the whole text where its lines are not those of the file."""
        whole = self.outer.place(self.key, self.value)
        return (
            Place(whole.file, whole.body + self.marks.line(node) - 1) if whole.body else Place(whole.file, whole.line)
        )

    def rewritten(self, text: str) -> Inputs:
        """See `Sheet`."""
        written = json.dumps(text, ensure_ascii=False)
        return self.outer.rewritten(self.outer.marks.with_text(self.value, written))


@dataclass(frozen=True)
class SpecSheet:
    """A text in the spec."""

    inputs: Inputs
    field: Path
    content: str

    @cached_property
    def marks(self) -> Marks:
        """See `Sheet`."""
        return Marks(self.content)

    def place(self, node: Node, value: Node | None = None) -> Place:  # noqa: ARG002
        """See `Sheet`."""
        return Place("", self.marks.line(node), self.field)

    def rewritten(self, text: str) -> Inputs:
        """See `Sheet`."""
        return self.inputs.with_spec(self.field, text)


def document_at(inputs: Inputs, file: str, line: int) -> FileSheet:
    """The document of a file that a line is in."""
    documents = Documents(inputs.tree.read(file))
    start, end, _ = documents.around(line)
    data = documents.data
    return FileSheet(inputs, file, data[start:end].decode(), data[:start], data[end:])


class Documents:
    """A file's documents, so that one can be parsed without the others."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._offsets = [0]
        self._lines = [1]
        line, counted = 1, 0
        for match in _DOCUMENT.finditer(data):
            line += data.count(b"\n", counted, match.start())
            counted = match.start()
            self._offsets.append(counted)
            self._lines.append(line)
        self._offsets.append(len(data))

    def around(self, line: int) -> tuple[int, int, int]:
        """Where the document that a line is in begins and ends, and how many lines are before it."""
        at = bisect_right(self._lines, line) - 1
        return self._offsets[at], self._offsets[at + 1], self._lines[at] - 1


_DOCUMENT = re.compile(rb"^---(?=\s|$)", re.MULTILINE)
"""Where a document starts: nothing else in YAML has this at the start of a line."""


def _replaced(value: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    copied: Any = list(value) if isinstance(value, list) else dict(value)
    copied[path[0]] = _replaced(copied[path[0]], path[1:], new)
    return copied
