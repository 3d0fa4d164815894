"""Fields that patches write: strategic merge and JSON 6902, in files, in kustomizations and in a Flux Kustomization."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from slipway.errors import InputError
from slipway.fleet.manifests import Path
from slipway.fleet.marks import Node, find, find_all, means
from slipway.fleet.objects import mapping, text
from slipway.fleet.sheets import Sheet
from slipway.fleet.writer import Writer, of_node

_IDENTITY: tuple[Path, ...] = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))
"""What says which object a strategic merge patch is about, instead of changing it."""


@dataclass(frozen=True)
class Asked:
    """A field of a build's output."""

    value: Any
    """What it holds."""
    path: Path
    kind: str
    name: str
    """Of its object."""


def patched(field: str, sheet: Sheet, entry: Mapping[str, Any], asked: Asked) -> Iterator[Writer]:
    """What in a patch may have written a field, the first one first.

    Args:
        field: of the kustomization that has the patch.
        sheet: the patch.
        entry: what the kustomization says of it.
        asked: the field.
    """
    if not _may_aim_at(mapping(entry.get("target")), asked):
        return
    try:
        documents = sheet.marks.documents
    except InputError:
        return
    for document in documents:
        if isinstance(document, yaml.SequenceNode):
            for item in document.value:
                yield from _operation(field, sheet, item, asked)
        elif (entry.get("target") or _is_about(document, asked)) and (
            asked.path not in _IDENTITY or entry.get("options")
        ):
            yield from _values(field, sheet, (), document, asked.path, asked.value)


def _may_aim_at(target: Mapping[str, Any], asked: Asked) -> bool:
    """False where a target's words leave no doubt; names may have changed since the patch was applied."""
    kind, name = text(target.get("kind")), text(target.get("name"))
    if kind and _WORD.fullmatch(kind) and kind != asked.kind:
        return False
    return not (name and _WORD.fullmatch(name) and name not in asked.name)


_WORD = re.compile(r"[\w-]+")


def _is_about(document: Node, asked: Asked) -> bool:
    kind, name = find(document, ("kind",)), find(document, ("metadata", "name"))
    return (kind is None or kind[-1].value == asked.kind) and (name is None or str(name[-1].value) in asked.name)


def _values(field: str, sheet: Sheet, before: tuple[Node, ...], node: Node, path: Path, value: Any) -> Iterator[Writer]:
    for way in find_all(node, path):
        if means(way[-1], value):
            yield of_node(field, sheet, (*before, *way))


def _operation(field: str, sheet: Sheet, item: Node, asked: Asked) -> Iterator[Writer]:
    found = {name: find(item, (name,)) for name in ("op", "path", "value")}
    operation, pointer, value = (found[name] for name in ("op", "path", "value"))
    if operation is None or pointer is None:
        return
    steps = _steps(str(pointer[-1].value))
    if len(steps) > len(asked.path) or not all(map(_leads_to, steps, asked.path)):
        return
    if operation[-1].value in ("add", "replace") and value is not None:
        yield from _values(field, sheet, value[:-1], value[-1], asked.path[len(steps) :], asked.value)
    elif operation[-1].value in ("copy", "move"):
        yield of_node(field, sheet, pointer)


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _leads_to(step: str, wanted: str | int) -> bool:
    """Operations that follow may move the items of a list."""
    return step == str(wanted) or (isinstance(wanted, int) and (step == "-" or step.isdecimal()))
