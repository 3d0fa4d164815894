"""The check of a pull request that changes one application of a fleet, and which family of rules takes its time.

`SLIPWAY_CLUSTERS=1000` measures another size than 100 clusters.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from slipway.checks.families import FAMILIES
from slipway.checks.lines import Lines
from slipway.checks.subject import Against, Subject
from slipway.checks.verdict import check_fleet
from slipway.fleet.diff import diff_fleets
from slipway.fleet.kustomize import Builder
from slipway.fleet.provenance import Provenance
from slipway.fleet.settings import Settings
from slipway.tools.engine import find_engine
from slipway.tools.schemas import load_schemas
from tests.bench.fleet import KUSTOMIZATIONS, generate
from tests.bench.test_fleet_bench import CLUSTERS, render_all, seconds_of_a_build


def test_a_pull_request_of_one_application_against_a_loop_of_kubectl(tmp_path: Path) -> None:
    root = generate(CLUSTERS)
    loop = seconds_of_a_build(root, tmp_path) * CLUSTERS * KUSTOMIZATIONS
    builder, schemas, settings, times = Builder(find_engine()), load_schemas(), Settings(), dict[str, float]()
    base = render_all(root, builder)
    with _timed(times, "check the base"):
        before = check_fleet(base.fleet, [root], schemas, root=root, settings=settings, builder=builder)
    changed = generate(CLUSTERS, changed_app=3)
    changed.previous = root
    with _timed(times, "render the head"):
        head = render_all(changed, builder, base)
    with _timed(times, "compare"):
        diff = diff_fleets(base.fleet, head.fleet)
    against = Against(base.fleet, root, diff, [root])
    with _timed(times, "check the head"):
        after = check_fleet(
            head.fleet, [changed], schemas, root=changed, settings=settings, builder=builder, against=against
        )
    assert (after.since(before).findings, len(diff.groups)) == ((), 1)

    lines = Lines([changed], Provenance(head.fleet, builder, changed, [changed]))
    subject = Subject(
        fleet=head.fleet,
        root=changed,
        trees=[changed],
        settings=settings,
        lines=lines,
        schemas=schemas,
        today=date(2026, 11, 25),
        policy_root=changed,
        against=against,
    )
    families: dict[str, float] = {}
    with _timed(families, "what all of them look at"):
        _ = subject.presences, subject.distinct
    for family in FAMILIES:
        with _timed(families, family.name):
            for find in family.find:
                list(find(subject))
    whole = times["check the head"]
    print(f"\n{CLUSTERS} clusters of {KUSTOMIZATIONS} Kustomizations; a loop of kubectl kustomize takes {loop:.0f} s")
    for name, seconds in times.items():
        print(f"  {name:<32}{seconds:7.2f} s, {loop / seconds:7.0f} times as quick")
    for name, seconds in families.items():
        print(f"    {name:<30}{seconds:7.2f} s, {seconds / sum(families.values()):6.1%} of the check of the head")
    assert whole < loop


@contextmanager
def _timed(times: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    times[name] = time.perf_counter() - start
