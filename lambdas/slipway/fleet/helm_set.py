"""Helm's `--set` syntax: `a.b[0].c=value,d={x,y}`.

The grammar, its types and its oddities are those of Helm's parser (helm/helm, `pkg/strvals/parser.go`): a backslash
takes the next character as it is, `null` removes, whole numbers become integers, and a list or mapping that is there
already is changed where it stands.
"""

from __future__ import annotations

import re
from typing import Any

from slipway.errors import InputError

MAX_INDEX = 65_536
"""Helm's limit on the index of a list."""
MAX_LEVELS = 30
"""Helm's limit on the names in a path."""


class SetInteger(int):
    """An integer that was written with `--set`: templates see an int64, where they see a float64 for YAML's numbers."""


class SetError(InputError):
    """Helm refuses the text."""


def set_values(values: dict[str, Any], text: str, *, as_text: bool = False) -> None:
    """Do to `values` what `--set TEXT` does, with `as_text` what `--set-string TEXT` does.

    Raises:
        SetError: Helm refuses the text, or a name in it stands for something else than a mapping or list.
    """
    parser = _Parser(text, as_text=as_text)
    try:
        while True:
            parser.key(values, 0)
    except _End:
        return


class _End(Exception):
    """The text is at its end; Helm takes whatever was set until then."""


class _Parser:
    def __init__(self, text: str, *, as_text: bool) -> None:
        self._text = text
        self._at = 0
        self._as_text = as_text

    def key(self, target: dict[str, Any], level: int) -> None:
        name, stop = self._until("=[,.")
        if stop is None:
            if not name:
                raise _End
            raise SetError(f"key {name!r} has no value")
        if stop == ",":
            raise SetError(f"key {name!r} has no value (cannot end with ,)")
        if stop == "=":
            self._value_of(target, name)
        elif stop == "[":
            self._list_of(target, name, level)
        else:
            self._mapping_of(target, name, level + 1)

    def _value_of(self, target: dict[str, Any], name: str) -> None:
        if self._at == len(self._text):
            _put(target, name, "")
            raise _End
        _put(target, name, self._value())

    def _list_of(self, target: dict[str, Any], name: str, level: int) -> None:
        index = self._index()
        items = target.get(name, [])
        if not isinstance(items, list):
            raise SetError(f"{name!r} is no list")
        try:
            items = self._item(items, index, level)
        finally:
            _put(target, name, items)

    def _mapping_of(self, target: dict[str, Any], name: str, level: int) -> None:
        if level > MAX_LEVELS:
            raise SetError(f"more than {MAX_LEVELS} names lead to one another")
        inner = target.get(name, {})
        if not isinstance(inner, dict):
            raise SetError(f"{name!r} is no mapping")
        try:
            self.key(inner, level)
        finally:
            if inner:
                _put(target, name, inner)
        if not inner:
            raise SetError(f"key map {name!r} has no value")

    def _item(self, items: list[Any], index: int, level: int) -> list[Any]:
        """The list with what follows its `[index]` set."""
        if index < 0:
            raise SetError(f"negative {index} index not allowed")
        extra, stop = self._until("[.=")
        if extra:
            raise SetError(f"unexpected data at end of array index: {extra!r}")
        if stop is None:
            raise _End
        if stop == "=":
            return _placed(items, index, "" if self._at == len(self._text) else self._value())
        present = items[index] if index < len(items) else None
        if stop == "[":
            next_index = self._index()
            if present is not None and not isinstance(present, list):
                raise SetError(f"item {index} is no list")
            return _placed(items, index, self._item(present or [], next_index, level))
        inner = present
        if not isinstance(inner, dict):
            inner = {}
            if index < len(items):
                items[index] = inner
        self.key(inner, level)
        return _placed(items, index, inner)

    def _index(self) -> int:
        digits, stop = self._until("]")
        if stop is None:
            raise _End
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", digits):
            raise SetError(f"{digits!r} is no index")
        return int(digits)

    def _value(self) -> Any:
        if self._text[self._at] != "{":
            value, _ = self._until(",")
            return self._typed(value)
        self._at += 1
        items = []
        while True:
            value, stop = self._until(",}")
            if stop is None:
                raise SetError("list must terminate with '}'")
            items.append(self._typed(value))
            if stop == "}":
                break
        if self._text[self._at : self._at + 1] == ",":
            self._at += 1
        return items

    def _typed(self, value: str) -> Any:
        if self._as_text:
            return value
        folded = value.casefold()
        if folded in _WORDS:
            return _WORDS[folded]
        if value == "0" or (re.fullmatch(r"[+-]?[0-9]+", value) and value[0] != "0" and -(2**63) <= int(value) < 2**63):
            return SetInteger(value)
        return value

    def _until(self, stops: str) -> tuple[str, str | None]:
        """The text until one of the characters, and that character; None at the end."""
        found: list[str] = []
        while self._at < len(self._text):
            character = self._text[self._at]
            self._at += 1
            if character in stops:
                return "".join(found), character
            if character == "\\":
                if self._at == len(self._text):
                    break
                character = self._text[self._at]
                self._at += 1
            found.append(character)
        return "".join(found), None


_WORDS = {"true": True, "false": False, "null": None}


def _put(target: dict[str, Any], name: str, value: Any) -> None:
    if name:
        target[name] = value


def _placed(items: list[Any], index: int, value: Any) -> list[Any]:
    """A list that is long enough is changed itself, as in Helm; whoever else holds it sees the change."""
    if index > MAX_INDEX:
        raise SetError(f"index of {index} is greater than maximum supported index of {MAX_INDEX}")
    if index >= len(items):
        items = [*items, *[None] * (index + 1 - len(items))]
    items[index] = value
    return items
