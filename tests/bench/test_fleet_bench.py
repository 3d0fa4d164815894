"""A whole fleet, rendered cold, warm and after a change, against a loop of `kubectl kustomize`.

`SLIPWAY_CLUSTERS=1000` measures the size that the goals are set for; the default is a tenth.
"""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

from slipway.fleet.kustomize import Builder
from slipway.fleet.model import Fleet
from slipway.fleet.render import render_fleet
from slipway.fleet.settings import Settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from slipway.tools import kubectl
from slipway.tools.engine import find_engine
from tests.bench.fleet import KUSTOMIZATIONS, generate

CLUSTERS = int(os.environ.get("SLIPWAY_CLUSTERS", "100"))
SAMPLE = 40
"""Builds of the loop that are measured; the rest is multiplication."""


def test_a_fleet_against_a_loop_of_kubectl(tmp_path: Path) -> None:
    base = generate(CLUSTERS)
    loop = _seconds_of_a_build(base, tmp_path) * CLUSTERS * KUSTOMIZATIONS
    builder = Builder(find_engine())
    times = {"cold": _timed(base, builder), "again": _timed(base, builder)}
    for name, head in (
        ("one tool changed", generate(CLUSTERS, changed_tool=3)),
        ("one application changed", generate(CLUSTERS, changed_app=3)),
    ):
        head.previous = base
        times[name] = _timed(head, builder)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{CLUSTERS} clusters of {KUSTOMIZATIONS} Kustomizations; a loop of kubectl kustomize takes {loop:.0f} s")
    for name, seconds in times.items():
        print(f"  {name:<24}{seconds:7.1f} s, {loop / seconds:6.0f} times as quick")
    print(f"  peak memory {memory:.0f} MiB")
    assert times["cold"] < loop


def _timed(tree: Tree, builder: Builder) -> float:
    start = time.perf_counter()
    fleet = render_fleet(Sources(tree), builder, Settings())
    seconds = time.perf_counter() - start
    _check(fleet)
    return seconds


def _check(fleet: Fleet) -> None:
    """What is quick because it is wrong does not count."""
    rendered = sum(len(cluster.kustomizations) for cluster in fleet.clusters.values())
    assert (rendered, fleet.problems, fleet.not_rendered) == (CLUSTERS * KUSTOMIZATIONS, (), ())


def _seconds_of_a_build(tree: Tree, directory: Path) -> float:
    """Of `kubectl kustomize` on a checkout, on average over tools and applications."""
    for path in tree:
        if not path.startswith("clusters/"):
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_bytes(tree.read(path))
    engine = kubectl.Kubectl(kubectl.find())
    targets = [path.rpartition("/")[0] for path in tree if path.endswith("kustomization.yaml") and "/base/" not in path]
    start = time.perf_counter()
    for number in range(SAMPLE):
        engine._run(["kustomize", str(directory / targets[number % len(targets)])], directory)
    return (time.perf_counter() - start) / SAMPLE
