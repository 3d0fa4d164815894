"""Values as YAML in the style of a file: its indentation, its quotes.

Text gets quotes wherever a reader of YAML 1.1 or 1.2 would take it for something else.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

from slipway.errors import InputError
from slipway.fleet import dialect
from slipway.requests.yaml_layout import column, lead, line_start
from slipway.requests.yaml_nodes import Mapping, Node, Scalar, Sequence, walk


@dataclass(frozen=True)
class Style:
    """How a file writes its blocks."""

    step: int = 2
    """How much deeper a mapping stands than the key that it belongs to."""
    offset: int = 2
    """How much deeper a dash stands than the key that its list belongs to."""
    width: int = 2
    """From a dash to what follows it."""
    quote: str = '"'
    is_open: bool = False
    """Whether it ends without a line break, so that a text block at its end would lose its own."""


def style_of(text: str, roots: Iterable[Node]) -> Style:
    """What a file does most often."""
    steps: Counter[int] = Counter()
    offsets: Counter[int] = Counter()
    widths: Counter[int] = Counter()
    quotes: Counter[str] = Counter()
    for node in (node for root in roots for node in walk(root)):
        if isinstance(node, Scalar) and node.style in ("'", '"'):
            quotes[node.style] += 1
        elif isinstance(node, Sequence) and not node.is_flow and node.anchor is node.tag is None:
            widths.update(width_of(text, node, index) for index in range(len(node.items)))
        elif isinstance(node, Mapping) and not node.is_flow:
            at = column(text, node)
            for _, value in node.entries:
                if not isinstance(value, Mapping | Sequence) or value.is_flow or value.anchor or value.tag:
                    continue
                (steps if isinstance(value, Mapping) else offsets)[column(text, value) - at] += 1
    step = _most(steps, 2)
    return Style(
        step, _most(offsets, step), _most(widths, 2), quotes.most_common(1)[0][0] if quotes else '"', text[-1:] != "\n"
    )


def width_of(text: str, node: Sequence, index: int) -> int:
    """From an item's dash to what follows it on its line; 2 if nothing does."""
    start, at = node.items[index].start, lead(text, node, index)
    return start - at + 1 if start > at and line_start(text, start) == line_start(text, at) else 2


def checked(value: Any) -> Any:
    """A value as it is read back: `1.0` is 1.

    Raises:
        InputError: it is no value of JSON.
    """
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: checked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [checked(inner) for inner in value]
    if isinstance(value, float) and math.isfinite(value):
        return dialect.finite(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str) and not re.search(r"[\ud800-\udfff]", value):
        return value
    raise InputError(f"{str(value)[:40]!a} is no value of JSON")


def is_inline(value: Any, style: Style) -> bool:
    """True if a value stands on the line of its key also in a block."""
    if isinstance(value, dict | list):
        return not value
    return not isinstance(value, str) or not _fits_block(value) or (style.is_open and value.endswith("\n"))


