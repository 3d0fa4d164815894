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


def broken(mutation: Mutation) -> World:
    """The fleet with a mutation."""
    before = sound()
    files = mutation.applied(before.files)
    trees = {name: _tree(name, files) if _differ(name, files) else before.trees[name] for name in REPOSITORIES}
    for name, tree in trees.items():
        if tree is not before.trees[name]:
            tree.previous = before.trees[name]
    return _rendered(files, trees, before.rendering)


def checked(world: World, *, as_change: bool = False) -> Verdict:
    """What the checks say of it, by itself or as a change of the sound fleet."""
    against = None
    if as_change:
        base = sound()
        diff = diff_fleets(base.rendering.fleet, world.rendering.fleet)
        against = Against(base.rendering.fleet, base.root, diff, tuple(base.trees.values()))
    return check_fleet(
        world.rendering.fleet,
        world.others.values(),
        schemas(),
        root=world.root,
        settings=load_settings(sound().root) if as_change else None,
        builder=builder(),
        against=against,
        today=TODAY,
    )


def findings(mutation: Mutation) -> tuple[Finding, ...]:
    """What the checks find of a mutation; the gravest first."""
    return checked(broken(mutation), as_change=mutation.change).findings


def _differ(name: str, files: Files) -> bool:
    before = sound().files
    paths = {path for path in (*files, *before) if path.startswith(f"{name}/")}
    return any(files.get(path) != before.get(path) for path in paths)


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
