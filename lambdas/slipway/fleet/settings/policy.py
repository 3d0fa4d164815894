"""`rules`, `waivers`, `inlineWaivers` and `thresholds`: how grave findings are, and which of them are put up with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, Literal

from pathspec import GitIgnoreSpec

from slipway.fleet.manifests import Path
from slipway.fleet.settings.reader import Reader

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
OFF: Literal["off"] = "off"
"""Instead of a severity: what the rule finds is counted only."""
Grade = Severity | Literal["off"]
GRADES: tuple[Grade, ...] = (*SEVERITIES, OFF)

POLICY_SECTIONS = {"failOn", "inlineWaivers", "rules", "thresholds", "waivers"}
MAX_PATTERNS = 1_000
"""Patterns in one list: each is tried on each finding."""
_RULE = re.compile(r"SLW[0-9*?]+")


@dataclass(frozen=True)
class Match:
    """Which findings are meant: those that fit every list; an empty one fits all."""

    rules: tuple[str, ...]
    """Ids, or patterns of them: `SLW7*`."""
    paths: tuple[str, ...] = ()
    """As in .gitignore, from the root of the repository that the file is in."""
    clusters: tuple[str, ...] = ()
    """Names, or patterns of them."""
    objects: tuple[str, ...] = ()
    """As findings name them, or patterns of that: `Deployment web/*`."""

    def fits(self, rule: str, path: str, what: str) -> bool:
        """True if a finding is meant, on some clusters at least."""
        if not fits_any(rule, self.rules) or (self.objects and not fits_any(what, self.objects)):
            return False
        return not self.paths or self._paths.match_file(path)

    def on(self, clusters: Iterable[str]) -> tuple[str, ...]:
        """Those of the clusters that are meant."""
        return tuple(name for name in clusters if not self.clusters or fits_any(name, self.clusters))

    @cached_property
    def _paths(self) -> GitIgnoreSpec:
        return GitIgnoreSpec.from_lines(self.paths)


@dataclass(frozen=True)
class SeverityRule:
    """A severity that findings have instead of their rules'."""

    match: Match
    severity: Grade
    line: int
    """Of `slipway.yaml`."""


@dataclass(frozen=True)
class Waiver:
    """Findings that somebody answers for until a day."""

    match: Match
    owner: str
    reason: str
    expires: date
    """The last day on which it holds."""
    line: int
    """Of `slipway.yaml`."""


@dataclass(frozen=True)
class Policy:
    """How findings are judged."""

    fail_on: Severity = "error"
    """The least severe finding that fails the check."""
    severities: tuple[SeverityRule, ...] = ()
    """The last one that fits counts."""
    waivers: tuple[Waiver, ...] = ()
    inline_waivers: tuple[str, ...] = ()
    """Rules, or patterns of them, whose errors annotations may waive as well; warnings and infos always may be."""
    thresholds: Mapping[str, int] = field(default_factory=dict)
    """How many may be there, by what is counted (`THRESHOLDS`); none is meant where nothing is said."""


def fits_any(name: str, patterns: Iterable[str]) -> bool:
    """True if a name is, or fits, one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


THRESHOLDS = {"notRendered", "notValidated", "unknownKinds", "waived", "warnings"}


def read_policy(reader: Reader, root: Mapping[str, Any]) -> Policy:
    """The policy, out of the sections of the file."""
    fail_on = root.get("failOn", "error")
    if fail_on not in SEVERITIES:
        reader.wrong(("failOn",), f"failOn is {fail_on!r}; it is one of {', '.join(SEVERITIES)}")
    rules, waivers = (reader.list((name,), root.get(name)) for name in ("rules", "waivers"))
    thresholds = reader.mapping(("thresholds",), root.get("thresholds"), THRESHOLDS)
    numbers = {name: reader.number(("thresholds", name), value) for name, value in thresholds.items()}
    return Policy(
        fail_on,
        tuple(_severity(reader, ("rules", index), item) for index, item in enumerate(rules)),
        tuple(_waiver(reader, ("waivers", index), item) for index, item in enumerate(waivers)),
        _rules(reader, ("inlineWaivers",), root.get("inlineWaivers")),
        {name: number for name, number in numbers.items() if number is not None},
    )


MATCH = {"rules", "paths", "clusters", "objects"}
"""The fields by which an entry names findings."""


def _severity(reader: Reader, path: Path, value: Any) -> SeverityRule:
    fields = reader.mapping(path, value, {*MATCH, "severity"})
    said = fields.get("severity")
    if said is False:  # YAML 1.1 reads `off` so, and people do not quote it
        said = OFF
    severity = next((known for known in GRADES if known == said), None)
    if severity is None:
        reader.wrong((*path, "severity"), f"{_named(path)}.severity is one of {', '.join(GRADES)}")
    return SeverityRule(read_match(reader, path, fields), severity or "error", reader.line(path))


def _waiver(reader: Reader, path: Path, value: Any) -> Waiver:
    fields = reader.mapping(path, value, {*MATCH, "owner", "reason", "expires"})
    named = ("owner", "reason", "expires")
    owner, reason, expires = (reader.required((*path, name), fields.get(name)) for name in named)
    try:
        until = date.fromisoformat(expires) if expires else date.min
    except ValueError:
        reader.wrong((*path, "expires"), f"{_named(path)}.expires is not a date like 2027-03-31")
        until = date.min
    return Waiver(read_match(reader, path, fields), owner, reason, until, reader.line(path))


def read_match(reader: Reader, path: Path, fields: Mapping[str, Any], *, optional: bool = False) -> Match:
    """Which findings an entry means.

    Args:
        reader: of the file.
        path: the entry's.
        fields: the entry's.
        optional: true if it need not name rules.
    """
    paths, clusters, objects = (
        reader.texts((*path, name), fields.get(name)) for name in ("paths", "clusters", "objects")
    )
    for name, patterns in (("paths", paths), ("clusters", clusters), ("objects", objects)):
        if len(patterns) > MAX_PATTERNS:
            reader.wrong((*path, name), f"{_named(path)}.{name} has over {MAX_PATTERNS:,} patterns (MAX_PATTERNS)")
    rules = _rules(reader, (*path, "rules"), fields.get("rules"))
    if not rules and not optional:
        reader.wrong(path, f"{_named(path)}.rules is missing: name rules, e.g. [SLW105, SLW7*]")
    return Match(rules, paths, clusters, objects)


def _rules(reader: Reader, path: Path, value: Any) -> tuple[str, ...]:
    rules = reader.texts(path, value)
    for index, rule in enumerate(rules):
        if not _RULE.fullmatch(rule):
            reader.wrong((*path, index), f"{rule!r} is no rule: name one by its id, as SLW105, or several, as SLW7*")
    return rules


def _named(path: Path) -> str:
    return ".".join(map(str, path))