def scalar(value: Any, style: Style, *, hint: str = "", is_flow: bool = False) -> str:
    """A scalar on one line.

    Args:
        value: the scalar.
        style: for the quotes, where some are needed.
        hint: quotes to use also where none are needed; `""` for none.
        is_flow: whether it stands between brackets.
    """
    if not isinstance(value, str):
        return _WORDS[value] if value is None or isinstance(value, bool) else repr(value)
    if hint not in ("'", '"') and is_plain(value, is_flow=is_flow):
        return value
    quote = hint if hint in ("'", '"') else style.quote
    if quote == "'" and not _ESCAPED.search(value):
        return "'" + value.replace("'", "''") + "'"
    return '"' + _ESCAPED.sub(_escape, value.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def flow(value: Any, style: Style, *, hint: str = "") -> str:
    """Any value on one line, to stand between brackets."""
    if isinstance(value, list):
        return "[" + ", ".join(flow(item, style, hint=hint) for item in value) + "]"
    if isinstance(value, dict):
        return (
            "{" + ", ".join(pair(key, flow(inner, style, hint=hint), style, hint) for key, inner in value.items()) + "}"
        )
    return scalar(value, style, hint=hint, is_flow=True)


def pair(key: str, written: str, style: Style, hint: str = "") -> str:
    """A key and its value, to stand between brackets."""
    return f"{scalar(key, style, hint=hint, is_flow=True)}: {written}"


def entry(key: str, value: Any, at: int, style: Style, *, hint: str = "") -> list[str]:
    """The lines of a key in a column and of its value; `hint` is for the key's quotes."""
    head, lines = tail(value, at, style)
    return [f"{' ' * at}{scalar(key, style, hint=hint)}:{head}", *lines]


def item(value: Any, at: int, style: Style, *, hint: str = "") -> list[str]:
    """The lines of an item whose dash is in a column."""
    if is_inline(value, style) or isinstance(value, str):
        head, lines = tail(value, at, style, hint=hint)
        return [f"{' ' * at}-{head}", *lines]
    first, *lines = block(value, at + style.width, style)
    return [" " * at + "-" + " " * (style.width - 1) + first[at + style.width :], *lines]


def block(value: Any, at: int, style: Style) -> list[str]:
    """The lines of a list or mapping that is not empty, in a column."""
    if isinstance(value, list):
        return [line for inner in value for line in item(inner, at, style)]
    return [line for key, inner in value.items() for line in entry(key, inner, at, style)]


def tail(value: Any, at: int, style: Style, *, hint: str = "") -> tuple[str, list[str]]:
    """What follows the colon or the dash in a column: on its line, with a space before it, and on the next ones."""
    if isinstance(value, dict | list):
        if not value:
            return " {}" if isinstance(value, dict) else " []", []
        return "", block(value, at + (style.step if isinstance(value, dict) else style.offset), style)
    if is_inline(value, style):
        return " " + scalar(value, style, hint=hint), []
    return f" {head_of(value)}", [" " * (at + style.step) + line if line else "" for line in lines_of(value)]


def head_of(text: str, mark: str = "|") -> str:
    """The head of a block scalar."""
    return mark if text.endswith("\n") else f"{mark}-"


def lines_of(text: str) -> list[str]:
    """The lines of a block scalar, without indentation."""
    return text.removesuffix("\n").split("\n")


def is_plain(text: str, *, is_flow: bool = False) -> bool:
    """True if every reader takes a text without quotes for itself."""
    if not text or text != text.strip() or _ESCAPED.search(text) or _LIKE_OTHERS.fullmatch(text):
        return False
    if not isinstance(dialect.plain(text), str) or text.startswith(("---", "...", "%")):
        return False
    around = f"[{text}, {text}: 1]\n" if is_flow else f"- {text} # a\n- {text}: 1\n- {{}}\n"
    try:
        events = list(yaml.parse(around, Loader=yaml.CBaseLoader))
    except yaml.YAMLError:
        return False
    scalars = [event for event in events if isinstance(event, yaml.ScalarEvent)]
    return [(event.value, event.style, event.tag) for event in scalars] == [
        (text, "", None), (text, "", None), ("1", "", None),
    ]  # fmt: skip


def dominant_quote(nodes: Iterable[Node]) -> str:
    """The quotes that all of some texts have; `""` if they have none, or several."""
    styles = {node.style if isinstance(node, Scalar) else "" for node in nodes}
    return styles.pop() if len(styles) == 1 and styles <= {"'", '"'} else ""


_WORDS = {None: "null", True: "true", False: "false"}
_ESCAPED = re.compile(r"[^ -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What only double quotes can hold: line breaks of every kind, and what is not printed."""
_LIKE_OTHERS = re.compile(
    r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"  # numbers to the base of sixty
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?"  # dates
    r"|=|<<"
)
_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return _SHORT.get(match[0]) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def _fits_block(text: str) -> bool:
    lines = text.split("\n")
    return (
        len(lines) > 1
        and text[0] not in " \n"
        and not text.endswith("\n\n")
        and not any(_ESCAPED.search(line.replace("\t", "")) or line.endswith((" ", "\t")) for line in lines)
        and not text.startswith("\t")
    )


def _most(counts: Counter[int], default: int) -> int:
    return next((value for value, _ in counts.most_common() if value >= 0), default)
