"""Many deliveries at once, every fifth a duplicate, while GitHub fails one call of ten.

`SLIPWAY_LOAD=full` makes it 500 deliveries. The emulator runs functions as processes of this machine, four validations
at a time: how long it takes says nothing of AWS.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from local.cloud import Cloud
from local.github.faults import FaultRule
from tests.cloud.deliver import Answer, held_back, letters, post
from tests.cloud.fleet import COLLECTOR, SYSTEM, edited
from tests.cloud.follow import Json, Pull, open_pulls

DELIVERIES = 500 if os.environ.get("SLIPWAY_LOAD") == "full" else 100
PULLS = DELIVERIES * 4 // 5
BAD_EVERY = 4
"""Every fourth pull request has a mistake, whose annotation must not be doubled either."""
SENDERS = 10
"""How many deliveries are under way at once: the emulator starts a process for each."""
SECONDS = 120 + PULLS * 3
"""More than the slowest machine needs for all."""
REQUESTS_AN_HOUR = 15_000
"""What GitHub Enterprise Cloud grants an App; with the 5,000 of others, some 400 checks an hour would be all."""

_PATHS = rf"(/repos)?/{SYSTEM}/.*"
FAILURES = (
    FaultRule("error", path=_PATHS, status=502, probability=0.04, seed=1),
    FaultRule("drop", path=_PATHS, probability=0.03, seed=2),
    FaultRule("error", path=_PATHS, status=500, probability=0.03, seed=3, after_effect=True),
)


@dataclass(frozen=True)
class Load:
    """Deliveries that were made."""

    pulls: Sequence[Pull]
    answers: Sequence[Answer]
    start: float
    """When the first one was sent, on the monotonic clock."""
    seconds: float
    """Until the last answer."""


@dataclass(frozen=True)
class Outcome:
    """What came of them."""

    runs: Sequence[Sequence[Json]]
    """The check runs of each pull request."""
    lost: int
    doubled: int
    figures: str


def deliver(cloud: Cloud) -> Load:
    """Open the pull requests, and deliver what GitHub says of them; the faults are the caller's to set."""
    changes = [edited(COLLECTOR, "256Mi", f"{1000 + n}Mi") for n in range(PULLS)]
    for change in changes[::BAD_EVERY]:
        change[COLLECTOR] = change[COLLECTOR].replace("replicas: 1", 'replicas: "2"')
    with held_back(cloud) as receiver:
        pulls = open_pulls(cloud.github, changes)
    sent = letters(receiver, "opened", *pulls)
    dice = random.Random(7)
    sent += dice.sample(sent, DELIVERIES - PULLS)
    dice.shuffle(sent)
    start = time.monotonic()
    with ThreadPoolExecutor(SENDERS) as pool:
        answers = list(pool.map(lambda letter: post(cloud, letter), sent))
    return Load(pulls, answers, start, time.monotonic() - start)


def outcome(cloud: Cloud, load: Load) -> Outcome:
    """What came of it, when nothing is under way any more."""
    took = time.monotonic() - load.start
    failed = sum(struck for rule, struck in cloud.github.faults() if rule in FAILURES)
    found = defaultdict(list)
    for run in cloud.github.check_runs(SYSTEM):
        found[run["head_sha"]].append(run)
    runs = [found[pull.head] for pull in load.pulls]
    lost, doubled = sum(not each for each in runs), sum(len(each) > 1 for each in runs)
    percentiles = statistics.quantiles((answer.seconds for answer in load.answers), n=100)
    figures = (
        f"{DELIVERIES} deliveries of {PULLS} pull requests, {failed} calls to GitHub failed: "
        f"{lost} checks lost, {doubled} doubled; the ingress answered in {percentiles[49] * 1000:.0f} ms (p50), "
        f"{percentiles[98] * 1000:.0f} ms (p99); delivered in {load.seconds:.1f} s, checked after {took:.1f} s"
    )
    return Outcome(runs, lost, doubled, figures)
