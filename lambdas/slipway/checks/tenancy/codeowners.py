"""CODEOWNERS as GitHub reads it: who has to agree to a change of a file.

Source of the rules: GitHub Docs, "About code owners": of `.github/`, the root and `docs/` the first file counts; of the
lines that match a path, the last one; patterns are those of .gitignore, without `!`, `[a-z]` and an escaped `#`;
`docs/*` is about files directly in it; a line that GitHub cannot read is passed over, and a file of 3 MB or
more is not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from slipway.fleet.globs import MalformedPattern, path_matcher
from slipway.fleet.tree import Tree

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
MAX_BYTES = 3 * 1024 * 1024
"""Size from which GitHub does not read the file."""
MAX_LINES = 1_000
"""Lines with patterns that are read; of the rest, nothing is said."""

_OWNER = re.compile(
    r"@[A-Za-z0-9][A-Za-z0-9_-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)?|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"
)
_SECTION = re.compile(r"\^?\[[^\]]+\](?:\[[0-9]+\])?(?:\s|$)")
"""What GitLab's files have and GitHub's have not."""
_WORD = re.compile(r"(?:\\.|[^\s\\])+")


@dataclass(frozen=True)
class Line:
    """A line with a pattern."""

    number: int
    pattern: str
    owners: tuple[str, ...]
    """None of them: what it matches has no owner, and is meant to have none."""
    matches: Callable[[str], bool]

    @property
    def is_literal(self) -> bool:
        """True if it names one file or directory."""
        return not re.search(r"[*?]", self.pattern)


@dataclass(frozen=True)
class Unread:
    """A line that GitHub passes over."""

    number: int
    why: str


@dataclass(frozen=True)
class CodeOwners:
    """The file."""

    path: str
    lines: tuple[Line, ...]
    unread: tuple[Unread, ...]
    is_whole: bool
    """False if it is longer than what is read here."""

    def line(self, path: str) -> Line | None:
        """The line that says who owns a file; None if none does."""
        return next((line for line in reversed(self.lines) if line.matches(path)), None)


def code_owners(tree: Tree) -> CodeOwners | None:
    """The file of a repository; None if it has none, or one of GitLab's."""
    path = next((path for path in PLACES if path in tree), "")
    if not path:
        return None
    data = tree.read(path)
    if len(data) >= MAX_BYTES:
        return CodeOwners(path, (), (Unread(1, "GitHub reads no file of 3 MB or more"),), is_whole=False)
    written = data.decode(errors="replace").splitlines()
    if any(_SECTION.match(line) for line in written):
        return None
    found = list(_lines(written))
    lines = tuple(one for one in found if isinstance(one, Line))
    unread = tuple(one for one in found if isinstance(one, Unread))
    return CodeOwners(path, lines[:MAX_LINES], unread, is_whole=len(lines) <= MAX_LINES)


def _lines(written: list[str]) -> Iterator[Line | Unread]:
    for number, text in enumerate(written, start=1):
        words = _WORD.findall(text.strip())
        if not words or words[0].startswith("#"):
            continue
        pattern, *rest = words
        comment = next((at for at, word in enumerate(rest) if word.startswith("#")), len(rest))
        owners = rest[:comment]
        if why := _why_unread(pattern, owners):
            yield Unread(number, why)
            continue
        try:
            yield Line(number, pattern, tuple(owners), _matcher(pattern))
        except MalformedPattern:
            yield Unread(number, "its pattern cannot be read")


def _why_unread(pattern: str, owners: list[str]) -> str:
    if pattern.startswith("!"):
        return "a pattern cannot be negated with !"
    if pattern.startswith("\\#"):
        return "a pattern cannot start with #"
    if pattern.strip("/") == "":
        return "/ matches nothing; * is everything"
    if "[" in pattern or "]" in pattern:
        return "a pattern cannot have ranges of characters"
    wrong = next((owner for owner in owners if not _OWNER.fullmatch(owner)), "")
    return f"{wrong[:100]!r} is neither @user, @organisation/team nor an email address" if wrong else ""


def _matcher(pattern: str) -> Callable[[str], bool]:
    """What a pattern is about: files and all below directories.

    Raises:
        MalformedPattern: it cannot be read.
    """
    plain = re.sub(r"([{}])", r"\\\1", pattern)
    is_anchored = "/" in plain.rstrip("/")
    rest = plain.strip("/")
    start = rest if is_anchored or not rest else f"**/{rest}"
    if pattern.endswith("/*"):
        return path_matcher(start)
    below = path_matcher(f"{start}/**/*" if rest else "**/*")
    if pattern.endswith("/"):
        return below
    itself = path_matcher(start)
    return lambda path: itself(path) or below(path)
