"""Rules about composites and the Compositions that Crossplane takes for them: SLW801 to SLW803.

Source of the rules: crossplane/crossplane v1.20 and v2.0, `internal/controller/apiextensions/composite/api.go`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from slipway.checks.crossplane.world import World
from slipway.checks.finding import Finding, Rule
from slipway.checks.said import Said
from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.crossplane.resources import choice_path
from slipway.fleet.manifests import Path

NO_COMPOSITION = Rule("SLW801", "A composite without a Composition", "error")
BY_CHANCE = Rule("SLW802", "A Composition that is chosen by chance", "warning")
NO_SUCH_COMPOSITES = Rule("SLW803", "A Composition for composites that do not exist", "error")

MAX_NAMED = 5
"""Compositions that are named in a hint."""


def choice_findings(world: World) -> Iterator[Finding]:
    """Composites for which there is no Composition, or no certain one."""
    lines = world.subject.lines
    owners = {owner.id: owner for owner in world.subject.fleet.owners}
    for cluster, composite in world.composites():
        choice = composite.choice
        if not choice.on or not _is_at_home(composite, cluster.name, world):
            continue
        rule, message, hint = _judged(composite, cluster.name, world)
        path: Path = choice.path or (*choice_path(composite.xrd, composite.definition.value), "compositionRef")
        owner = owners.get(composite.ancestors[-1])
        where = lines.cause(composite.definition, owner, path).where
        yield Finding(rule, message, where, str(composite.key), (cluster.name,), hint)


def _is_at_home(composite: Composite, cluster: str, world: World) -> bool:
    """False for a composite whose definition or Compositions come from elsewhere, all of them."""
    if composite.choice.on == "several":
        return True
    xrd, platform = composite.xrd, world.platform(cluster)
    if xrd is None:
        return False
    return (xrd.api_version, xrd.kind) in platform.composed_types or _similar(composite, cluster, world) != ""


def _similar(composite: Composite, cluster: str, world: World) -> str:
    """A Composition of nearly the name that is missing; empty if there is none."""
    compositions = world.platform(cluster).compositions
    return next(iter(difflib.get_close_matches(composite.choice.named, compositions, n=1, cutoff=0.8)), "")


def _judged(composite: Composite, cluster: str, world: World) -> tuple[Rule, str, str]:
    choice = composite.choice
    if choice.on == "several":
        named = ", ".join(choice.candidates[:MAX_NAMED])
        message = f"{len(choice.candidates)} Compositions fit it, and Crossplane takes one of them at random"
        return BY_CHANCE, message, f"name one in compositionRef, or select one by its labels: {named}"
    if choice.on == "incompatible":
        message = f"Composition {choice.named} is for composites of another kind or version"
        return NO_COMPOSITION, message, f"nothing is composed; {_fitting(composite, cluster, world)}"
    message = f"it names Composition {choice.named}, which" if choice.named else "no Composition"
    message += " nothing in Git applies" if choice.named else " that is in Git fits it"
    doubt = world.may_come_otherwise(cluster)
    similar = _similar(composite, cluster, world)
    hints = [f"nothing is composed unless something else brings it ({doubt})" if doubt else "nothing is composed"]
    hints.append(f"there is Composition {similar}" if similar else _fitting(composite, cluster, world))
    return NO_COMPOSITION.at("warning") if doubt else NO_COMPOSITION, message, "; ".join(filter(None, hints))


def _fitting(composite: Composite, cluster: str, world: World) -> str:
    xrd = composite.xrd
    if xrd is None:
        return ""
    found = world.platform(cluster).composed_types.get((xrd.api_version, xrd.kind), ())
    names = sorted(one.name for one in found)[:MAX_NAMED]
    return f"for {xrd.api_version} {xrd.kind} there is {', '.join(names)}" if names else ""


def reference_findings(world: World) -> Iterator[Said]:
    """Compositions whose `compositeTypeRef` no definition on their cluster fits."""
    for written in world.compositions:
        for cluster in written.landed.clusters:
            for rule, path, message, hint in _reference(written.composite_type, cluster, world):
                yield Said(rule, written.landed, path, message, hint, (cluster,))


def _reference(wanted: tuple[str, str], cluster: str, world: World) -> Iterator[tuple[Rule, Path, str, str]]:
    api_version, kind = wanted
    group, _, version = api_version.rpartition("/")
    xrds = world.platform(cluster).xrds
    at: Path = ("spec", "compositeTypeRef")
    xrd = xrds.get((group, kind))
    if "$" in api_version + kind or not api_version or not kind:
        return
    if xrd is None:
        similar = difflib.get_close_matches(kind, [name for of, name in xrds if of == group], n=1, cutoff=0.8)
        if any(of == group for of, _ in xrds) and not world.may_come_otherwise(cluster):
            message = f"no XRD defines {api_version} {kind}"
            hint = f"no composite ever takes it{f'; there is {similar[0]}' if similar else ''}"
            yield (NO_SUCH_COMPOSITES if similar else NO_SUCH_COMPOSITES.at("warning")), (*at, "kind"), message, hint
    elif kind == xrd.claim_kind and kind != xrd.kind:
        message = f"{kind} is a kind of claims; a Composition is for composites"
        yield NO_SUCH_COMPOSITES, (*at, "kind"), message, f"no composite ever takes it; name {xrd.kind}"
    elif xrd.referenceable and version != xrd.referenceable:
        message = f"{kind} has no referenceable version {version}"
        hint = f"no composite ever takes it; {xrd.obj.name} marks {xrd.referenceable} as referenceable"
        yield NO_SUCH_COMPOSITES, (*at, "apiVersion"), message, hint
