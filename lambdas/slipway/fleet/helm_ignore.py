"""`.helmignore`: which files of a directory do not become part of a chart.

Source of the rules: fluxcd/source-controller, `internal/helm/chart/secureloader/ignore/rules.go`, which are Helm's.
They are not those of `.gitignore`: the first rule that matches decides, and `!rule` leaves out what it does not match.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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
    pattern: list[list[str]]
    """By parts of a path: regular expressions for one character each, and `*`."""
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
        pattern = [list(_tokens(part)) for part in rule.removeprefix("/").split("/")]
        yield _Rule(pattern, "/" not in rule, negated, directories_only)


def _matches(rules: list[_Rule], path: str, *, is_directory: bool) -> bool:
    for rule in rules:
        parts = path.split("/")[-1:] if rule.base_name_only else path.split("/")
        fits = len(parts) == len(rule.pattern) and all(map(_fits, rule.pattern, parts))
        if rule.negated:
            if not fits or (rule.directories_only and not is_directory):
                return True
        elif fits and (is_directory or not rule.directories_only):
            return True
    return False


def _fits(tokens: list[str], name: str) -> bool:
    """True if a name matches; in time of its length times that of the pattern, whatever they are."""
    at = token = 0
    star = -1
    resume = 0
    while at < len(name):
        if token < len(tokens) and tokens[token] == _STAR:
            star, resume = token, at
            token += 1
        elif token < len(tokens) and re.fullmatch(tokens[token], name[at], re.DOTALL):
            at += 1
            token += 1
        elif star >= 0:
            resume += 1
            at, token = resume, star + 1
        else:
            return False
    return all(rest == _STAR for rest in tokens[token:])


_STAR = "*"
_CLASS = re.compile(r"\[(\^?)((?:\\.|[^\\\]])+)\]")


def _tokens(glob: str) -> Iterator[str]:
    """The parts of a pattern of Go's `filepath.Match`."""
    at = 0
    while at < len(glob):
        if glob[at] == "[":
            found = _CLASS.match(glob, at)
            if not found:
                raise InputError(f"malformed pattern {glob!r}", file=FILE)
            members = re.sub(r"\\(.)|[\[&|~^]", lambda special: re.escape(special[1] or special[0]), found[2])
            yield _compiles(f"[{found[1]}{members}]", glob)
            at = found.end()
            continue
        if glob[at] == "\\" and at + 1 < len(glob):
            at += 1
            yield re.escape(glob[at])
        else:
            yield {"*": _STAR, "?": "."}.get(glob[at]) or re.escape(glob[at])
        at += 1


def _compiles(expression: str, glob: str) -> str:
    try:
        re.compile(expression)
    except re.error:
        raise InputError(f"malformed pattern {glob!r}", file=FILE) from None
    return expression
