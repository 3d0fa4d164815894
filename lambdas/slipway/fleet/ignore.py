"""What source-controller leaves out of an artifact.

Its rules are close to Git's, and differ where fleets notice: a file may come back from a directory that is left out,
which `/*` and then `!/clusters/prod` rely on (fluxcd/pkg, `sourceignore/`).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from slipway.errors import LimitError
from slipway.fleet.tree import Tree

IGNORE_FILE = ".sourceignore"
DEFAULTS = (
    *(".git/", ".gitignore", ".gitmodules", ".gitattributes"),
    *("*.jpg", "*.jpeg", "*.gif", "*.png", "*.wmv", "*.flv", "*.tar.gz", "*.zip"),
    *(".github/", ".circleci/", ".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml", "cloudbuild.yaml"),
    *("codeship-services.yml", "codeship-steps.yml", "**/.goreleaser.yml", "**/.sops.yaml", "**/.flux.yaml"),
)
"""The lowest of the three layers; `.sourceignore` files come next, `spec.ignore` last: later ones win."""
MAX_PATTERNS = 500
"""Patterns of one source, those of all its `.sourceignore` files included."""
MAX_PATTERN = 500
"""Characters of one pattern."""


def artifact(tree: Tree, ignore: str | None) -> Tree:
    """The files of a repository that its source's artifact has.

    Args:
        tree: the repository.
        ignore: the source's `spec.ignore`.

    Raises:
        LimitError: there are more or longer patterns than this module's limits allow.
    """
    key = ("artifact", ignore or "")
    if key not in tree.memo:
        left_out = _left_out(tree, list(_patterns(tree, ignore)))
        tree.memo[key] = tree.without(left_out) if left_out else tree
        if left_out and tree.previous is not None:
            tree.memo[key].previous = artifact(tree.previous, ignore)
    result: Tree = tree.memo[key]
    return result


@dataclass(frozen=True, slots=True)
class _Pattern:
    domain: tuple[str, ...]
    """The directory whose paths it is about."""
    parts: tuple[str, ...]
    globs: tuple[Callable[[str], object], ...]
    """What each part matches."""
    included: bool
    """True if it brings back what an earlier one left out."""
    directories_only: bool

    def matches(self, path: tuple[str, ...]) -> bool:
        """True if it is about a file, or a directory that the file lies in."""
        if self.domain:
            if len(path) <= len(self.domain) or path[: len(self.domain)] != self.domain:
                return False
            path = path[len(self.domain) :]
        return self._matches_way(path) if len(self.parts) > 1 else self._matches_name(path)

    def _matches_name(self, path: tuple[str, ...]) -> bool:
        matches = self.globs[0]
        for index, name in enumerate(path):
            if matches(name):
                # Only the first one counts; what has others behind it is a directory.
                return not (self.directories_only and index == len(path) - 1)
        return False

    def _matches_way(self, path: tuple[str, ...]) -> bool:
        matched, skips, at = False, False, 0
        for index, part in enumerate(self.parts):
            if part == "":
                skips = False
            elif part == "**":
                if index == len(self.parts) - 1:
                    break
                skips = True
            elif "**" in part or at >= len(path):
                return False
            elif skips:
                skips = False
                matches = self.globs[index]
                found = next((position for position in range(at, len(path)) if matches(path[position])), None)
                matched = found is not None
                at = len(path) if found is None else found + 1
            elif not self.globs[index](path[at]):
                return False
            else:
                matched, at = True, at + 1
        return matched and not (self.directories_only and at == len(path))


def _patterns(tree: Tree, ignore: str | None) -> Iterator[_Pattern]:
    """From the weakest to the strongest."""
    for pattern in DEFAULTS:
        yield _pattern(pattern, ())
    count = 0
    files = [path for path in tree if path.endswith(IGNORE_FILE) and posixpath.basename(path) == IGNORE_FILE]
    files = [path for path in files if ".git" not in path.split("/")]
    # As Flux walks: a directory's own file, then those below, directory by directory.
    layers = [(path, tree.read(path).decode(errors="replace")) for path in sorted(files, key=_walk_order)]
    for path, content in [*layers, ("", ignore or "")]:
        domain = tuple(path.split("/")[:-1])
        for line in content.split("\n"):
            if line.startswith("#") or not line.strip():
                continue
            count += 1
            if count > MAX_PATTERNS or len(line) > MAX_PATTERN:
                limit = f"more than {MAX_PATTERNS:,} patterns to ignore (MAX_PATTERNS)"
                if len(line) > MAX_PATTERN:
                    limit = f"a pattern to ignore is longer than {MAX_PATTERN} characters (MAX_PATTERN)"
                raise LimitError(limit, file=path)
            yield _pattern(line.removesuffix("\r"), domain)


def _walk_order(path: str) -> list[str]:
    return path.split("/")[:-1]


def _pattern(text: str, domain: tuple[str, ...]) -> _Pattern:
    included = text.startswith("!")
    rest = text[1:] if included else text
    if not rest.endswith("\\ "):
        rest = rest.rstrip(" ")
    directories_only = rest.endswith("/")
    parts = tuple(rest.removesuffix("/").split("/"))
    return _Pattern(domain, parts, tuple(map(_glob, parts)), included, directories_only)


def _left_out(tree: Tree, patterns: list[_Pattern]) -> set[str]:
    strongest = patterns[::-1]
    left_out = set()
    for path in tree:
        parts = tuple(path.split("/"))
        decisive = next((pattern for pattern in strongest if pattern.matches(parts)), None)
        if decisive is not None and not decisive.included:
            left_out.add(path)
    return left_out


def _glob(pattern: str) -> Callable[[str], object]:
    """Go's `filepath.Match` for names, in time linear to the name; a malformed pattern matches nothing."""
    try:
        return re.compile("".join(_regex(pattern)), re.DOTALL).fullmatch
    except _Malformed:
        return lambda _: None


class _Malformed(Exception):
    """A pattern that Go refuses."""


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
            raise _Malformed
        low, position = _character(pattern, position)
        high = low
        if pattern.startswith("-", position):
            if pattern[position + 1 : position + 2] in ("-", "]", ""):
                raise _Malformed
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
        raise _Malformed
    return pattern[position], position + 1
