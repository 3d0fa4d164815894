"""Edits of hand-written YAML that leave every other byte alone.

    content = add_item(content, ("resources",), "podinfo")
    content = set_value(content, ("spec", "values", "image", "tag"), "1.35", document=("HelmRelease", "podinfo"))

Only the characters of what changes are written; no file is dumped (docs/decisions/yaml-edits.md). Every result is read
again and compared with what was asked, so that a file is changed as asked or not at all.

A path is keys and indices from the root of a document; `document` says which one (None: there is only one), `file` is
what errors name. All functions raise InputError, with the line, where an edit is not possible: the path leads nowhere
or through an anchor, an alias, a merge key or a tag, or the file is no YAML, has duplicate keys or several kinds of
line breaks.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from typing import Any

from slipway.errors import InputError
from slipway.fleet.events import Path
from slipway.requests import yaml_layout as layout
from slipway.requests.yaml_nodes import Mapping, Node, Scalar, Sequence, size
from slipway.requests.yaml_source import (
    Selector,
    Source,
    check_unreferenced,
    choose,
    find,
    is_null,
    read,
    shown,
)
from slipway.requests.yaml_splices import inserted, removed, replaced, spliced
from slipway.requests.yaml_write import Style, checked, style_of

__all__ = ["Path", "Selector", "add_item", "remove_item", "remove_key", "set_value"]


def set_value(content: bytes, path: Path, value: Any, *, document: Selector | None = None, file: str = "") -> bytes:
    """Another value at a path; a key that is missing is added at the end of its mapping, with its parents.

    Quotes, comments and alignment stay. Of mappings and lists only what differs is written.

    Args:
        content: the file.
        path: where; not empty.
        value: any value of JSON.
        document: which document.
        file: the file's name.
    """
    source = read(content, file)
    index, value = choose(source, document), checked(value)
    if not path:
        raise InputError("a whole document cannot be replaced; name a key of it", file=file)
    edited = _set(content, index, path, value, file)
    return _verified(source, index, path, _with(source.values[index], path, value), edited)


def add_item(content: bytes, path: Path, item: Any, *, document: Selector | None = None, file: str = "") -> bytes:
    """An item at the end of a list, or in its place in one that is sorted; nothing if the list has it.

    A list that is missing is made, with its parents.

    Args:
        content: the file.
        path: where the list is.
        item: any value of JSON.
        document: which document.
        file: the file's name.
    """
    source = read(content, file)
    index, item = choose(source, document), checked(item)
    way = find(source, index, path)
    node, style = way.nodes[-1], _style(source, index)
    if way.missing or is_null(node):
        edited = _set(content, index, path, [item], file, _as_commented_out(source, node, style) if path else style)
        return _verified(source, index, path, _with(source.values[index], path, [item]), edited)
    items = _at(source.values[index], path)
    if not isinstance(node, Sequence):
        raise source.error(f"{shown(path)} is no list", node.start)
    if any(_same(item, other) for other in items):
        return content
    at = _place(items, item)
    expected = _with(source.values[index], path, [*items[:at], item, *items[at:]])
    splices = inserted(source, way.nodes, way.positions, at, item, style)
    return _verified(source, index, path, expected, source.encode(spliced(source.text, splices)))


def remove_item(
    content: bytes,
    path: Path,
    item: Any,
    *,
    document: Selector | None = None,
    drop_empty: bool = False,
    file: str = "",
) -> bytes:
    """Without an item of a list, and without the comments that belong to it.

    Args:
        content: the file.
        path: where the list is.
        item: what it holds; each that is equal goes.
        document: which document.
        drop_empty: whether a list that becomes empty goes, with its key, and so a mapping that this leaves empty;
            else it becomes `[]`.
        file: the file's name.

    Raises:
        InputError: also if it is not in the list.
    """
    source = read(content, file)
    index = choose(source, document)
    way = find(source, index, path)
    node = way.nodes[-1]
    if way.missing or not isinstance(node, Sequence):
        raise source.error(f"no list {shown(path)} here", node.start)
    items, wanted = _at(source.values[index], path), checked(item)
    kept = [other for other in items if not _same(wanted, other)]
    if len(kept) == len(items):
        raise source.error(f"{shown(path)} does not have {str(item)[:80]!r}", node.start)
    if not kept and drop_empty and path and isinstance(path[-1], str):
        return remove_key(content, path, document=index, drop_empty=True, file=file)
    edited = content
    for at in reversed([at for at, other in enumerate(items) if _same(wanted, other)]):
        edited = _remove(edited, index, (*path, at), file)
    return _verified(source, index, path, _with(source.values[index], path, kept), edited)


def remove_key(
    content: bytes, path: Path, *, document: Selector | None = None, drop_empty: bool = False, file: str = ""
) -> bytes:
    """Without a key (or the item of an index), its value and the comments that belong to it.

    Args:
        content: the file.
        path: where; not empty.
        document: which document.
        drop_empty: whether a mapping that becomes empty goes as well, with its key, and so on; else it becomes `{}`.
        file: the file's name.
    """
    source = read(content, file)
    index = choose(source, document)
    way = find(source, index, path)
    if not path or way.missing:
        raise source.error(
            f"no {shown(path)} here" if path else "a whole document cannot be removed", way.nodes[-1].start
        )
    depth = len(path)
    while drop_empty and depth > 1 and isinstance(path[depth - 2], str) and _is_only(way.nodes[depth - 1]):
        depth -= 1
    edited = _remove(content, index, path[:depth], file)
    return _verified(source, index, path, _without(source.values[index], path[:depth]), edited)


def _set(content: bytes, index: int, path: Path, value: Any, file: str, style: Style | None = None) -> bytes:
    """The edit of `set_value`, not verified; what collections have in common is left alone."""
    source = read(content, file)
    way = find(source, index, path)
    style = style or _style(source, index)
    if way.missing:
        for step in reversed(way.missing[1:]):
            value = {step: value}
        new, node = {way.missing[0]: value}, way.nodes[-1]
        if any(isinstance(step, int) for step in way.missing):
            raise source.error(f"no {shown(path)} here", node.start)
        if is_null(node):
            splices = replaced(source, way.nodes, way.positions, new, style)
        elif isinstance(node, Mapping):
            splices = inserted(source, way.nodes, way.positions, size(node), new, style)
        else:
            raise source.error(f"no {shown(path)} here", node.start)
        return source.encode(spliced(source.text, splices))
    old = _at(source.values[index], path)
    if _same(old, value):
        return content
    if isinstance(old, dict) and isinstance(value, dict) and old and value:
        return _merge(content, index, path, old, value, file)
    if isinstance(old, list) and isinstance(value, list) and old and value:
        return _align(content, index, path, old, value, file)
    check_unreferenced(source, index, (way.nodes[-1],))
    return source.encode(spliced(source.text, replaced(source, way.nodes, way.positions, value, style)))


def _merge(content: bytes, index: int, path: Path, old: dict[str, Any], new: dict[str, Any], file: str) -> bytes:
    for key, value in new.items():
        content = _set(content, index, (*path, key), value, file)
    for key in [key for key in old if key not in new]:
        content = _remove(content, index, (*path, key), file)
    return content


def _align(content: bytes, index: int, path: Path, old: list[Any], new: list[Any], file: str) -> bytes:
    """Change, insert or remove what stands between the items that both lists begin and end with."""
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if not _same(old[at], new[at])), shorter)
    most = shorter - head
    foot = next((at for at in range(most) if not _same(old[-1 - at], new[-1 - at])), most)
    for at in range(head, shorter - foot):
        content = _set(content, index, (*path, at), new[at], file)
    for at in range(shorter - foot, len(new) - foot):
        source = read(content, file)
        way = find(source, index, path)
        splices = inserted(source, way.nodes, way.positions, at, new[at], _style(source, index))
        content = source.encode(spliced(source.text, splices))
    for at in reversed(range(shorter - foot, len(old) - foot)):
        content = _remove(content, index, (*path, at), file)
    return content


def _remove(content: bytes, index: int, path: Path, file: str) -> bytes:
    source = read(content, file)
    way = find(source, index, path)
    parent, at = way.nodes[-2], way.positions[-1]
    gone: tuple[Node, ...] = (way.nodes[-1],)
    if isinstance(parent, Mapping):
        gone = parent.entries[at]
    check_unreferenced(source, index, gone)
    return source.encode(spliced(source.text, removed(source, way.nodes[:-1], way.positions[:-1], at)))


def _verified(source: Source, index: int, path: Path, expected: Any, edited: bytes) -> bytes:
    """What was edited, if it holds what was expected and nothing else has changed."""
    wanted = [*source.values[:index], expected, *source.values[index + 1 :]]
    with contextlib.suppress(InputError):
        if _same(read(edited, source.file).values, wanted):
            return edited
    node = find(source, index, path).nodes[-1]
    raise source.error(f"{shown(path)} is written in a way that cannot be edited safely; edit by hand", node.start)


def _style(source: Source, index: int) -> Style:
    """How a document writes its blocks; the file, if it has none."""
    return style_of(source.text, [source.roots[index]])


def _as_commented_out(source: Source, node: Node, style: Style) -> Style:
    """A list stands where its items stand that are commented out."""
    if not isinstance(node, Scalar):
        return style
    match = re.compile(r"[^\n]*\n(?:[ ]*\n)*([ ]*)#\s*- ").match(source.text, node.end)
    key = layout.line_start(source.text, node.end)
    indentation = len(source.text[key:]) - len(source.text[key:].lstrip(" "))
    return replace(style, offset=len(match[1]) - indentation) if match and len(match[1]) >= indentation else style


def _is_only(node: Node) -> bool:
    return isinstance(node, Mapping | Sequence) and size(node) == 1


def _place(items: list[Any], item: Any) -> int:
    """Where an item belongs: in a sorted list of texts before the next greater one, else at the end."""
    is_sorted = len(items) > 1 and all(isinstance(text, str) for text in [*items, item]) and items == sorted(items)
    return next((at for at, text in enumerate(items) if text > item), len(items)) if is_sorted else len(items)


def _same(left: Any, right: Any) -> bool:
    """True if two values are the same to JSON; `1` is not `True`."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(_same(value, right[key]) for key, value in left.items())
    if isinstance(left, list):
        return len(left) == len(right) and all(_same(a, b) for a, b in zip(left, right, strict=True))
    return bool(left == right)


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _with(value: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    step, *rest = path
    if isinstance(value, list) and isinstance(step, int):
        return [*value[:step], _with(value[step], tuple(rest), new), *value[step + 1 :]]
    mapping = value or {}
    return {**mapping, step: _with(mapping.get(step), tuple(rest), new)}


def _without(value: Any, path: Path) -> Any:
    step, *rest = path
    if rest:
        return _with(value, (step,), _without(value[step], tuple(rest)))
    if isinstance(value, list):
        return [item for at, item in enumerate(value) if at != step]
    return {key: inner for key, inner in value.items() if key != step}
