"""Findings that are said once for each line of Git, however many objects come of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from slipway.checks.finding import Finding, Rule
from slipway.checks.lines import Cause, Lines
from slipway.checks.subject import Landed
from slipway.fleet.manifests import Path
from slipway.fleet.settings import SEVERITIES


@dataclass(frozen=True)
class Said:
    """What a rule says about a field of an object."""

    rule: Rule
    landed: Landed
    path: Path
    message: str
    hint: str = ""
    clusters: tuple[str, ...] | None = None
    """The clusters that it is said of; None if it is all that the object lands on."""


def once_per_line(said: Iterable[Said], lines: Lines) -> Iterator[Finding]:
    """One finding for all that is said alike of what comes of one line; it names the first object, counts the others.

    A base that many overlays rename, or a variable, makes objects of many names with one mistake.
    """
    groups: dict[tuple[str, str, object], list[tuple[Said, Cause]]] = {}
    for one in said:
        cause = lines.cause(one.landed.obj, one.landed.owner, one.path)
        groups.setdefault((one.rule.id, one.message, cause.where), []).append((one, cause))
    for (_, message, _), group in groups.items():
        first, cause = min(group, key=lambda item: item[0].landed.obj.key)
        gravest = min((one.rule for one, _ in group), key=lambda rule: SEVERITIES.index(rule.severity))
        others = len({one.landed.obj.key for one, _ in group}) - 1
        more = f"{others} more {'object has' if others == 1 else 'objects have'} it from this line" if others else ""
        hint = "; ".join(filter(None, (first.hint, more, cause.hint)))
        clusters = {name for one, _ in group for name in one.landed.clusters if one.clusters is None}
        clusters.update(name for one, _ in group for name in one.clusters or ())
        yield Finding(gravest, message, cause.where, str(first.landed.obj.key), tuple(sorted(clusters)), hint)
