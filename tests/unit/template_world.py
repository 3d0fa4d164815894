"""The fleet that is made of the templates, rendered and checked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from slipway.checks.verdict import Verdict, check_fleet
from slipway.fleet.helm import HelmRenderer
from slipway.fleet.render import Rendering, render
from slipway.fleet.settings import load_settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from slipway.tools.helm import Helm
from slipway.tools.layer import find_tool
from tests.mutations.charts import charts_of
from tests.unit.helm_world import MemoryCharts
from tests.unit.small_fleets import TODAY, builder, schemas
from tests.unit.template_fleet import SYSTEM, fleet_files, template_files

VERSIONS = f"{SYSTEM}/environments/base/versions/versions.yaml"


@cache
def verdict() -> Verdict:
    """On the whole fleet, with charts in the places of the real ones."""
    trees = trees_of(fleet_files())
    root = trees.pop(SYSTEM)
    return check_fleet(rendering().fleet, trees.values(), schemas(), root=root, builder=builder(), today=TODAY)


@cache
def rendering() -> Rendering:
    """Of the whole fleet."""
    return rendered(fleet_files())


def rendered(files: Mapping[str, str], before: Rendering | None = None) -> Rendering:
    """Of a fleet, from where another rendering ended."""
    trees = trees_of(files)
    root = trees.pop(SYSTEM)
    sources = Sources(root, {f"ssh://git@github.com/acme/{name}": tree for name, tree in trees.items()})
    helm = HelmRenderer(_charts(), Helm(find_tool("helm")), builder().engine)
    return render(sources, builder(), load_settings(root), helm=helm, before=before)


@cache
def built(folder: str) -> tuple[dict[str, Any], ...]:
    """The objects that a folder of the fleet builds, by kubectl's kustomize; before Flux fills in variables."""
    files = {path: text.encode() for path, text in fleet_files().items()}
    return tuple(yaml.safe_load_all(builder().engine.build(files, folder)))


def versions() -> dict[str, str]:
    """The versions that all environments share."""
    data: dict[str, str] = yaml.safe_load(template_files()[VERSIONS])["data"]
    return data


def trees_of(files: Mapping[str, str]) -> dict[str, Tree]:
    """A tree for each repository."""
    names = sorted({path.partition("/")[0] for path in files})
    return {name: _tree(name, files) for name in names}


def _tree(name: str, files: Mapping[str, str]) -> Tree:
    prefix = f"{name}/"
    inside = {path.removeprefix(prefix): text.encode() for path, text in files.items() if path.startswith(prefix)}
    return Tree(inside, name=name)


@cache
def _charts() -> MemoryCharts:
    """A chart for every release of the templates, in the version that they name."""
    objects = [
        document
        for path, text in template_files().items()
        if path.startswith(f"{SYSTEM}/tools/") and not path.endswith("kustomization.yaml")
        for document in yaml.safe_load_all(text)
    ]
    repositories = {obj["metadata"]["name"]: obj["spec"]["url"] for obj in objects if obj["kind"] == "HelmRepository"}
    charts = [obj["spec"]["chart"]["spec"] for obj in objects if "chart" in obj.get("spec", {})]
    known = {
        (repositories[chart["sourceRef"]["name"]], chart["chart"]): [_filled(chart["version"])] for chart in charts
    } | {
        (obj["spec"]["url"], ""): [_filled(obj["spec"]["ref"]["tag"])]
        for obj in objects
        if obj["kind"] == "OCIRepository"
    }
    return charts_of(known)


def _filled(variable: str) -> str:
    return versions()[variable.removeprefix("${").removesuffix("}")]
