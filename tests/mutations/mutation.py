"""One way to break the fleet: what somebody writes, what it would do, and which line a check has to name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.mutations.fleet import Files

HERE = "»"
"""Marks a line in a text of several."""

Edit = Callable[[dict[str, str]], None]
"""Changes the files in place."""


@dataclass(frozen=True)
class Mutation:
    """One way to break the fleet."""

    name: str
    harm: str
    """What would happen in production."""
    edits: tuple[Edit, ...]
    file: str
    """The file that a finding has to name."""
    line: str
    """The line, by text that the file has once: of several lines the last one, unless one starts with `HERE`."""
    change: bool = False
    """True if nothing is wrong with the files but that they were others before."""
    base: tuple[Edit, ...] = ()
    """What the fleet has before the change that the sound one has not."""

    def before(self, files: Files) -> Files:
        """The fleet that it is a change of."""
        return _edited(files, self.base)

    def applied(self, files: Files) -> Files:
        """The broken fleet."""
        return _edited(files, (*self.base, *self.edits))

    def place(self, sound: Files) -> tuple[str, int]:
        """File and line that a finding has to name; of what is deleted, as it was."""
        marked = self.line.replace(HERE, "")
        text = self.applied(sound).get(self.file, "")
        if marked not in text or not text:
            text = self.before(sound).get(self.file, "")
        if text.count(marked) != 1:
            raise ValueError(f"{self.name}: {self.file} has {marked!r} {text.count(marked)} times")
        within = self.line.partition(HERE)[0] if HERE in self.line else marked.rstrip("\n")
        return self.file, text[: text.index(marked)].count("\n") + within.count("\n") + 1


def _edited(files: Files, edits: tuple[Edit, ...]) -> Files:
    edited = dict(files)
    for edit in edits:
        edit(edited)
    return edited


def swap(path: str, old: str, new: str) -> Edit:
    """Write another text in place of one that a file has once."""

    def edit(files: dict[str, str]) -> None:
        if files[path].count(old) != 1:
            raise ValueError(f"{path} has {old!r} {files[path].count(old)} times")
        files[path] = files[path].replace(old, new)

    return edit


def append(path: str, text: str) -> Edit:
    """Write an object at the end of a file, or a new file."""

    def edit(files: dict[str, str]) -> None:
        files[path] = f"{files[path]}---\n{text}" if path in files else text

    return edit


def remove(*paths: str) -> Edit:
    """Delete files."""

    def edit(files: dict[str, str]) -> None:
        for path in paths:
            del files[path]

    return edit


def move(path: str, to: str) -> Edit:
    """Give a file another name."""

    def edit(files: dict[str, str]) -> None:
        files[to] = files.pop(path)

    return edit


def typo(
    name: str,
    harm: str,
    path: str,
    old: str,
    new: str,
    *,
    line: str = "",
    file: str = "",
    more: tuple[Edit, ...] = (),
    change: bool = False,
    base: tuple[Edit, ...] = (),
) -> Mutation:
    """A text that somebody writes otherwise; it is to be named on its first line that is not as it was.

    Args:
        name: of the mutation.
        harm: what would happen.
        path: the file.
        old: the text.
        new: what is written in its place.
        line: the line to be named, if it is another one.
        file: the file to be named, if it is another one.
        more: other edits that belong to it.
        change: see `Mutation`.
        base: see `Mutation`.
    """
    if not line and not file:
        lines, before = new.split("\n"), old.split("\n")
        first = next((at for at, text in enumerate(lines) if at >= len(before) or text != before[at]), len(lines) - 1)
        line = "\n".join(lines[: first + 1])
    return Mutation(name, harm, (swap(path, old, new), *more), file or path, line, change, base)
