"""Waivers that objects carry: the annotation `slipway/waive`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from slipway.checks.finding import Finding
from slipway.checks.subject import Landed, Subject
from slipway.fleet.objects import Location, mapping, text
from slipway.fleet.settings.policy import fits_any

ANNOTATION = "slipway/waive"
MAX_LINES = 20
"""Waivers in one annotation."""
MAX_SHOWN_TEXT = 100
"""Characters of what somebody wrote that a message repeats."""

_LINE = re.compile(r"(?P<rules>SLW[\w*?]+(?:, *SLW[\w*?]+)*) by (?P<owner>.+?) until (?P<day>\S+): *(?P<reason>\S.*)")


@dataclass(frozen=True)
class InlineWaiver:
    """One line of an object's annotation."""

    FORM: ClassVar[str] = f"write {ANNOTATION}: SLW709 by team-web until 2027-03-31: why"

    object: str
    """The object that carries it, as findings name it."""
    clusters: tuple[str, ...]
    where: Location
    rules: tuple[str, ...] = ()
    owner: str = ""
    reason: str = ""
    expires: date = date.min
    problem: str = ""
    """What is wrong with it; then it does not count."""

    def fits(self, finding: Finding) -> bool:
        """True if it is about a finding, on some clusters at least."""
        if finding.object != self.object or set(self.clusters).isdisjoint(finding.clusters):
            return False
        return fits_any(finding.rule.id, self.rules)


def inline_waivers(subject: Subject) -> Iterator[InlineWaiver]:
    """The waivers of all objects."""
    for landed in subject.distinct:
        written = mapping(landed.obj.metadata.get("annotations")).get(ANNOTATION)
        if written is not None:
            where = subject.lines.cause(landed.obj, landed.owner, ("metadata", "annotations", ANNOTATION)).where
            yield from _read(text(written), landed, where)


def _read(written: str, landed: Landed, where: Location) -> Iterator[InlineWaiver]:
    what = str(landed.obj.key)
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    if not lines or len(lines) > MAX_LINES:
        problem = f"its annotation {ANNOTATION} has {len(lines) or 'no'} lines, not 1 to {MAX_LINES}"
        yield InlineWaiver(what, landed.clusters, where, problem=problem)
        return
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            problem = f"its annotation {ANNOTATION} cannot be read: {line[:MAX_SHOWN_TEXT]}"
            yield InlineWaiver(what, landed.clusters, where, problem=problem)
            continue
        rules = tuple(rule.strip() for rule in found["rules"].split(","))
        try:
            expires = date.fromisoformat(found["day"])
        except ValueError:
            problem = f"its annotation {ANNOTATION} has no date like 2027-03-31: {found['day'][:MAX_SHOWN_TEXT]}"
            yield InlineWaiver(what, landed.clusters, where, problem=problem)
            continue
        yield InlineWaiver(what, landed.clusters, where, rules, found["owner"], found["reason"], expires)
