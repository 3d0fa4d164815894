"""YAML as sigs.k8s.io/yaml writes it (goyaml.v2, `sorter.go`, `encode.go`): keys in its order, its choice of quotes.

Where it matters byte for byte, compare with the original: this is good enough to be right nearly always, no proof.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cmp_to_key
from typing import Any

import yaml
from yaml.resolver import Resolver

from slipway.fleet import dialect


def go_yaml(value: Any) -> str:
    """One document, ending with a line break."""
    return yaml.dump(
        _ordered(value), Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=2**30, allow_unicode=True
    ).removesuffix("...\n")


class _Dumper(yaml.CSafeDumper):
    """Block style, no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    if "\n" in text:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
    is_plain = isinstance(dialect.plain(text), str) and text != "<<" and not _LIKE_OTHERS.fullmatch(text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_plain else '"')


_LIKE_OTHERS = re.compile(
    r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"  # numbers to the base of sixty
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?"  # dates
)


_RESOLVER: Any = Resolver()


def _represent_number(dumper: _Dumper, number: float) -> yaml.ScalarNode:
    mantissa, _, exponent = repr(number).partition("e")
    text = f"{mantissa}e{exponent[0]}{exponent[1:].rjust(2, '0')}" if exponent else mantissa
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # whatever it is to Python, it is to have no quotes
    return dumper.represent_scalar(str(tag), text)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(float, _represent_number)


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _ordered(value[name]) for name in sorted(value, key=cmp_to_key(_compare))}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def _compare(left: str, right: str) -> int:
    """Order of keys: letters after everything else, numbers within by their value."""
    for index, (a, b) in enumerate(zip(left, right, strict=False)):
        if a == b:
            continue
        if a.isalpha() and b.isalpha():
            return -1 if a < b else 1
        if a.isalpha() or b.isalpha():
            return -1 if b.isalpha() else 1
        return _compare_numbers(left, right, index)
    return len(left) - len(right)


def _compare_numbers(left: str, right: str, index: int) -> int:
    before = re.search(r"[0-9]*\Z", left[:index])
    within = "0" in (left[index], right[index]) and before is not None and bool(before[0].strip("0"))
    numbers = []
    for text in (left, right):
        digits = re.match(r"[0-9]*", text[index:])
        found = digits[0] if digits else ""
        numbers.append((int(f"{1 if within else 0}{found}"), len(found)))
    if numbers[0] != numbers[1]:
        return -1 if numbers[0] < numbers[1] else 1
    return -1 if left[index] < right[index] else 1
