"""`.helmignore`: which files of a directory do not become part of a chart.

Source of the rules: fluxcd/source-controller, `internal/helm/chart/secureloader/ignore/rules.go`, which are Helm's.
They are not those of `.gitignore`: the first rule that matches decides, and `!rule` leaves out what it does not match.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from slipway.errors import InputError

FILE = ".helmignore"
MAX_RULES = 1_000
"""Rules in one file."""

_DEFAULT = "templates/.?*"


def without_ignored(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a chart's directory that are packaged, by path from that directory.

    Raises:
        InputError: Helm refuses a rule.
    """
    rules = list(_rules(files.get(FILE, b"").decode(errors="replace").removeprefix("\ufeff").splitlines()))
    ignored: dict[str, bool] = {}

    def is_ignored(path: str) -> bool:
        """True if a directory, or one that it lies in, is left out."""
        if path not in ignored:
            parent = path.rpartition("/")[0]
            ignored[path] = bool(parent and is_ignored(parent)) or _matches(rules, path, is_directory=True)
        return ignored[path]

    return {
        path: content
        for path, content in files.items()
        if not (directory := path.rpartition("/")[0]) or not is_ignored(directory)
        if not _matches(rules, path, is_directory=False)
    }


@dataclass(frozen=True)
class _Rule:
    matches: Callable[[str], object]
    base_name_only: bool
    negated: bool
    directories_only: bool


def _rules(lines: Iterable[str]) -> Iterator[_Rule]:
    count = 0
    for line in (*lines, _DEFAULT):
        rule = line.strip()
        if not rule or rule.startswith("#"):
            continue
        count += 1
        if count > MAX_RULES:
            raise InputError(f"more than {MAX_RULES:,} rules (MAX_RULES)", file=FILE)
        if "**" in rule:
            raise InputError("double-star (**) syntax is not supported", file=FILE)
        negated, rule = rule.startswith("!"), rule.removeprefix("!")
        directories_only, rule = rule.endswith("/"), rule.removesuffix("/")
        pattern = re.compile(_pattern(rule.removeprefix("/")), re.DOTALL)
        yield _Rule(pattern.fullmatch, "/" not in rule, negated, directories_only)


def _matches(rules: list[_Rule], path: str, *, is_directory: bool) -> bool:
    for rule in rules:
        fits = rule.matches(path.rpartition("/")[2] if rule.base_name_only else path)
        if rule.negated:
            if not fits or (rule.directories_only and not is_directory):
                return True
        elif fits and (is_directory or not rule.directories_only):
            return True
    return False


def _pattern(glob: str) -> str:
    """A regular expression for a pattern of Go's `filepath.Match`."""
    pattern = ""
    at = 0
    while at < len(glob):
        character = glob[at]
        at += 1
        if character == "*":
            # Possessive: `*` cannot cross a `/`, and many of them must not make matching slow.
            pattern = pattern if pattern.endswith("[^/]*") else pattern + "[^/]*"
        elif character == "?":
            pattern += "[^/]"
        elif character == "[":
            found = re.compile(r"(\^?)((?:\\.|[^\\\]])+)\]").match(glob, at)
            if not found:
                raise InputError(f"malformed pattern {glob!r}", file=FILE)
            members = re.sub(r"[\[&|~^]", r"\\\g<0>", found[2])
            pattern += f"(?!/)[{found[1]}{members}]"
            at = found.end()
        else:
            if character == "\\" and at < len(glob):
                character = glob[at]
                at += 1
            pattern += re.escape(character)
    return pattern
