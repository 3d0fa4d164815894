"""Rule about steps between versions of tools that are upgraded one minor version at a time: SLW310.

Sources: docs.crossplane.io, "Upgrade Crossplane", and crossplane/crossplane issues 6717 and 6864: each minor version
migrates what the one before it has stored, and a later one drops it, so that Crossplane may not start where one was
skipped; cert-manager.io, "Upgrading cert-manager".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from slipway.checks.charts import Installed, installed_charts
from slipway.checks.finding import Rule
from slipway.checks.said import Said
from slipway.checks.subject import Subject
from slipway.checks.upgrade.releases import CHARTS, pinned_minor
from slipway.checks.upgrade.tool_apis import CERT_MANAGER, CROSSPLANE, Minor
from slipway.fleet.model import Fleet
from slipway.fleet.objects import ObjectKey

SKIPPED = Rule("SLW310", "A step of a tool over a minor version", "warning", of_change=True)

RULES = (SKIPPED,)


@dataclass(frozen=True)
class _Steps:
    """How a tool is upgraded."""

    harm: str
    """What may come of a step that is too long."""
    last: Mapping[int, int]
    """The last minor versions of the major ones that another one follows."""


_TOOLS: Mapping[str, _Steps] = {
    CROSSPLANE: _Steps("it may not start: what an older version stored is not read any more", {1: 20}),
    CERT_MANAGER: _Steps("its makers support steps by one minor version only", {}),
}


def tool_step_findings(subject: Subject) -> Iterator[Said]:
    """Tools that a change takes over a minor version, on clusters that had them."""
    if subject.against is None:
        return
    before = {_identity(one): minor for one, minor in _releases(subject.against.fleet)}
    landed = {id(one.obj): one for one in subject.distinct}
    for one, minor in _releases(subject.fleet):
        was, says = before.get(_identity(one)), landed.get(id(one.source))
        if was is None or says is None:
            continue
        steps = _TOOLS[CHARTS[one.chart]]
        following = _next(was, steps)
        if minor > following and _knows(was, minor, steps):
            message = f"{CHARTS[one.chart]} goes from {_shown(was)} to {_shown(minor)} at once"
            hint = f"{steps.harm}; go to {_shown(following)} first"
            yield Said(SKIPPED, says, one.path, message, hint, (one.cluster,))


def _releases(fleet: Fleet) -> Iterator[tuple[Installed, Minor]]:
    for one in installed_charts(fleet):
        minor = pinned_minor(one.version)
        if minor is not None and CHARTS.get(one.chart) in _TOOLS:
            yield one, minor


def _identity(one: Installed) -> tuple[str, ObjectKey, str]:
    return one.cluster, one.release.key, one.chart


def _next(minor: Minor, steps: _Steps) -> Minor:
    major, number = minor
    return (major + 1, 0) if steps.last.get(major) == number else (major, number + 1)


def _knows(was: Minor, now: Minor, steps: _Steps) -> bool:
    """True if it is known what is between two versions."""
    return was[0] == now[0] or was[0] in steps.last


def _shown(minor: Minor) -> str:
    return f"{minor[0]}.{minor[1]}"
