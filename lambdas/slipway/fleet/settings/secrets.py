"""`secrets`: what looks like a secret value and is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from slipway.fleet.globs import MalformedPattern, path_matcher
from slipway.fleet.manifests import Path
from slipway.fleet.settings.reader import Reader

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_RULE = re.compile(r"SLW60[1-5]")


@dataclass(frozen=True)
class AllowedSecret:
    """A value that may be in Git in clear text."""

    path: str
    """Of the file, or a pattern: `**` for any directories."""
    reason: str
    """Why it opens nothing."""
    rule: str = ""
    """The rule that would find it; any of them if empty."""
    fingerprint: str = ""
    """Of the one value, as the finding says; any value if empty."""
    line: int = field(default=0, compare=False)
    """Where it stands in the file."""
    matches: Callable[[str], bool] = field(default=lambda _: False, compare=False, repr=False)
    """True for the paths that it is about."""


@dataclass(frozen=True)
class SecretSettings:
    """What `slipway.yaml` says about secret values."""

    allow: tuple[AllowedSecret, ...] = ()


def read_secrets(reader: Reader, path: Path, value: Any) -> SecretSettings:
    """The section."""
    fields = reader.mapping(path, value, {"allow"})
    entries = enumerate(reader.list((*path, "allow"), fields.get("allow")))
    return SecretSettings(tuple(_allowed(reader, (*path, "allow", index), entry) for index, entry in entries))


def _allowed(reader: Reader, path: Path, value: Any) -> AllowedSecret:
    fields = reader.mapping(path, value, {"path", "reason", "rule", "fingerprint"})
    pattern = reader.required((*path, "path"), fields.get("path"))
    rule = reader.text((*path, "rule"), fields.get("rule")) or ""
    fingerprint = reader.text((*path, "fingerprint"), fields.get("fingerprint")) or ""
    name = ".".join(map(str, path))
    if rule and not _RULE.fullmatch(rule):
        reader.wrong((*path, "rule"), f"{name}.rule is {rule!r}; it is one of SLW601 to SLW605")
    if fingerprint and not _FINGERPRINT.fullmatch(fingerprint):
        reader.wrong((*path, "fingerprint"), f"{name}.fingerprint is no fingerprint: the finding has one")
    matches: Callable[[str], bool] = lambda _: False  # noqa: E731 - a pattern that is refused matches nothing
    try:
        matches = path_matcher(pattern)
    except MalformedPattern as err:
        reader.wrong((*path, "path"), f"{name}.path is no pattern: {err}")
    reason = reader.required((*path, "reason"), fields.get("reason"))
    return AllowedSecret(pattern, reason, rule, fingerprint, reader.line(path), matches)
