"""All rules of the family."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from slipway.checks.finding import Finding, NotValidated
from slipway.checks.keyholder import SealedAnswer
from slipway.checks.said import Said, once_per_line
from slipway.checks.secrets.allowed import Allowed
from slipway.checks.secrets.asking import ask
from slipway.checks.secrets.files import file_findings
from slipway.checks.secrets.makers import maker_findings
from slipway.checks.secrets.needed import needed_findings
from slipway.checks.secrets.opened import opened_findings
from slipway.checks.secrets.plain import plain_findings
from slipway.checks.secrets.published import published, published_findings
from slipway.checks.secrets.rotation import rotation_findings
from slipway.checks.secrets.rules import (
    ALLOWED_UNUSED,
    BY_NAME,
    CERTIFICATE,
    CREDENTIAL,
    DATA_MISSING,
    EXTERNAL_RULES,
    KEY_MISSING,
    PLAIN_PASSWORD,
    PLAIN_SECRET,
    SEALED_CLOSED,
    SEALED_MALFORMED,
    SEALED_OLD,
    SEALED_RULES,
    SEALED_TWICE,
    SEALING_KEY_RENEWED,
    SEALING_KEY_UNSEEN,
    SECOND_KEY,
    SOPS_CLOSED,
    SOPS_FORGOTTEN,
    SOPS_PARTLY,
)
from slipway.checks.secrets.sealed import sealed_said
from slipway.checks.secrets.sealing_keys import sealing_key_findings
from slipway.checks.secrets.sops import sops_findings, undecrypted_findings
from slipway.checks.secrets.stores import store_findings
from slipway.checks.subject import Subject
from slipway.errors import InputError
from slipway.fleet.objects import Location
from slipway.fleet.outline import outline

RULES = (
    PLAIN_SECRET,
    CREDENTIAL,
    PLAIN_PASSWORD,
    SOPS_FORGOTTEN,
    SOPS_PARTLY,
    ALLOWED_UNUSED,
    SOPS_CLOSED,
    *SEALED_RULES,
    *EXTERNAL_RULES,
    DATA_MISSING,
    KEY_MISSING,
    SEALING_KEY_RENEWED,
    SEALING_KEY_UNSEEN,
    SECOND_KEY,
    SEALED_CLOSED,
    SEALED_OLD,
    CERTIFICATE,
)


def secrets_findings(subject: Subject) -> Iterator[Finding | NotValidated | SealedAnswer]:
    """What is wrong with secret values, and with what brings them."""
    yield from _in_clear_text(subject)
    yield from undecrypted_findings(subject)
    yield from _sealed(subject)
    yield from store_findings(subject)
    yield from maker_findings(subject)
    yield from needed_findings(subject)
    yield from sealing_key_findings(subject)
    yield from rotation_findings(subject)


def _sealed(subject: Subject) -> Iterator[Finding | NotValidated | SealedAnswer]:
    answers = ask(subject)
    opened, closed = answers.opened(), answers.closed()
    kept: list[Said] = []
    told: dict[int, str] = {}
    for one in sealed_said(subject):
        what = id(one.landed.obj)
        # The key knows it better than names and earlier values, which say at most why it does not open.
        if what in closed and one.rule.id in (*BY_NAME, SEALED_TWICE.id):
            told.setdefault(what, one.message)
        elif not (what in opened and one.rule.id in BY_NAME) and not (what in closed and one.rule == SEALED_MALFORMED):
            kept.append(one)
    yield from once_per_line(kept, subject.lines)
    yield from opened_findings(subject, answers, told, published(subject))
    yield from published_findings(subject, answers)


def _in_clear_text(subject: Subject) -> Iterator[Finding | NotValidated]:
    allowed = Allowed(subject)
    told = _Told(subject)
    found = list(sops_findings(subject))
    told.add(found)
    found += [finding for finding in plain_findings(subject) if not told.has(finding)]
    told.add(found)
    yield from (finding for finding in found if not allowed.has(finding))
    for result in file_findings(subject):
        if isinstance(result, NotValidated):
            yield result
        elif not allowed.has(*result) and not told.has(result[0]):
            yield result[0]
    yield from allowed.unused()


class _Told:
    """Objects that have a finding already: what their files have in them is no second one."""

    def __init__(self, subject: Subject) -> None:
        self._tree = subject.root
        self._objects: set[tuple[str, int]] = set()
        self._files: set[str] = set()

    def add(self, findings: Iterable[Finding]) -> None:
        """Remember findings."""
        for where in (finding.where for finding in findings):
            if where.source == self._tree.name and where.path in self._tree:
                if where.line:
                    self._objects.add((where.path, self._object_at(where)))
                else:
                    self._files.add(where.path)

    def has(self, finding: Finding) -> bool:
        """True if the same object, or its whole file, has a finding."""
        where = finding.where
        if where.source != self._tree.name or where.path not in self._tree:
            return False
        return where.path in self._files or (where.path, self._object_at(where)) in self._objects

    def _object_at(self, where: Location) -> int:
        """The first line of the object that a line is in; 0 if it is in none."""
        try:
            lines = [entry.line for entry in outline(self._tree, where.path)]
        except InputError:
            return 0
        at = bisect_right(lines, where.line)
        return lines[at - 1] if at else 0
