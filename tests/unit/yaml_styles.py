"""YAML as many hands write it: one value in one of many styles, with comments and blank lines wherever they may be."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import strategies as st

_KEYS = ["name", "resources", "a.b/c", "on", "1", "two words", "#odd", "é"]
_TEXTS = [
    "podinfo",
    "../base",
    "1.35",
    "true",
    "it's",
    'a "b"',
    "a: b",
    "# no",
    "",
    " x ",
    "${VAR}",
    "two\nlines\n",
    "x\n\n  y",
]
_SCALARS = st.sampled_from([*_TEXTS, 0, 7, -1.5, True, False, None])
values = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
    max_leaves=12,
)
"""Any value of JSON."""
roots = st.dictionaries(st.sampled_from(_KEYS), values, min_size=1, max_size=4) | st.lists(
    values, min_size=1, max_size=4
)
"""A value for a document."""


@dataclass(frozen=True)
class Styled:
    """A file, and what it holds."""

    content: bytes
    values: list[Any]


@st.composite
def files(draw: st.DrawFn) -> Styled:
    """A file of one to three documents, none of them empty."""
    documents = draw(st.lists(roots, min_size=1, max_size=3))
    dice = draw(st.randoms(use_true_random=False))
    writer = _Writer(dice)
    parts = []
    for index, value in enumerate(documents):
        lines = writer.document(value)
        parts += ([dice.choice(["---", "--- # next"])] if index or dice.random() < 0.5 else []) + lines
        parts += ["..."] if dice.random() < 0.1 and index == len(documents) - 1 else []
    text = "\n".join(parts)
    text += "" if dice.random() < 0.2 and not writer.is_after_literal else "\n" * dice.choice([1, 1, 1, 3])
    data = text.replace("\n", "\r\n" if dice.random() < 0.2 else "\n").encode()
    return Styled(b"\xef\xbb\xbf" + data if dice.random() < 0.1 else data, documents)


class _Writer:
    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.step = dice.choice([2, 2, 2, 4, 1])
        self.offset = dice.choice([0, 0, 2, 2, 4])
        self.width = dice.choice([2, 2, 2, 4])
        self.flows = dice.choice([0.0, 0.1, 0.5])
        self.comments = dice.choice([0.0, 0.2, 0.5])
        self.blanks = dice.choice([0.0, 0.2, 1.0])
        self.is_after_literal = False

    def document(self, value: Any) -> list[str]:
        noise = ["# header", ""] if self.dice.random() < 0.3 else []
        if not value or self.dice.random() < self.flows / 2:
            self.is_after_literal = False
            return [*noise, self.flow(value)]
        return noise + self.block(value, 0)

    def block(self, value: Any, column: int) -> list[str]:
        lines: list[str] = []
        for index, part in enumerate(value.items() if isinstance(value, dict) else value):
            lines += self.noise(column, is_first=index == 0)
            if isinstance(value, dict):
                head, rest = self.value(part[1], column, is_item=False)
                lines += [" " * column + self.key(part[0]) + ":" + head, *rest]
            else:
                head, rest = self.value(part, column, is_item=True)
                lines += [" " * column + "-" + head, *rest]
        return lines

    def noise(self, column: int, *, is_first: bool) -> list[str]:
        lines: list[str] = []
        if self.dice.random() < self.blanks and not is_first:
            lines.append(self.dice.choice(["", "", "  "]) if not self.is_after_literal else "")
        if self.dice.random() < self.comments:
            deeper = [] if self.is_after_literal else [column + 1, column + 4]
            at = self.dice.choice([column, column, column, max(column - 2, 0), *deeper])
            lines += [" " * at + self.dice.choice(["# about this", "# - commented out", "#", "# key: out"])]
        if self.dice.random() < self.comments / 3:
            lines += ["", " " * column + "# and more"]
        return lines

    def value(self, value: Any, column: int, *, is_item: bool) -> tuple[str, list[str]]:
        """What follows a dash or a colon: on its line, and on those below."""
        self.is_after_literal = False
        comment = self.dice.choice(["", "", " # here", "   # there", "  "])
        if isinstance(value, str) and "\n" in value and not value.startswith("\n"):
            self.is_after_literal = True
            at = column + self.dice.choice([1, 2, 4])
            lines = [" " * at + line if line else "" for line in value.removesuffix("\n").split("\n")]
            return (" |" if value.endswith("\n") else " |-") + comment, lines
        if not isinstance(value, dict | list) or not value or self.dice.random() < self.flows:
            if value is None and self.dice.random() < 0.5:
                return comment, []
            return " " * self.dice.choice([1, 1, 1, 3]) + self.flow(value, column + 2) + comment, []
        if is_item and self.dice.random() < 0.8:
            first, *rest = self.compact(value, column + self.width)
            return " " * (self.width - 1) + first[column + self.width :], rest
        at = column + (self.step if isinstance(value, dict) or is_item else self.offset)
        return comment, self.block(value, at)

    def compact(self, value: Any, column: int) -> list[str]:
        lines = self.block(value, column)
        while not lines[0].strip() or lines[0].lstrip().startswith("#"):
            lines.pop(0)
        return lines

    def flow(self, value: Any, column: int = 2) -> str:
        if not isinstance(value, dict | list):
            return self.scalar(value)
        parts = value.items() if isinstance(value, dict) else value
        if isinstance(value, dict):
            written = [f"{self.key(key, is_flow=True)}: {self.flow(inner, column + 2)}" for key, inner in parts]
        else:
            written = [self.flow(inner, column + 2) for inner in parts]
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        if not written:
            return opening + closing
        comma = self.dice.choice(["", "", ","])
        if self.dice.random() < 0.3:
            inner = ",\n".join(" " * column + line for line in written)
            return f"{opening}\n{inner}{comma}\n{' ' * (column - 1)}{closing}"
        pad = self.dice.choice(["", " "])
        return opening + pad + self.dice.choice([", ", ","]).join(written) + comma + pad + closing

    def key(self, key: str, *, is_flow: bool = False) -> str:
        if key in ("on", "1", "#odd") or is_flow or self.dice.random() < 0.1:
            return self.dice.choice([f"'{key}'", f'"{key}"'])
        return key

    def scalar(self, value: Any) -> str:
        if value is None:
            return self.dice.choice(["null", "~"])
        if isinstance(value, bool):
            return self.dice.choice(["true", "yes"] if value else ["false", "off"])
        if not isinstance(value, str):
            return str(value)
        if value in ("podinfo", "../base", "it's") and self.dice.random() < 0.6:
            return value
        if "\n" in value or self.dice.random() < 0.5:
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        return "'" + value.replace("'", "''") + "'"
