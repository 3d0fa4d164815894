"""Values as YAML, in any of the ways in which people write it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.generators.dice import Dice
from tests.generators.scalars import Plain


def write(dice: Dice, value: Any) -> str:
    """A document, without separators."""
    if dice.chance(3):
        return json.dumps(value, ensure_ascii=False, indent=dice.pick((None, 2))) + "\n"
    return _Writer(dice).document(value)


def write_all(dice: Dice, values: list[Any]) -> bytes:
    """A file of several documents."""
    parts = [_sometimes(dice, 15, ("---\n", "# a comment\n", "--- # x\n", "\n", "---\n---\n", "# a\n\n# b\n---\n"), "")]
    for at, value in enumerate(values):
        if at:
            parts.append(
                _sometimes(dice, 20, ("---\n# x\n---\n", "--- # x\n", "...\n---\n", "---\n\n", "--- \n"), "---\n")
            )
        parts.append(write(dice, value))
    parts.append(_sometimes(dice, 12, ("---\n", "...\n", "# end\n", "---\nnull\n", "---\n# end\n", "\n\n"), ""))
    if dice.rarely(2):
        parts.append("---\n{}\n")
    text = "".join(parts)
    if dice.rarely(1):
        text = "%YAML 1.1\n---\n" + text
    if dice.chance(2):
        text = text.replace("\n", "\r\n")
    if dice.chance(4):
        text = text.removesuffix("\n")
    return (b"\xef\xbb\xbf" if dice.chance(1) else b"") + text.encode()


def _sometimes(dice: Dice, percent: int, choices: tuple[str, ...], usual: str) -> str:
    return dice.pick(choices) if dice.chance(percent) else usual


class _Writer:
    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._odd = dice.chance(60)
        """True if styles vary within the document."""

    def document(self, value: Any) -> str:
        if isinstance(value, Mapping) and value:
            return "".join(self._entry(*entry, 0) for entry in value.items())
        if isinstance(value, list) and value:
            return "".join(self._item(item, 0) for item in value)
        return f"{self._flow(value)}\n"

    def _after(self, before: str, value: Any, indent: int) -> str:
        """What follows a key or a dash: the value, up to the end of its last line."""
        if isinstance(value, Mapping) and value and not self._sometimes(6):
            return f"{before}{self._comment()}\n" + "".join(self._entry(*entry, indent) for entry in value.items())
        if isinstance(value, list) and value and not self._sometimes(10):
            return f"{before}{self._comment()}\n" + "".join(self._item(item, indent) for item in value)
        if isinstance(value, str) and not isinstance(value, Plain) and (block := self._block(value, indent)):
            return f"{before} {block}"
        return f"{before} {self._flow(value)}{self._comment()}\n"

    def _entry(self, key: str, value: Any, indent: int) -> str:
        name = self._key(key)
        deeper = indent + 2
        if isinstance(value, list) and self._sometimes(50):
            deeper = indent
        spaces = " " * indent
        return self._after(f"{spaces}? {name}\n{spaces}:" if self._sometimes(1) else f"{spaces}{name}:", value, deeper)

    def _item(self, item: Any, indent: int) -> str:
        written = self._after("", item, indent + 2)
        if isinstance(item, Mapping | list) and written.startswith("\n"):
            return f"{' ' * indent}- {written[1:].lstrip(' ')}"
        return f"{' ' * indent}-{written}"

    def _key(self, key: str) -> str:
        if isinstance(key, Plain) or (_SAFE.fullmatch(key) and not self._sometimes(4)):
            return str(key)
        return json.dumps(key, ensure_ascii=False)

    def _flow(self, value: Any) -> str:
        if isinstance(value, Mapping):
            return "{" + ", ".join(f"{self._key(key)}: {self._flow(item)}" for key, item in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(self._flow, value)) + "]"
        if isinstance(value, Plain):
            return str(value)
        if isinstance(value, str):
            return self._quoted(value)
        return self._dice.pick(("null", "~", "Null")) if value is None else json.dumps(value)

    def _quoted(self, text: str) -> str:
        if _SAFE.fullmatch(text) and not self._sometimes(30):
            return text
        if "\n" not in text and text.isprintable() and self._sometimes(40):
            return "'" + text.replace("'", "''") + "'"
        return _ESCAPED.sub(lambda found: f"\\x{ord(found[0]):02x}", json.dumps(text, ensure_ascii=False))

    def _block(self, text: str, indent: int) -> str:
        """The text as a block; nothing where it cannot be or need not."""
        if not all(character == "\n" or character == "\t" or character.isprintable() for character in text):
            return ""
        if not (self._sometimes(70) if "\n" in text else self._sometimes(3)):
            return ""
        indicator = (">" if self._dice.rarely(25) else "|") + (str(2) if text[:1] in (" ", "\n", "\t", "") else "")
        chomp = "" if text.endswith("\n") and not text.endswith("\n\n") else "+" if text.endswith("\n") else "-"
        spaces = " " * max(indent, 2)
        lines = text.removesuffix("\n").split("\n")
        return f"{indicator}{chomp}\n" + "".join(f"{spaces}{line}\n" if line else "\n" for line in lines)

    def _comment(self) -> str:
        return " # x" if self._sometimes(3) else ""

    def _sometimes(self, percent: int) -> bool:
        return self._odd and self._dice.chance(percent)


_ESCAPED = re.compile("[\x7f-\x84\x86-\x9f]")
_SAFE = re.compile(r"[A-Za-z_/][A-Za-z0-9_./~-]*")
