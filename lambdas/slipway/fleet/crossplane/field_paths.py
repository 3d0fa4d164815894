"""Field paths as Crossplane reads them: `spec.parameters.tags[0].key`, `metadata.annotations[crossplane.io/x]`.

Source of the grammar, and of what reading and writing does: crossplane/crossplane-runtime v2.3, `pkg/fieldpath`
(`fieldpath.go`, `paved.go`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from slipway.fleet.crossplane.errors import FieldNotFound, PatchError

WILDCARD = "*"
MAX_INDEX = 1024
"""The highest index of a list that Crossplane writes to."""
_MAX_UINT32 = 2**32 - 1

Segment = str | int
"""A field's name, or an index."""
Segments = tuple[Segment, ...]


def parse(path: str) -> Segments:
    """The steps of a field path.

    Raises:
        PatchError: it is none.
    """
    found: list[Segment] = []
    at = 0
    while at < len(path):
        if path[at] == "[":
            end = path.find("]", at)
            inner = path[at + 1 : end]
            if end < 0 or not inner or "[" in inner:
                raise PatchError(f"{path!r} is no field path: its brackets do not fit")
            found.append(_field_or_index(inner))
            at = end + 1
        elif path[at] == ".":
            if at == 0 or at == len(path) - 1 or path[at + 1] in ".[":
                raise PatchError(f"{path!r} is no field path: it has a dot too many")
            at += 1
        else:
            name = _NAME.match(path, at)
            if name is None:
                raise PatchError(f"{path!r} is no field path: it has a bracket too many")
            found.append(_unquoted(name[0]))
            at = name.end()
            if path[at : at + 1] == "]":
                raise PatchError(f"{path!r} is no field path: it has a bracket too many")
    return tuple(found)


_NAME = re.compile(r"[^.\[\]]+")


def _field_or_index(text: str) -> Segment:
    if text.isascii() and text.isdigit() and int(text) <= _MAX_UINT32:
        return int(text)
    return _unquoted(text)


def _unquoted(text: str) -> str:
    return text.strip("'\"")


def shown(segments: Segments) -> str:
    """The path as Crossplane writes it in messages."""
    text = ""
    for step in segments:
        text += f"[{step}]" if isinstance(step, int) or step == WILDCARD or "." in step else f".{step}"
    return text.removeprefix(".")


def get(value: Any, segments: Segments) -> Any:
    """What is at a path.

    Raises:
        FieldNotFound: nothing is.
        PatchError: the path leads through what has no such fields.
    """
    if not segments:
        return None
    for at, step in enumerate(segments):
        if isinstance(step, int):
            if not isinstance(value, list):
                raise PatchError(f"{shown(segments[:at])} is no list")
            if step >= len(value):
                raise FieldNotFound(f"{shown(segments[: at + 1])} does not exist")
            value = value[step]
        elif value is None:
            raise FieldNotFound(f"{shown(segments[:at])} is null")
        elif not isinstance(value, dict):
            raise PatchError(f"{shown(segments[:at])} is no map")
        elif step not in value:
            raise FieldNotFound(f"{shown(segments[: at + 1])} does not exist")
        else:
            value = value[step]
    return value


def put(obj: dict[str, Any], segments: Segments, value: Any) -> None:
    """Write a value to a path, in place; maps and lists that lead there are made.

    Raises:
        PatchError: the path leads through something else.
    """
    if beyond := [index for index in segments if isinstance(index, int) and index > MAX_INDEX]:
        raise PatchError(f"index {beyond[0]} is greater than {MAX_INDEX}")
    within: Any = obj
    step: Any
    for at, step in enumerate(segments):
        if not isinstance(within, list if isinstance(step, int) else dict):
            raise PatchError(f"{shown(segments[:at])} is no {'list' if isinstance(step, int) else 'map'}")
        if at == len(segments) - 1:
            within[step] = value
            return
        _prepare(within, step, segments[at + 1])
        within = within[step]


def _prepare(within: Any, key: Any, following: Segment) -> None:
    """Make room for the step after the next."""
    is_missing = within[key] is None if isinstance(key, int) else key not in within
    if is_missing:
        within[key] = [None] * (following + 1) if isinstance(following, int) else {}
    elif isinstance(following, int) and isinstance(found := within[key], list):
        found.extend([None] * (following + 1 - len(found)))


def expand(obj: Any, segments: Segments) -> Iterator[Segments]:
    """The paths that a path with wildcards stands for in an object.

    Raises:
        FieldNotFound: a wildcard is where nothing is.
        PatchError: a wildcard is where no list and no map is.
    """
    for at, step in enumerate(segments):
        if step == WILDCARD:
            found = _at(obj, segments[:at])
            if found is None:
                raise FieldNotFound(f"{shown(segments[:at])} is null")
            if not isinstance(found, dict | list):
                raise PatchError(f"{shown(segments[:at])} is neither list nor map")
            if WILDCARD in found and isinstance(found, dict):
                # The function goes round in circles here until it crashes.
                raise PatchError(f"{shown(segments[:at])} has a field that is called *")
            for inner in range(len(found)) if isinstance(found, list) else found:
                yield from expand(obj, (*segments[:at], inner, *segments[at + 1 :]))
            return
        try:
            get(obj, segments[: at + 1])
        except FieldNotFound:
            return
    yield segments


def _at(obj: Any, segments: Segments) -> Any:
    return get(obj, segments) if segments else obj
