"""`requests`: who may ask for what, and which pull requests are merged without a person.

The names of requests are those of `slipway.requests.kinds`, which nothing here knows: patterns of them are as good.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from slipway.fleet.manifests import Path
from slipway.fleet.settings.reader import Reader

MAX_ASKERS = 200
"""Users and teams in one entry."""
MergeMethod = Literal["squash", "merge"]

_ASKER = re.compile(r"@[A-Za-z0-9][A-Za-z0-9-]{0,38}/[a-z0-9][a-z0-9_-]{0,99}|[A-Za-z0-9][A-Za-z0-9-]{0,38}")
_WHAT = {"kinds", "subjects"}


@dataclass(frozen=True)
class What:
    """Which requests are meant: those that fit both; an empty one fits all."""

    kinds: tuple[str, ...] = ()
    """`add-cluster`, or patterns: `*-application`."""
    subjects: tuple[str, ...] = ()
    """Names of the clusters that are concerned, or of what the request is about if it concerns none; or patterns."""

    def fits(self, kind: str, subjects: Iterable[str]) -> bool:
        """True if a request is meant, with all that it is about."""
        if self.kinds and not any(fnmatchcase(kind, pattern) for pattern in self.kinds):
            return False
        return not self.subjects or all(
            any(fnmatchcase(name, pattern) for pattern in self.subjects) for name in subjects
        )


@dataclass(frozen=True)
class Askers:
    """Who may ask for something."""

    what: What
    by: tuple[str, ...]
    """Logins, and teams: `@organization/team`."""
    line: int
    """Of `slipway.yaml`."""
    and_writers: bool = False
    """True if it takes the right to write to `gitops-system` besides, since no entry is about some of the clusters."""


@dataclass(frozen=True)
class AutoMerge:
    """What is merged once its checks are green."""

    what: What
    approvals: int
    """Approving reviews of the very head that it needs besides."""
    method: MergeMethod


@dataclass(frozen=True)
class RequestSettings:
    """The section; of each list, the last entry that fits a request counts."""

    who: tuple[Askers, ...] = ()
    """Where none fits, whoever may write to `gitops-system` may ask."""
    auto_merge: tuple[AutoMerge, ...] = ()

    def askers(self, kind: str, subjects: tuple[str, ...]) -> Askers | None:
        """Who may ask for a request; None if no entry says it.

        What concerns several clusters has to be allowed on each: where their entries differ, to those whom all name.
        """
        found = {self._askers(kind, (subject,)): None for subject in subjects} or {self._askers(kind, ()): None}
        entries = [entry for entry in found if entry is not None]
        if not entries:
            return None
        by = tuple(name for name in entries[0].by if all(name in entry.by for entry in entries))
        return Askers(entries[0].what, by, entries[0].line, and_writers=len(entries) < len(found))

    def merge(self, kind: str, subjects: tuple[str, ...]) -> AutoMerge | None:
        """How its pull requests are merged; None if people do it."""
        return next((entry for entry in reversed(self.auto_merge) if entry.what.fits(kind, subjects)), None)

    def _askers(self, kind: str, subjects: tuple[str, ...]) -> Askers | None:
        return next((entry for entry in reversed(self.who) if entry.what.fits(kind, subjects)), None)


def read_requests(reader: Reader, path: Path, value: Any) -> RequestSettings:
    """The section."""
    fields = reader.mapping(path, value, {"who", "autoMerge"})
    who, merges = (*path, "who"), (*path, "autoMerge")
    return RequestSettings(
        tuple(_askers(reader, (*who, at), item) for at, item in enumerate(reader.list(who, fields.get("who")))),
        tuple(
            _merge(reader, (*merges, at), item) for at, item in enumerate(reader.list(merges, fields.get("autoMerge")))
        ),
    )


def _what(reader: Reader, path: Path, fields: Any) -> What:
    return What(
        reader.texts((*path, "kinds"), fields.get("kinds")), reader.texts((*path, "subjects"), fields.get("subjects"))
    )


def _askers(reader: Reader, path: Path, value: Any) -> Askers:
    fields = reader.mapping(path, value, {*_WHAT, "by"})
    by = reader.texts((*path, "by"), fields.get("by"))
    name = ".".join(map(str, path))
    if not by:
        reader.wrong(path, f"{name}.by is missing: name users, and teams as @organization/team")
    if len(by) > MAX_ASKERS:
        reader.wrong((*path, "by"), f"{name}.by names over {MAX_ASKERS} (MAX_ASKERS)")
    for index, asker in enumerate(by):
        if not _ASKER.fullmatch(asker):
            reader.wrong((*path, "by", index), f"{asker!r} is neither a login of GitHub nor a team, @organization/team")
    return Askers(_what(reader, path, fields), by, reader.line(path))


def _merge(reader: Reader, path: Path, value: Any) -> AutoMerge:
    fields = reader.mapping(path, value, {*_WHAT, "approvals", "method"})
    approvals = reader.number((*path, "approvals"), fields.get("approvals"))
    method = reader.text((*path, "method"), fields.get("method")) or "squash"
    if method not in ("squash", "merge"):
        reader.wrong((*path, "method"), f"{'.'.join(map(str, path))}.method must be squash or merge")
    return AutoMerge(
        _what(reader, path, fields), 1 if approvals is None else approvals, "merge" if method == "merge" else "squash"
    )
