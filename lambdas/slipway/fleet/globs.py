"""The patterns that Flux matches names and paths with: Go's `path.Match`, and doublestar with `**` and `{a,b}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator


class MalformedPattern(Exception):
    """A pattern that Go refuses."""


def name_matcher(pattern: str) -> Callable[[str], object]:
    """What a pattern for one name, without `/`, matches as a whole; in time linear to the name.

    Raises:
        MalformedPattern: Go refuses it.
    """
    return re.compile("".join(_regex(pattern)), re.DOTALL).fullmatch


MAX_ALTERNATIVES = 100
"""What the braces of one pattern may stand for."""


def path_matcher(pattern: str) -> Callable[[str], bool]:
    """What a doublestar pattern matches as a whole: `**` stands for any number of directories.

    Raises:
        MalformedPattern: doublestar refuses it, or its braces stand for too much.
    """
    alternatives = [
        [None if part == "**" else name_matcher(_NEGATION.sub(r"\1[^", part)) for part in alternative.split("/")]
        for alternative in _alternatives(pattern)
    ]

    def matches(path: str) -> bool:
        return any(_matches_parts(parts, path.split("/")) for parts in alternatives)

    return matches


_NEGATION = re.compile(r"((?:^|[^\\])(?:\\\\)*)\[!")


def _matches_parts(pattern: list[Callable[[str], object] | None], path: list[str]) -> bool:
    """Dynamic programming over the positions in the path that the pattern may have come to; None is `**`."""
    reached = {0}
    for part in pattern:
        if part is None:
            reached = set(range(min(reached), len(path) + 1)) if reached else set()
        else:
            reached = {at + 1 for at in reached if at < len(path) and part(path[at])}
    return len(path) in reached


def _alternatives(pattern: str) -> list[str]:
    """The patterns without braces that one with braces stands for."""
    found, pending = [], [pattern]
    while pending:
        one = pending.pop()
        opened = _first_brace(one)
        if opened is None:
            found.append(one)
        else:
            ends = _ends(one, opened)
            starts = [opened, *ends[:-1]]
            pending.extend(
                one[:opened] + one[start + 1 : end] + one[ends[-1] + 1 :]
                for start, end in zip(starts, ends, strict=True)
            )
        if len(found) + len(pending) > MAX_ALTERNATIVES:
            raise MalformedPattern
    return found


def _ends(pattern: str, opened: int) -> list[int]:
    """Where the alternatives of a brace end: at its own commas, and at the brace that closes it."""
    ends, depth, at = [], 0, opened + 1
    while at < len(pattern):
        character = pattern[at]
        if depth == 0 and character in ",}":
            ends.append(at)
            if character == "}":
                return ends
        depth += (character == "{") - (character == "}")
        at += 2 if character == "\\" else 1
    raise MalformedPattern


def _first_brace(pattern: str) -> int | None:
    at = 0
    while at < len(pattern):
        if pattern[at] == "{":
            return at
        if pattern[at] == "}":
            raise MalformedPattern
        at += 2 if pattern[at] == "\\" else 1
    return None


def _regex(pattern: str) -> Iterator[str]:
    # What stands between two stars is taken where it fits first; only the last of them is looked for further on.
    chunks: list[list[str]] = [[]]
    position = 0
    while position < len(pattern):
        if pattern[position] == "*":
            chunks.append([])
            position += 1
        else:
            element, position = _element(pattern, position)
            chunks[-1].append(element)
    first, *others = ("".join(chunk) for chunk in chunks)
    yield first
    for chunk in others[:-1]:
        yield f"(?>.*?{chunk})"
    if others:
        yield f".*{others[-1]}"


def _element(pattern: str, position: int) -> tuple[str, int]:
    """One character of a pattern, or a class of them, and the position behind it."""
    if pattern[position] == "?":
        return ".", position + 1
    if pattern[position] != "[":
        character, position = _character(pattern, position)
        return re.escape(character), position
    position += 1
    negated = pattern.startswith("^", position)
    position += negated
    ranges: list[str] = []
    while not ranges or not pattern.startswith("]", position):
        if pattern[position : position + 1] in ("-", "]", ""):
            raise MalformedPattern
        low, position = _character(pattern, position)
        high = low
        if pattern.startswith("-", position):
            if pattern[position + 1 : position + 2] in ("-", "]", ""):
                raise MalformedPattern
            high, position = _character(pattern, position + 1)
        if low <= high:
            ranges.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            ranges.append("")
    inside = "".join(ranges)
    if not inside:
        return (".", position + 1) if negated else ("(?!)", position + 1)
    return f"[{'^' if negated else ''}{inside}]", position + 1


def _character(pattern: str, position: int) -> tuple[str, int]:
    if pattern[position] == "\\":
        position += 1
    if position >= len(pattern):
        raise MalformedPattern
    return pattern[position], position + 1
