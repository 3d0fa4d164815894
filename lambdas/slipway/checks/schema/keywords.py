"""The one rule that JSON Schema cannot say: no two entries of a keyed list share their key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from slipway.checks.schema.errors import quoted

LIST_KEYS = "x-slipway-list-keys"
"""The keyword; its value maps each key field of an entry to what it counts as where it is left out."""


class ListKeys:
    """Server-side apply merges such a list entry by entry, and refuses entries that it cannot tell apart.

    Source: structured-merge-diff typed/helpers.go, keyedAssociativeListItemToPathElement.
    """

    def __init__(self, _parent: dict[str, Any], keys: Mapping[str, Any], _path: list[str | int]) -> None:
        self._keys = keys

    def validate(self, entries: Any) -> None:
        """Raise the first error."""
        for error in self.iter_errors(entries):
            raise error

    def iter_errors(self, entries: Any) -> Iterator[ValueError]:
        """Yield an error per entry at fault; its text is `<index>:<message>`."""
        seen: dict[tuple[Any, ...], int] = {}
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if entry is None:
                yield ValueError(f"{index}:the entry is empty")
            if not isinstance(entry, dict):
                continue
            key = tuple([entry.get(name, default) for name, default in self._keys.items()])
            if any(isinstance(part, dict | list) for part in key):
                continue  # of the wrong type, which the schema says by itself
            if key in seen:
                what = " and ".join(f"{name} {_shown(entry[name])}" for name in self._keys if name in entry)
                yield ValueError(f"{index}:entry {seen[key]} has the same {what}; Kubernetes takes one of them")
            else:
                seen[key] = index


def _shown(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else json.dumps(value)
