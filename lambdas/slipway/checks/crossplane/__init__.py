"""Rules about what Crossplane composes: SLW8xx."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.crossplane.choices import (
    BY_CHANCE,
    NO_COMPOSITION,
    NO_SUCH_COMPOSITES,
    choice_findings,
    reference_findings,
)
from slipway.checks.crossplane.composed import REFUSED, composed_findings, template_findings
from slipway.checks.crossplane.external_names import ONE_THING, external_name_findings
from slipway.checks.crossplane.packages import MOVING, package_findings
from slipway.checks.crossplane.patches import READS_NOTHING, WRITES_NOTHING, WRONG_TYPE, patch_findings
from slipway.checks.crossplane.pipelines import (
    FAILS,
    FORMAT,
    NO_FUNCTION,
    ONE_NAME,
    composing_findings,
    static_findings,
)
from slipway.checks.crossplane.provider_configs import NO_CONFIG, provider_config_findings
from slipway.checks.crossplane.providers import NO_PROVIDER, provider_findings
from slipway.checks.crossplane.references import NO_RESOURCE, missing_findings
from slipway.checks.crossplane.world import World
from slipway.checks.finding import Finding, NotValidated
from slipway.checks.said import once_per_line
from slipway.checks.subject import Subject

RULES = (
    *(NO_COMPOSITION, BY_CHANCE, NO_SUCH_COMPOSITES, FAILS, NO_FUNCTION, ONE_NAME, READS_NOTHING, WRITES_NOTHING),
    *(REFUSED, FORMAT, WRONG_TYPE, NO_CONFIG, MOVING, ONE_THING),
    *(NO_RESOURCE, NO_PROVIDER),
)


def crossplane_findings(subject: Subject) -> Iterator[Finding | NotValidated]:
    """What is wrong with Compositions, with composites, and with what comes of both."""
    world = World(subject)
    about_patches = list(patch_findings(world))
    told = frozenset((id(one.landed.obj), _patch_of(one.path)) for one in about_patches)
    about = (*static_findings(world), *reference_findings(world), *about_patches, *template_findings(world))
    beside = (*provider_config_findings(world), *package_findings(world))
    absent = (*missing_findings(world), *provider_findings(world))
    yield from once_per_line((*about, *beside, *absent), subject.lines)
    yield from choice_findings(world)
    yield from composing_findings(world)
    yield from composed_findings(world, told)
    yield from external_name_findings(world)


def _patch_of(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The patch that a field is in."""
    at = max(index for index, step in enumerate(path) if step == "patches")
    return path[: at + 2]
