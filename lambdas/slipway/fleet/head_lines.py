"""Where the lines of one commit stand in the head of a change.

A would-be merge is what is checked, and the head is what GitHub shows annotations on: they differ where the base has
moved. What a change removes stands in its base only.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import takewhile

from slipway.fleet.tree import Tree

MAX_LINES = 5_000
"""Lines that differ in one file; comparing takes time by their square, so for more of them it is not done."""


class HeadLines:
    """Finds the line of the head that is a line of another commit."""

    def __init__(self, merged: Tree, head: Tree) -> None:
        """Compare nothing yet.

        Args:
            merged: files of the other commit: the would-be merge, or the base.
            head: files of the pull request's head.
        """
        self._merged = merged
        self._head = head
        self._files: dict[str, _File | None] = {}

    def line(self, path: str, line: int) -> int:
        """The same line in the head, or the last one before it that the head has.

        Args:
            path: a file of the other commit.
            line: 1-based; 0 for the whole file, which stays 0.
        """
        if line == 0:
            return 0
        if path not in self._files:
            self._files[path] = self._compared(path)
        file = self._files[path]
        return file.line(line) if file else line

    def _compared(self, path: str) -> _File | None:
        """None if the lines are the same, or the head has no such file."""
        if path not in self._merged or path not in self._head or self._merged.digest(path) == self._head.digest(path):
            return None
        return _File(self._merged.read(path).splitlines(), self._head.read(path).splitlines())


class _File:
    """The two sides of one file: what is the same above and below, and the blocks that are the same between."""

    def __init__(self, merged: list[bytes], head: list[bytes]) -> None:
        self._merged, self._head = len(merged), len(head)
        self._above = _same(zip(merged, head, strict=False))
        rest = min(self._merged, self._head) - self._above
        self._below = min(_same(zip(reversed(merged), reversed(head), strict=False)), rest)
        ours = merged[self._above : self._merged - self._below]
        theirs = head[self._above : self._head - self._below]
        small = max(len(ours), len(theirs)) <= MAX_LINES
        self._blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks() if small else []

    def line(self, line: int) -> int:
        if line <= self._above:
            return line
        if line > self._merged - self._below:
            return line + self._head - self._merged
        index, found = line - self._above - 1, 0
        for block in self._blocks:
            if index < block.a:
                break
            found = block.b + min(index - block.a + 1, block.size)
        return max(self._above + found, 1)


def _same(pairs: Iterable[tuple[bytes, bytes]]) -> int:
    """How many pairs from the first on are of equals."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
