"""Render a fleet: everything that Flux would apply to each of its clusters."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from dataclasses import dataclass

from slipway.fleet.clusters import find_entry_points
from slipway.fleet.crossplane.composites import Composites, with_composites
from slipway.fleet.helm import HelmRenderer
from slipway.fleet.instance_patches import patched
from slipway.fleet.kustomize import Builder
from slipway.fleet.landing import Landed, as_landed
from slipway.fleet.model import Cluster, Fleet, NotRendered, Problem
from slipway.fleet.releases import Releases, with_releases, without_releases
from slipway.fleet.resource_set import ResourceSets
from slipway.fleet.rewalk import CannotGoOn, Rewalk
from slipway.fleet.settings import Settings
from slipway.fleet.sources import Sources
from slipway.fleet.walk import Walk


def render_fleet(
    sources: Sources,
    builder: Builder,
    settings: Settings,
    *,
    helm: HelmRenderer | None = None,
    stop: Callable[[], str] = lambda: "",
) -> Fleet:
    """What Flux would apply to every cluster that the repository describes; see `render`."""
    return render(sources, builder, settings, helm=helm, stop=stop).fleet


@dataclass(frozen=True)
class Rendering:
    """A rendered fleet, and what is needed to render a change of it."""

    walk: Walk
    applied: Fleet
    """The fleet without what HelmReleases bring."""
    releases: Releases | None
    """With that; None without helm."""
    landed: Landed
    composites: Composites
    """With what composites are composed of."""
    generation: int = 0
    """How many others with other files it goes on from, one from the next; it keeps the files of all of them."""

    @property
    def fleet(self) -> Fleet:
        """Every cluster with everything that lands on it."""
        return self.composites.fleet


def render(
    sources: Sources,
    builder: Builder,
    settings: Settings,
    *,
    helm: HelmRenderer | None = None,
    before: Rendering | None = None,
    only: Container[str] | None = None,
    stop: Callable[[], str] = lambda: "",
) -> Rendering:
    """What Flux would apply to every cluster that the repository describes.

    Args:
        sources: the repository and the trees that its Flux sources stand for.
        builder: builds Kustomizations.
        settings: `slipway.yaml`.
        helm: renders HelmReleases and the templates of ResourceSets; without it, they are `NotRendered`.
        before: a rendering of other files. What would come out as it did is taken from there, the same objects; the
            outcome is the one that there is without it.
        only: a part of a large fleet: clusters whose own Flux is followed, with all that it puts onto others. The parts
            together are the whole; see `whole`.
        stop: asked before everything that is rendered; a text ends the work, and what is left is `NotRendered` for
            that reason.
    """
    written, skipped = find_entry_points(sources.root, settings)
    entries, failed = patched(written, builder)
    skipped = [*skipped, *failed]
    resource_sets = ResourceSets(helm.helm, helm.cache) if helm else None
    if before is not None and only is None:
        with suppress(CannotGoOn):
            rewalk = Rewalk(before.walk, sources, builder, settings, resource_sets, stop)
            rewalk.go_on(entries, skipped)
            generation = before.generation + rewalk.moved
            return _rendering(rewalk, rewalk.fleet_from(before.applied), helm, before, stop, generation)
    walk = Walk(sources, builder, settings, resource_sets, stop)
    walk.start(entries, skipped, only)
    return _rendering(walk, walk.fleet(), helm, None, stop)


def whole(parts: Iterable[Fleet]) -> Fleet:
    """The fleet whose clusters were rendered in several parts.

    A part does not see what the Flux of the others puts onto its clusters. That matters for none of its objects but
    those that look something up there: their variables, sources and charts are not known in it, and named.
    """
    clusters: dict[str, Cluster] = {}
    problems: dict[Problem, None] = {}
    not_rendered: dict[NotRendered, None] = {}
    for part in parts:
        for name, found in part.clusters.items():
            cluster = clusters.setdefault(name, Cluster(name, found.kubernetes_version, found.version_known))
            cluster.kustomizations.extend(found.kustomizations)
            cluster.expanded.extend(found.expanded)
            cluster.landed.extend(found.landed)
        problems.update(dict.fromkeys(part.problems))
        not_rendered.update(dict.fromkeys(part.not_rendered))
    return Fleet({name: clusters[name] for name in sorted(clusters)}, tuple(problems), tuple(not_rendered))


def _rendering(
    walk: Walk,
    applied: Fleet,
    helm: HelmRenderer | None,
    before: Rendering | None,
    stop: Callable[[], str],
    generation: int = 0,
) -> Rendering:
    releases = None
    if helm is not None:
        releases = with_releases(applied, walk.known, helm, before=before.releases if before else None, stop=stop)
    landed = as_landed(releases.fleet if releases else without_releases(applied), before.landed if before else None)
    composites = with_composites(landed.fleet, before.composites if before else None, stop)
    return Rendering(walk, applied, releases, landed, composites, generation)
