"""`approvals`: who may approve what a change destroys, and how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.events import APPROVING_LABELS
from slipway.fleet.manifests import Path
from slipway.fleet.settings.policy import MATCH, Match, read_match
from slipway.fleet.settings.reader import Reader

DEFAULT_LABEL = "slipway/approve-destructive"
"""Approves where nothing else is said."""
MAX_PEOPLE = 100
"""Who may approve, in one entry."""
_LABEL = re.compile(re.escape(APPROVING_LABELS) + r"\S(.{0,48}\S)?")
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})")


@dataclass(frozen=True)
class Approval:
    """What approves some findings."""

    match: Match
    """Which are meant; without rules, the errors of all rules about what is destroyed."""
    label: str
    """Of the pull request; empty if no label is enough."""
    by: tuple[str, ...]
    """Logins of whom an approving review of the head is enough."""
    line: int
    """Of `slipway.yaml`; 0 for the one that holds where nothing is said."""


BY_DEFAULT = Approval(Match(()), DEFAULT_LABEL, (), 0)


def read_approvals(reader: Reader, path: Path, value: Any) -> tuple[Approval, ...]:
    """The section; the last entry that fits a finding counts."""
    return tuple(_approval(reader, (*path, index), item) for index, item in enumerate(reader.list(path, value)))


def _approval(reader: Reader, path: Path, value: Any) -> Approval:
    fields: Mapping[str, Any] = reader.mapping(path, value, {*MATCH, "by", "label"})
    name = ".".join(map(str, path))
    label = reader.text((*path, "label"), fields.get("label")) or ""
    if label and not _LABEL.fullmatch(label):
        reader.wrong((*path, "label"), f"{name}.label must begin with {APPROVING_LABELS}, as {DEFAULT_LABEL} does")
    by = reader.texts((*path, "by"), fields.get("by"))
    if len(by) > MAX_PEOPLE:
        reader.wrong((*path, "by"), f"{name}.by has over {MAX_PEOPLE} logins (MAX_PEOPLE)")
    for index, login in enumerate(by):
        if not _LOGIN.fullmatch(login):
            reader.wrong((*path, "by", index), f"{login!r} is no login of a GitHub user")
    if not label and not by:
        label = DEFAULT_LABEL
    match = read_match(reader, path, fields, optional=True)
    return Approval(match, label, by, reader.line(path))
