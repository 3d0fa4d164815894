"""Reads `slipway.yaml`, and other files like it: every wrong value is named at once, with its line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.errors import InputError
from slipway.fleet.manifests import Path, line_of

FILE = "slipway.yaml"
MAX_PROBLEMS = 20
"""Wrong values that are named at once."""


class Reader:
    """The values of a file, read one by one; what is wrong is collected."""

    def __init__(self, data: bytes, file: str = FILE) -> None:
        """Take the file's content, which lines are counted in, and its name."""
        self._data = data
        self._file = file
        self._problems: list[tuple[int, str]] = []

    def wrong(self, path: Path, problem: str) -> None:
        """Note that a value is wrong."""
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append((self.line(path), problem))

    def line(self, path: Path) -> int:
        """The 1-based line of a field."""
        return line_of(self._data, 0, path)

    def mapping(self, path: Path, value: Any, known: set[str] | None) -> Mapping[str, Any]:
        """A mapping; of these fields only, unless any will do. Empty if there is none, or it is wrong."""
        name = _named(path) or "the file"
        if not isinstance(value, Mapping):
            if value is not None:
                self.wrong(path, f"{name} must be a mapping")
            return {}
        for key in value:
            if known is not None and key not in known:
                self.wrong((*path, key), f"{name} has no field {key!r}; it has {', '.join(sorted(known))}")
        return value

    def list(self, path: Path, value: Any) -> list[Any]:
        """A list; empty if there is none, or it is wrong."""
        if isinstance(value, list):
            return value
        if value is not None:
            self.wrong(path, f"{_named(path)} must be a list")
        return []

    def text(self, path: Path, value: Any) -> str | None:
        """A text; None if there is none, or it is wrong."""
        if value is None or isinstance(value, str):
            return value
        self.wrong(path, f"{_named(path)} must be text; put it in quotes")
        return None

    def required(self, path: Path, value: Any) -> str:
        """A text that must be there."""
        found = self.text(path, value)
        if value is None or found == "":
            self.wrong(path, f"{_named(path)} is missing")
        return found or ""

    def texts(self, path: Path, value: Any) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self.text((*path, index), item) or "" for index, item in enumerate(self.list(path, value)))

    def number(self, path: Path, value: Any) -> int | None:
        """A whole number that is not negative; None if there is none, or it is wrong."""
        if value is None or (type(value) is int and value >= 0):
            return value
        self.wrong(path, f"{_named(path)} must be a number, 0 or more")
        return None

    def check(self) -> None:
        """Raise what was wrong.

        Raises:
            InputError: one or more values were; the text names all of them with their lines.
        """
        if self._problems:
            lines = [f"line {line}: {problem}" for line, problem in sorted(self._problems)]
            raise InputError("; ".join(lines), file=self._file, line=min(self._problems)[0])


def _named(path: Path) -> str:
    return ".".join(map(str, path))
