"""Counting, listing and quoting in English."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Sequence

MAX_LISTED = 5
"""Names in a list before the rest is counted."""
WIDTH = 110
"""Columns that lists of names are wrapped to."""


def count(number: int, noun: str) -> str:
    """`1 cluster`, `3 clusters`, `1,204 objects`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def counted_kinds(names: Sequence[str]) -> str:
    """Names of objects, counted by the kind that each begins with: `1 HelmRelease and 2 Kustomizations`."""
    first_words = (name.partition(" ")[0] for name in names)
    kinds = Counter(word if word.isalpha() else "object" for word in first_words)
    return listed([count(number, kind) for kind, number in sorted(kinds.items())])


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`, `a, b, c, d, e and 12 more`."""
    shown = list(names)
    if len(shown) > MAX_LISTED:
        shown = [*shown[:MAX_LISTED], f"{len(names) - MAX_LISTED} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def wrapped(text: str, indent: str) -> list[str]:
    """A list of names in lines of a readable length; names stay whole."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def wrapped_names(names: Sequence[str], indent: str) -> list[str]:
    """The same of names that have spaces in them."""
    glued = ", ".join(name.replace(" ", "\0") for name in names)
    return [line.replace("\0", " ") for line in wrapped(glued, indent)]


def plain(text: str) -> str:
    r"""Somebody else's text on one line, with nothing in it that moves a cursor, hides or reorders text.

    What is not shown is spelled out: the escape character becomes `\x1b`, a line break `\n`.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def plain_lines(text: str) -> list[str]:
    """The lines of somebody else's text, each of them made plain; without those that are empty."""
    return [plain(line.rstrip()) for line in text.split("\n") if line.strip()]


def inert(line: str) -> str:
    r"""A line that GitHub's log does not take for a command, with a backslash where that is needed.

    The log takes `::` at the start of a line for one, and `##[` anywhere (actions/runner, ActionCommand.cs).
    """
    return _COMMAND.sub(r"\1\\\2", line)


_COMMAND = re.compile(r"(^\s*:|##)(:|\[)")


def _shown(character: str) -> str:
    if character.isprintable() or character == "\t" or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode()
