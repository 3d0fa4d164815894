"""Paths of fields, as people read them: `spec.template.spec.containers[name=main].image`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_PLAIN_VALUE = re.compile(r"[A-Za-z_/][A-Za-z0-9_./:@-]*")
_READ_AS_OTHERS = ("true", "false", "null")


@dataclass(frozen=True)
class Position:
    """An entry of a list by where it is: on the head, or on the base if it goes."""

    index: int

    def __str__(self) -> str:
        return f"[{self.index}]"


@dataclass(frozen=True)
class Entry:
    """An entry of a list by what makes it one to Kubernetes."""

    keys: tuple[tuple[str, Any], ...]
    """Names and values of its key fields; those that it leaves to their defaults are not among them."""

    def __str__(self) -> str:
        return f"[{','.join(f'{name}={_value(value)}' for name, value in self.keys)}]"


Step = str | Position | Entry
"""A field's name, or an entry of a list."""
Steps = tuple[Step, ...]


def path_text(steps: Steps) -> str:
    """The path, each different from every other; names that are no words are quoted: `data["a.b"]`."""
    parts: list[str] = []
    for step in steps:
        if not isinstance(step, str):
            parts.append(str(step))
        elif _PLAIN_NAME.fullmatch(step):
            parts.append(f".{step}" if parts else step)
        else:
            parts.append(f"[{json.dumps(step, ensure_ascii=False)}]")
    return "".join(parts)


def field_names(steps: Steps) -> tuple[str, ...]:
    """The names alone, which say what kind of field it is: `("spec", "template", "spec", "containers")`."""
    return tuple(step for step in steps if isinstance(step, str))


def _value(value: Any) -> str:
    if isinstance(value, str) and _PLAIN_VALUE.fullmatch(value) and value not in _READ_AS_OTHERS:
        return value
    return json.dumps(value, ensure_ascii=False)
