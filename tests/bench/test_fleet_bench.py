"""A whole fleet, rendered cold, warm and after a change, against a loop of `kubectl kustomize`.

`SLIPWAY_CLUSTERS=1000` measures the size that the goals are set for; the default is a tenth.
"""

from __future__ import annotations

import gc
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slipway.fleet.diff import diff_fleets
from slipway.fleet.kustomize import Builder
from slipway.fleet.model import Fleet
from slipway.fleet.render import Rendering, render
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
    loop = seconds_of_a_build(base, tmp_path) * CLUSTERS * KUSTOMIZATIONS
    builder = Builder(find_engine())
    times: dict[str, float] = {}
    rendered: dict[str, int] = {}
    """How many Kustomizations, where it is not all of them."""
    with _timed(times, "cold"):
        rendering = render_all(base, builder)
    with _timed(times, "warm: all builds are kept"):
        render_all(generate(CLUSTERS), builder)
    for name, head in (
        ("one tool changed", generate(CLUSTERS, changed_tool=3)),
        ("one application changed", generate(CLUSTERS, changed_app=3)),
        ("one cluster changed", generate(CLUSTERS, changed_cluster=3)),
    ):
        head.previous = base
        with _timed(times, name):
            after = render_all(head, builder, rendering)
        rendered[f"{name} and compared"] = len(after.walk.rendered)
        with _timed(times, "  and compared"):
            diff = diff_fleets(rendering.fleet, after.fleet)
        times[f"{name} and compared"] = times[name] + times.pop("  and compared")
        assert diff.groups
        del after, diff
    with _timed(times, "every tenth cluster, cold"):
        names = {f"cluster-{number:04}" for number in range(0, CLUSTERS, 10)}
        part = render(Sources(generate(CLUSTERS)), Builder(builder.engine), Settings(), only=names)
    assert sum(len(cluster.kustomizations) for cluster in part.fleet.clusters.values()) == len(names) * KUSTOMIZATIONS
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{CLUSTERS} clusters of {KUSTOMIZATIONS} Kustomizations; a loop of kubectl kustomize takes {loop:.0f} s")
    for name, seconds in times.items():
        some = f"; {rendered[name]:,} Kustomizations rendered" if name in rendered else ""
        print(f"  {name:<38}{seconds:7.2f} s, {loop / seconds:7.0f} times as quick{some}")
    print(f"  peak memory {memory:.0f} MiB")
    assert times["cold"] < loop


@contextmanager
def _timed(times: dict[str, float], name: str) -> Iterator[None]:
    gc.collect()  # taking down what earlier ones made takes time that is not this one's
    start = time.perf_counter()
    yield
    times[name] = time.perf_counter() - start


def render_all(tree: Tree, builder: Builder, before: Rendering | None = None) -> Rendering:
    """Render a generated fleet, and see that nothing of it is left out."""
    rendering = render(Sources(tree), builder, Settings(), before=before)
    _check(rendering.fleet)
    return rendering


def _check(fleet: Fleet) -> None:
    """What is quick because it is wrong does not count."""
    rendered = sum(len(cluster.kustomizations) for cluster in fleet.clusters.values())
    assert (rendered, fleet.problems, fleet.not_rendered) == (CLUSTERS * KUSTOMIZATIONS, (), ())


def seconds_of_a_build(tree: Tree, directory: Path) -> float:
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
