"""Markdown cut to a size, so that what is left still reads, and says where the rest is."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_TEXT_BYTES = 65_535
"""Of a check run's summary and of its text. GitHub's documents say characters, but what it counts is bytes of UTF-8
(https://github.com/github/docs/issues/35252: "summary exceeds a maximum bytesize of 65535")."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_DETAILS = re.compile(r"<(/?)details\b", re.IGNORECASE)
_DIAGRAMS = ("mermaid", "geojson", "topojson", "stl")
"""Fences that GitHub draws: half of one is an error message, so they stay whole or go."""


def cut(text: str, limit: int, pointer: str) -> str:
    """The text, or as many of its lines as fit before the pointer.

    Code fences and `<details>` that are open where the text is cut are closed, so that the pointer shows; table rows
    stay whole; a diagram that does not fit is left out.

    Args:
        text: Markdown.
        limit: largest size of the result, in bytes of UTF-8, which no text has fewer of than characters.
        pointer: the last paragraph of a text that was cut: says that it was, and where all of it is.

    Raises:
        ValueError: not even the pointer fits.
    """
    if _size(text) <= limit:
        return text
    room = limit - _size(pointer)
    if room < 0:
        raise ValueError(f"a limit of {limit} bytes leaves no room for the pointer {pointer!r}")
    lines = text.split("\n")
    count, closing = _last_fit(lines, room)
    kept = lines[:count]
    if not kept and (start := _start_of_line(lines[0], room)):
        kept, closing = [start], "\n\n"
    return "\n".join(kept) + closing + pointer if kept else pointer


@dataclass(frozen=True)
class _Place:
    """What is open at the end of a line."""

    fence: str = ""
    """The characters that opened the code fence that we are in."""
    diagram: bool = False
    details: int = 0
    """How many `<details>` are open."""

    def after(self, line: str) -> _Place:
        match = _FENCE.fullmatch(line)
        if self.fence:
            closes = match and match[1].startswith(self.fence) and not match[2].strip()
            return _Place(details=self.details) if closes else self
        if match and not (match[1][0] == "`" and "`" in match[2]):
            return _Place(match[1], match[2].strip().lower().startswith(_DIAGRAMS), self.details)
        steps = sum(-1 if slash else 1 for slash in _DETAILS.findall(line))
        return _Place(details=max(0, self.details + steps))

    def closing(self) -> str:
        fence = f"\n{self.fence}" if self.fence else ""
        return fence + "\n\n" + "</details>\n" * self.details + ("\n" if self.details else "")


def _last_fit(lines: list[str], room: int) -> tuple[int, str]:
    """How many lines fit with what closes them, and what closes them."""
    best = 0, ""
    place = _Place()
    size = -1
    for count, line in enumerate(lines[:-1], 1):
        size += 1 + _size(line)
        place = place.after(line)
        closing = place.closing()
        if size > room:
            break
        starts_table = not place.fence and _is_delimiter_row(lines[count])
        if size + _size(closing) <= room and not place.diagram and not starts_table:
            best = count, closing
    return best


def _is_delimiter_row(line: str) -> bool:
    """True for the second row of a table; without it the first one is not a table."""
    return "-" in line and not line.strip("|-: ")


def _start_of_line(line: str, room: int) -> str:
    """The start of a first line that does not fit; nothing of a row, a fence or a tag."""
    if line.lstrip()[:1] in ("|", "<", "`", "~"):
        return ""
    start = line.encode()[: max(0, room - _size("…\n\n"))].decode(errors="ignore")
    return start and start + "…"


def _size(text: str) -> int:
    return len(text.encode())
