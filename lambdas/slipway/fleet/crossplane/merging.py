"""How a patch merges a value into what is there.

Source: crossplane/crossplane-runtime v2.3, `pkg/fieldpath/merge.go`, and darccio/mergo v1.0, `merge.go`, as it is
called there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.fleet.crossplane.errors import PatchError


@dataclass(frozen=True)
class MergeOptions:
    """What is kept of a value that is patched."""

    keep_map_values: bool = False
    """Fields that are there stay as they are."""
    append_lists: bool = False
    """What a list has stays, and what comes is added."""


def merged(old: Any, new: Any, options: MergeOptions | None) -> Any:
    """What comes of a value; without options, the new one.

    Args:
        old: what is there, None if nothing is. It may be changed.
        new: what comes.
        options: how they are merged.

    Raises:
        PatchError: a list comes where something else is.
    """
    if options is None or old is None or new is None:
        return new
    if options.append_lists and isinstance(old, list) and isinstance(new, list):
        there = set(map(_identity, old))
        new = [entry for entry in new if _identity(entry) not in there]
    holder = {"": old}
    _merge(holder, {"": new}, options)
    return holder[""]


def _merge(old: dict[str, Any], new: Mapping[str, Any], options: MergeOptions) -> None:
    overwrite = not options.keep_map_values
    for name, value in new.items():
        if value is None:
            if overwrite:
                old[name] = None
            continue
        there = old.get(name)
        is_empty = name not in old or _is_empty(there)
        if isinstance(value, dict) and isinstance(there, dict):
            _merge(there, value, options)
        elif isinstance(value, list):
            old[name] = _list(there, value, options)
        elif overwrite or is_empty:
            old[name] = value


def _list(there: Any, value: list[Any], options: MergeOptions) -> Any:
    if not options.append_lists:
        return there if options.keep_map_values and not _is_empty(there) else value
    if not isinstance(there, list | None):
        raise PatchError("a list cannot be appended to what is no list")
    return [*(there or ()), *value]


def _identity(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _is_empty(value: Any) -> bool:
    """What Go calls empty: nothing, zero, false, no entries."""
    return not value
