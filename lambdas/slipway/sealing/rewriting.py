"""A file with other texts in some places, or an error: nothing else of it may change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slipway.errors import InputError
from slipway.fleet.events import Path
from slipway.fleet.manifests import Document, load_documents
from slipway.fleet.objects import text, value_at
from slipway.sealing.places import Places, bytes_of, replaced, text_of

Changes = Mapping[int, Mapping[Path, str]]
"""What shall stand where, by the index of its document and its path in it."""


def rewritten(
    data: bytes, file: str, documents: Sequence[Document], found: Sequence[Places], changes: Changes
) -> bytes:
    """The file with its changes.

    Args:
        data: YAML or JSON.
        file: its path, for errors.
        documents: what it holds.
        found: the places of its documents, among them all that change.
        changes: texts without line breaks that mean the same in every style of YAML, as base64 does.

    Raises:
        InputError: it is written in a way in which its values cannot be replaced.
    """
    edits = [(found[index][path], value) for index, wanted in changes.items() for path, value in wanted.items()]
    if not edits:
        return data
    content = bytes_of(replaced(text_of(data), edits), data)
    if not _is_as_meant(documents, content, changes):
        raise InputError("is written in a way in which its values cannot be replaced; seal them by hand", file=file)
    return content


def _is_as_meant(before: Sequence[Document], content: bytes, changes: Changes) -> bool:
    """True if a file has the new values, and is else what it was."""
    try:
        after = load_documents(content)
    except InputError:
        return False
    if [each.index for each in before] != [each.index for each in after]:
        return False
    for old, new in zip(before, after, strict=True):
        wanted = changes.get(old.index, {})
        # The text of a block ends with a line end, which Go's decoder passes over.
        found = {path: text(value_at(new.value, path)).strip("\r\n") for path in wanted}
        if found != wanted or _patched(old.value, (), found) != _patched(new.value, (), found):
            return False
    return True


def _patched(value: Any, path: Path, changes: Mapping[Path, str]) -> Any:
    """A document with other values in it."""
    if path in changes:
        return changes[path]
    if isinstance(value, dict):
        return {key: _patched(item, (*path, key), changes) for key, item in value.items()}
    if isinstance(value, list):
        return [_patched(item, (*path, index), changes) for index, item in enumerate(value)]
    return value
