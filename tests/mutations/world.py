"""Renders and checks the fleet and its mutations, each from where the sound one's rendering ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from slipway.checks.finding import Finding
from slipway.checks.subject import Against
from slipway.checks.verdict import Verdict, check_fleet
from slipway.fleet.diff import diff_fleets
from slipway.fleet.helm import HelmRenderer
from slipway.fleet.model import Cluster
from slipway.fleet.render import Rendering, render
from slipway.fleet.settings import load_settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from slipway.tools.helm import Helm
from slipway.tools.layer import find_tool
from tests.mutations.charts import controller_charts
from tests.mutations.fleet import REPOSITORIES, ROOT, Files, sound_files
from tests.mutations.mutation import Mutation
from tests.unit.small_fleets import builder, schemas

TODAY = date(2026, 11, 25)
"""Versions and waivers expire by it."""


@dataclass(frozen=True)
class World:
    """Repositories and what Flux makes of them."""

    files: Files
    trees: Mapping[str, Tree]
    """By the repositories' names."""
    rendering: Rendering

    @property
    def root(self) -> Tree:
        return self.trees[ROOT]

    @property
    def others(self) -> Mapping[str, Tree]:
        return {name: tree for name, tree in self.trees.items() if name != ROOT}


@cache
def sound() -> World:
    """The fleet as it is."""
    files = sound_files()
    return _rendered(files, {name: _tree(name, files) for name in REPOSITORIES})


def before(mutation: Mutation) -> World:
    """The fleet that a mutation is a change of."""
    return _changed(sound(), mutation.before(sound().files)) if mutation.base else sound()


def checked(world: World, base: World | None = None) -> Verdict:
    """What the checks say of a fleet, by itself or as a change of another one."""
    against = None
    if base is not None:
        diff = diff_fleets(base.rendering.fleet, world.rendering.fleet)
        against = Against(base.rendering.fleet, base.root, diff, tuple(base.trees.values()))
    return check_fleet(
        world.rendering.fleet,
        world.others.values(),
        schemas(),
        root=world.root,
        settings=load_settings(base.root) if base else None,
        builder=builder(),
        against=against,
        today=TODAY,
    )


def findings(mutation: Mutation) -> tuple[Finding, ...]:
    """What the checks find of a mutation; the gravest first."""
    base = before(mutation)
    broken = _changed(base, mutation.applied(sound().files))
    return checked(broken, base if mutation.change else None).findings


def _changed(base: World, files: Files) -> World:
    """A world of other files, rendered from where another one's rendering ended."""
    trees = {
        name: _tree(name, files) if _differ(name, files, base.files) else base.trees[name] for name in REPOSITORIES
    }
    for name, tree in trees.items():
        if tree is not base.trees[name]:
            tree.previous = base.trees[name]
    return _rendered(files, trees, base.rendering)


def _differ(name: str, files: Files, others: Files) -> bool:
    paths = {path for path in (*files, *others) if path.startswith(f"{name}/")}
    return any(files.get(path) != others.get(path) for path in paths)


def _tree(name: str, files: Files) -> Tree:
    prefix = f"{name}/"
    inside = {path.removeprefix(prefix): text.encode() for path, text in files.items() if path.startswith(prefix)}
    return Tree(inside, name=name)


def _rendered(files: Files, trees: Mapping[str, Tree], before: Rendering | None = None) -> World:
    root = trees[ROOT]
    sources = Sources(root, {name: tree for name, tree in trees.items() if name != ROOT})
    return World(files, trees, render(sources, builder(), load_settings(root), helm=_helm(), before=before))


@cache
def _helm() -> HelmRenderer:
    return HelmRenderer(controller_charts(), Helm(find_tool("helm")), builder().engine)


def affected(mutation: Mutation) -> list[str]:
    """The clusters on which a mutation makes a difference, or whose own files it changes."""
    base = before(mutation)
    after = _changed(base, mutation.applied(sound().files)).rendering.fleet
    fleet = base.rendering.fleet
    changed = {
        name
        for name, cluster in fleet.clusters.items()
        if name not in after.clusters or _landed(cluster) != _landed(after.clusters[name])
    }
    changed.update(problem.cluster for problem in after.problems)
    return sorted(changed & set(fleet.clusters)) or list(fleet.clusters)[:1]


def _landed(cluster: Cluster) -> list[object]:
    return [*(obj.value for obj in cluster.objects), *(done.definition.value for done in cluster.kustomizations)]
