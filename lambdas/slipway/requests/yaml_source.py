"""A YAML file that is to be edited: its text, its documents and their values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from slipway.errors import InputError
from slipway.fleet.events import Path
from slipway.fleet.manifests import load_documents
from slipway.requests.yaml_nodes import Alias, Mapping, Node, Scalar, Sequence, documents, key_of, walk

Selector = int | tuple[str, str] | tuple[str, str, str]
"""Which document of a file: its index, empty ones counted, or its kind, name and, if need be, namespace."""

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Source:
    """A file."""

    file: str
    text: str
    """Without byte order mark, with `\\n` for every line break."""
    has_bom: bool
    is_crlf: bool
    roots: list[Node]
    """Of every document, empty ones included."""
    values: list[Any]
    """Of every document; None if it is empty."""

    def encode(self, text: str) -> bytes:
        """Another text, as this file writes its own."""
        data = (text.replace("\n", "\r\n") if self.is_crlf else text).encode()
        return _BOM + data if self.has_bom else data

    def error(self, problem: str, index: int) -> InputError:
        """What is wrong at a position of the text."""
        return InputError(problem, file=self.file, line=self.text.count("\n", 0, index) + 1)


def read(content: bytes, file: str) -> Source:
    """Read a file.

    Raises:
        InputError: it is no YAML, has duplicate keys, or breaks its lines in several ways.
    """
    try:
        found = {document.index: document.value for document in load_documents(content, file)}
    except InputError as err:
        lines = content.splitlines()
        if 0 < err.line <= len(lines) and re.match(rb" *\t", lines[err.line - 1]):
            raise InputError("a tab in the indentation; use spaces", file=file, line=err.line) from None
        raise
    data = content.removeprefix(_BOM)
    is_crlf = b"\r\n" in data
    odd = re.search(rb"(?<!\r)\n|\r(?!\n)" if is_crlf else rb"\r", data)
    if odd:
        line = len(re.findall(rb"\r\n|\r|\n", data[: odd.start()])) + 1
        problem = "this line does not end as the others do; give the file one kind of line breaks"
        raise InputError(problem, file=file, line=line)
    text = data.decode().replace("\r\n", "\n")
    roots = documents(text)
    return Source(
        file, text, content.startswith(_BOM), is_crlf, roots, [found.get(index) for index in range(len(roots))]
    )


def choose(source: Source, selector: Selector | None) -> int:
    """The index of the document that is meant; None means the only one that is not empty.

    Raises:
        InputError: there is none, or there are several.
    """
    present = [index for index, value in enumerate(source.values) if value is not None]
    if isinstance(selector, int):
        chosen = [index for index in present if index == selector]
        wanted = f"document {selector}"
    elif selector is not None:
        chosen = [index for index in present if _identity(source.values[index])[: len(selector)] == selector]
        wanted = "/".join(selector)
    else:
        chosen, wanted = present, "document with content"
    if not chosen:
        names = ", ".join("/".join(filter(None, _identity(source.values[index]))) or "?" for index in present)
        raise InputError(f"no {wanted} here; there is {names or 'nothing'}", file=source.file)
    if len(chosen) > 1:
        problem = f"{len(chosen)} documents here could be meant; name one by kind, name and namespace, or by its index"
        raise source.error(problem, source.roots[chosen[1]].start)
    return chosen[0]


def _identity(value: Any) -> tuple[str, str, str]:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    names = metadata if isinstance(metadata, dict) else {}
    kind = value.get("kind") if isinstance(value, dict) else ""
    return str(kind or ""), str(names.get("name") or ""), str(names.get("namespace") or "")


@dataclass(frozen=True)
class Way:
    """The way to a value, as far as there is one."""

    nodes: list[Node]
    """From the root on; one more than there are positions."""
    positions: list[int]
    """Which entry or item of each node is the next one."""
    missing: Path
    """The steps that lead nowhere yet."""


def find(source: Source, document: int, path: Path) -> Way:
    """Go to where a path leads.

    Raises:
        InputError: something on the way is no collection, or cannot be changed without changing other things too.
    """
    node = source.roots[document]
    way = Way([node], [], ())
    for depth, step in enumerate(path):
        check_plain(source, node)
        if isinstance(step, str) and isinstance(node, Mapping):
            names = [key_of(key) for key, _ in node.entries]
            if step not in names:
                return Way(way.nodes, way.positions, path[depth:])
            at = names.index(step)
            _check_key(source, node.entries[at][0])
            node = node.entries[at][1]
        elif isinstance(step, int) and isinstance(node, Sequence) and 0 <= step < len(node.items):
            at, node = step, node.items[step]
        elif isinstance(step, str) and is_null(node):
            return Way(way.nodes, way.positions, path[depth:])
        else:
            raise source.error(f"no {shown(path[: depth + 1])} here", node.start)
        way.positions.append(at)
        way.nodes.append(node)
    check_plain(source, node)
    return way


def is_null(node: Node) -> bool:
    """True if nothing, or null, is written."""
    return isinstance(node, Scalar) and not node.style and node.text in ("", "~", "null", "Null", "NULL")


def shown(path: Path) -> str:
    """A path for people."""
    return ".".join(str(step) for step in path) or "the document"


def check_plain(source: Source, node: Node) -> None:
    """Raise unless a value can be changed and nothing else changes with it."""
    problem = ""
    if isinstance(node, Alias):
        problem = f"an alias (*{node.anchor}) is here; write out what it stands for, or edit by hand"
    elif node.anchor is not None:
        problem = f"an anchor (&{node.anchor}) is here, and what is changed would change elsewhere too; edit by hand"
    elif node.tag is not None:
        problem = f"a tag ({node.tag}) is here; remove it, or edit by hand"
    elif isinstance(node, Mapping) and any(key_of(key) is None for key, _ in node.entries):
        problem = "a merge key (<<) is here; write out what it merges, or edit by hand"
    if problem:
        raise source.error(problem, node.start)


def check_unreferenced(source: Source, document: int, nodes: tuple[Node, ...]) -> None:
    """Raise if something outside of nodes that go repeats something inside."""
    inside = [node for gone in nodes for node in walk(gone)]
    anchors = {node.anchor for node in inside if not isinstance(node, Alias)} - {None}
    kept = {id(node) for node in inside}
    for node in walk(source.roots[document]) if anchors else ():
        if isinstance(node, Alias) and node.anchor in anchors and id(node) not in kept:
            problem = f"this repeats (*{node.anchor}) what is to go; write out what it stands for first"
            raise source.error(problem, node.start)


def _check_key(source: Source, key: Node) -> None:
    if key.anchor is not None or key.tag is not None:
        raise source.error("a key with an anchor or a tag; edit by hand", key.start)
    if source.text[: key.start].rstrip(" ").endswith("?"):
        raise source.error("a key that is written with ?; write it as `key: value`, or edit by hand", key.start)
