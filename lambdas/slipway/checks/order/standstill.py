"""Rule about what waits for itself, in other ways than by `dependsOn` alone: SLW113."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.circles import circles
from slipway.checks.finding import Finding, Rule
from slipway.checks.lines import Cause, Lines
from slipway.checks.order.steps import Before, Reason, Step, Steps
from slipway.checks.subject import Subject
from slipway.fleet.manifests import Path
from slipway.fleet.model import Owner, RenderedKustomization

STANDSTILL = Rule("SLW113", "Things that wait for each other", "error")

MAX_NAMED = 8
"""Steps of a circle in a message."""

_NEEDS = (Reason.DATA, Reason.SOURCE, Reason.DEFINED)
"""What bootstrapping may well have brought before."""
_PLACES = (*_NEEDS, Reason.DEPENDS, Reason.WAITS, Reason.BROUGHT)


def standstill_findings(steps: Steps, subject: Subject) -> Iterator[Finding]:
    """Circles of steps, each of which comes before the next one; one for each thing that is needed too early."""
    edges = {step: [one.step for one in before] for step, before in enumerate(steps.before)}
    told: set[tuple[Step, Before]] = set()
    for circle in circles(edges):
        way = [(step, _between(steps, step, circle[(at + 1) % len(circle)])) for at, step in enumerate(circle)]
        way = _from_cause([(step, before) for step, before in way if before.reason is not Reason.APPLIED])
        is_of_dependencies = all(before.reason is Reason.DEPENDS for _, before in way)  # SLW103 tells it
        if not is_of_dependencies and way[0] not in told:
            told.add(way[0])
            yield _finding(way, steps, subject.lines)


def _between(steps: Steps, later: Step, earlier: Step) -> Before:
    return next(one for one in steps.before[later] if one.step == earlier)


def _from_cause(way: list[tuple[Step, Before]]) -> list[tuple[Step, Before]]:
    """The circle from the step on that somebody most likely changes."""
    at = min(range(len(way)), key=lambda index: (_PLACES.index(way[index][1].reason), index))
    return [*way[at:], *way[:at]]


def _finding(way: list[tuple[Step, Before]], steps: Steps, lines: Lines) -> Finding:
    homes = sorted({steps.owner(step).home for step, _ in way})

    def name(step: Step) -> str:
        owner = steps.owner(step)
        return f"{owner.key} of {owner.home}" if len(homes) > 1 else str(owner.key)

    said = [f"{name(step)} {before.told_of(name(before.step))}" for step, before in way]
    if len(said) > MAX_NAMED:
        said = [*said[: MAX_NAMED - 1], f"{len(said) - MAX_NAMED + 1} more steps"]
    message = f"it waits for itself: {'; '.join(said)}"
    rule, hint = STANDSTILL, "nothing on the way is ever ready"
    if early := next((before.what for _, before in way if before.reason in _NEEDS), ""):
        rule = STANDSTILL.at("info" if early.startswith("Secret ") else "warning")  # most Secrets are there by hand
        hint = f"on a new cluster, nothing on the way is ever applied, unless {early} is there already by other means"
    first, before = way[0]
    owner = steps.owner(first)
    where = cause_in(owner, before.path, steps, lines).where
    return Finding(rule, message, where, str(owner.key), tuple(homes), hint)


def cause_in(owner: Owner, path: Path, steps: Steps, lines: Lines) -> Cause:
    """What makes a field of an owner's definition what it is."""
    if isinstance(owner, RenderedKustomization):
        return lines.cause_of_definition(owner, path)
    parent = steps.find(owner.ancestors[-1]) if owner.ancestors else None
    return lines.cause(owner.definition, parent, path)
