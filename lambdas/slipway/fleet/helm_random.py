"""Two renderings of the same, and what chance made of them.

A chart that makes a password renders another one each time. Compared with its earlier self such a release would always
seem to change, so what differs between two renderings is replaced by a word that does not.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from slipway.fleet.objects import mapping

RANDOM = "random"
"""Stands for what is another at each rendering."""

_ENCODED = base64.b64encode(RANDOM.encode()).decode()
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def masked(
    first: Sequence[Mapping[str, Any]], second: Sequence[Mapping[str, Any]]
) -> tuple[list[Mapping[str, Any]], list[tuple[str, str]]]:
    """The objects of two renderings without their differences; and objects by name, with the fields that differ.

    Fields are named with dots: `data.password`. An object that only one rendering has is kept as it is.
    """
    kept: list[Mapping[str, Any]] = []
    random: list[tuple[str, str]] = []
    for one, other in zip_longest(first, second):
        if one is None:
            continue
        if other is None or one.get("kind") != other.get("kind"):
            kept.append(one)
            random.append((_name(one), "all"))
            continue
        paths: list[str] = []
        common: Mapping[str, Any] = _common(one, other, "", paths)
        kept.append(common)
        if paths:
            random.append((_name(common), ", ".join(paths)))
    return kept, random


def _name(value: Mapping[str, Any]) -> str:
    return f"{value.get('kind')} {mapping(value.get('metadata')).get('name', '')}"


def _common(one: Any, other: Any, path: str, paths: list[str]) -> Any:
    if one == other:
        return one
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        names = [*one, *(name for name in other if name not in one)]
        return {
            name: _common(one.get(name), other.get(name), f"{path}.{name}" if path else name, paths) for name in names
        }
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [_common(a, b, f"{path}[{index}]", paths) for index, (a, b) in enumerate(zip(one, other, strict=True))]
    paths.append(path)
    if not isinstance(one, str) or not isinstance(other, str):
        return RANDOM
    may_be_encoded = path.startswith("data.") or path.endswith("caBundle")
    if may_be_encoded and _BASE64.fullmatch(one) and _BASE64.fullmatch(other):
        return _ENCODED
    return _common_text(one, other)


def _common_text(one: str, other: str) -> str:
    """The words that both begin and end with, and between them that chance was at work: `job-x7fd` is `job-random`."""
    a, b = (re.split(r"([^A-Za-z0-9]+)", value) for value in (one, other))
    before = 0
    while before < min(len(a), len(b)) and a[before] == b[before]:
        before += 1
    after = 0
    while after < min(len(a), len(b)) - before and a[-1 - after] == b[-1 - after]:
        after += 1
    return "".join([*a[:before], RANDOM, *a[len(a) - after :]])
