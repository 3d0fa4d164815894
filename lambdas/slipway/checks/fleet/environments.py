"""Rules about versions that differ between clusters: SLW706, SLW707."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from slipway.checks.finding import Rule
from slipway.checks.fleet.versions import Running, running
from slipway.checks.said import Said
from slipway.checks.subject import Subject
from slipway.fleet.settings import Environment

AHEAD = Rule("SLW706", "A version that no earlier environment has had", "warning")
APART = Rule("SLW707", "Versions that differ within an environment", "info")

RULES = (AHEAD, APART)


def environment_findings(subject: Subject) -> Iterator[Said]:
    """Versions in the wrong order of the environments that `slipway.yaml` names, and such as differ within one."""
    environments = subject.settings.environments
    if not environments:
        return
    clusters = [environment.of(subject.fleet.clusters) for environment in environments]
    things: dict[object, list[Running]] = defaultdict(list)
    for one in running(subject):
        things[one.identity].append(one)
    for everywhere in things.values():
        places = [[one for one in everywhere if one.cluster in names] for names in clusters]
        yield from _ahead(environments, places)
        for environment, here in zip(environments, places, strict=True):
            yield from _apart(environment, here)


def _ahead(environments: Sequence[Environment], places: Sequence[list[Running]]) -> Iterator[Said]:
    """What is newer than in every environment before it; of something that none of them has, nothing is known."""
    for at, here in enumerate(places):
        earlier = [(environments[before].name, one) for before in range(at) for one in places[before]]
        if not earlier:
            continue
        name, newest = max(earlier, key=lambda item: item[1].version.precedence)
        for one in here:
            if one.version.precedence > newest.version.precedence:
                has = f"{environments[at].name} has {one.what} in version {one.written}"
                message = f"{has}, {name} before it has {newest.written} yet"
                hint = "take it through the earlier environments first"
                yield Said(AHEAD, one.landed, one.path, message, hint, (one.cluster,))


def _apart(environment: Environment, here: list[Running]) -> Iterator[Said]:
    """What is older than on another cluster of the environment: a warning beyond so many minor versions."""
    newest = max(here, key=lambda one: one.version.precedence, default=None)
    for one in here:
        if newest is None or one.version.precedence == newest.version.precedence:
            continue
        is_far = one.version.major != newest.version.major or (
            newest.version.minor - one.version.minor > environment.minors_apart
        )
        message = f"{one.what} has version {one.written}, and {newest.written} elsewhere in {environment.name}"
        hint = f"it is {newest.written} on {newest.cluster}"
        yield Said(APART.at("warning") if is_far else APART, one.landed, one.path, message, hint, (one.cluster,))
