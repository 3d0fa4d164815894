"""What source-controller leaves out of an artifact.

Its rules are close to Git's, and differ where fleets notice: a file may come back from a directory that is left out,
which `/*` and then `!/clusters/prod` rely on (fluxcd/pkg, `sourceignore/`). What is left out by default comes back
as soon as there is any pattern (fluxcd/pkg, `artifact/storage/archive.go`, `SourceIgnoreFilter`).
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from slipway.errors import LimitError
from slipway.fleet.globs import MalformedPattern, name_matcher
from slipway.fleet.tree import Tree

IGNORE_FILE = ".sourceignore"
OF_GIT = (".git/", ".gitignore", ".gitmodules", ".gitattributes")
"""The lowest of the three layers; `.sourceignore` files come next, `spec.ignore` last: later ones win."""
DEFAULTS = (
    *("*.jpg", "*.jpeg", "*.gif", "*.png", "*.wmv", "*.flv", "*.tar.gz", "*.zip"),
    *(".github/", ".circleci/", ".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml", "cloudbuild.yaml"),
    *("codeship-services.yml", "codeship-steps.yml", "**/.goreleaser.yml", "**/.sops.yaml", "**/.flux.yaml"),
)
"""In place of the upper layers, where they have no pattern at all."""
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
        if left_out:
            tree.memo[key].ignored = left_out
            tree.memo[key].previous = artifact(tree.previous, ignore) if tree.previous is not None else None
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
    given = list(_given(tree, ignore))
    yield from (_pattern(one, ()) for one in OF_GIT)
    yield from given or (_pattern(one, ()) for one in DEFAULTS)


def _given(tree: Tree, ignore: str | None) -> Iterator[_Pattern]:
    """Those of the repository and of the source."""
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
    """A malformed pattern matches nothing."""
    try:
        return name_matcher(pattern)
    except MalformedPattern:
        return lambda _: None
