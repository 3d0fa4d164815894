"""A real repository: a change of one value of one application, against flux-local on the same change.

    SLIPWAY_BENCH_REPOSITORY=DIR make bench

DIR is a checkout of a repository of at least 200 Kustomizations; docs/measured.md says which one was measured. Charts
are not fetched: neither tool renders any.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from slipway.fleet.clusters import find_entry_points
from slipway.fleet.diff import FleetDiff, diff_fleets
from slipway.fleet.flux import is_helm_release
from slipway.fleet.kustomize import Builder
from slipway.fleet.model import Fleet
from slipway.fleet.render import render
from slipway.fleet.settings import Settings
from slipway.fleet.sources import Sources
from slipway.tools.directory import tree_from_directory
from slipway.tools.engine import find_engine
from slipway.tools.workers import Workers
from tests.bench.flux_local import VERSION, FluxLocal
from tests.bench.processes import Run, run
from tests.bench.repositories import prepared_cache

REPOSITORY = os.environ.get("SLIPWAY_BENCH_REPOSITORY", "")
MIN_KUSTOMIZATIONS = 200

pytestmark = pytest.mark.skipif(
    not REPOSITORY, reason="set SLIPWAY_BENCH_REPOSITORY to a checkout of a repository of at least 200 Kustomizations"
)


def test_a_change_of_one_application_against_flux_local(tmp_path: Path) -> None:
    flux_local = FluxLocal()
    base, head = tmp_path / "base", tmp_path / "head"
    _copy(Path(REPOSITORY), base)
    _copy(Path(REPOSITORY), head)
    fleet, path = _rendered(base)
    changed = _change_one_value(fleet, head)
    for directory in (base, head):
        _commit(directory)

    times, processor = _in_process(base, head), dict[str, float]()
    environment = {**os.environ, **prepared_cache(tmp_path / "cache")}
    for name in ("slipway diff, cold", "slipway diff, warm"):
        done = _slipway(base, head, environment)
        times[name] = done.seconds
        processor[name] = done.processor_seconds
        assert changed in done.output.decode()
    theirs = flux_local.diff(base / path, head / path)
    says = theirs.output.decode(errors="replace")

    kustomizations = sum(len(cluster.kustomizations) for cluster in fleet.clusters.values())
    print(f"\n{kustomizations} Kustomizations; flux-local {VERSION} takes {theirs.seconds:.1f} s")
    if changed not in says:
        print(f"  and does not show the change: exit code {theirs.code}, {_last_line(theirs.errors)}")
    for name, seconds in times.items():
        print(f"  {name:<28}{seconds:7.2f} s, {theirs.seconds / seconds:6.0f} times as quick")
    for name, seconds in processor.items():
        ratio = theirs.processor_seconds / seconds
        print(f"  processor time of {name}: {seconds:.2f} s, {ratio:.0f} times less")
    assert times["slipway diff, warm"] < theirs.seconds


def _in_process(base: Path, head: Path) -> dict[str, float]:
    """In one process that renders a base and then a change of it, as the Lambda does."""
    times = {}
    with _builder() as builder:
        start = time.perf_counter()
        tree = tree_from_directory(base)
        before = render(Sources(tree), builder, Settings())
        times["in one process, the base"] = time.perf_counter() - start
        start = time.perf_counter()
        after = tree_from_directory(head)
        after.previous = tree
        diff = diff_fleets(before.fleet, render(Sources(after), builder, Settings(), before=before).fleet)
        times["in one process, the change"] = time.perf_counter() - start
    assert _size(diff) == 1
    return times


@contextmanager
def _builder() -> Iterator[Builder]:
    engine = find_engine()
    try:
        yield Builder(engine)
    finally:
        if isinstance(engine, Workers):
            engine.close()


def _size(diff: FleetDiff) -> int:
    return len({change.key for group in diff.groups for change in group.changes})


def _slipway(base: Path, head: Path, environment: Mapping[str, str]) -> Run:
    command = [sys.executable, "-m", "slipway.cli", "diff", str(base), str(head), "--charts", "kept"]
    done = run(command, environment)
    assert done.code in (0, 1), done.errors
    return done


def _rendered(base: Path) -> tuple[Fleet, str]:
    """The fleet, and the path that its largest cluster starts from."""
    tree = tree_from_directory(base)
    with _builder() as builder:
        fleet = render(Sources(tree), builder, Settings()).fleet
    found = sum(len(cluster.kustomizations) for cluster in fleet.clusters.values())
    assert found >= MIN_KUSTOMIZATIONS, f"{REPOSITORY} has {found} Kustomizations; give one of {MIN_KUSTOMIZATIONS}"
    largest = max(fleet.clusters.values(), key=lambda cluster: len(cluster.landed)).name
    entries, _ = find_entry_points(tree, Settings())
    entry = next(entry for entry in entries if entry.cluster == largest)
    return fleet, entry.kustomizations[0].path


def _change_one_value(fleet: Fleet, head: Path) -> str:
    """Change a tag in the file of one HelmRelease; gives the new value."""
    for cluster in fleet.clusters.values():
        for obj in cluster.objects:
            file = head / obj.origin.path
            if is_helm_release(obj) and not obj.origin.source and file.is_file():
                text = file.read_text()
                changed, count = re.subn(r"(?m)^( +tag: +)\S+$", r"\1v7.7.7-changed", text, count=1)
                if count:
                    file.write_text(changed)
                    return "v7.7.7-changed"
    pytest.fail("no HelmRelease of this repository has a tag to change")


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(".git"), symlinks=True)


def _commit(directory: Path) -> None:
    """Both tools read a Git checkout otherwise than other directories."""
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "state"]):
        subprocess.run(["git", "-C", str(directory), *identity, *command], check=True)


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")
