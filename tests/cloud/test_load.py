"""Many deliveries at once, every fifth a duplicate, while GitHub fails one call of ten: no check is lost, none doubled.

`SLIPWAY_LOAD=full` makes it 500 deliveries. The emulator runs functions as processes of this machine, four validations
at a time: how long it takes says nothing of AWS.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.cloud import Cloud
from local.github.control import Control
from local.github.faults import FaultRule
from tests.cloud.deliver import Answer, held_back, letters, post
from tests.cloud.fleet import COLLECTOR, SYSTEM, edited
from tests.cloud.follow import open_pulls, settle

DELIVERIES = 500 if os.environ.get("SLIPWAY_LOAD") == "full" else 100
PULLS = DELIVERIES * 4 // 5
BAD_EVERY = 4
"""Every fourth pull request has a mistake, whose annotation must not be doubled either."""
SENDERS = 10
"""How many deliveries are under way at once: the emulator starts a process for each."""
SECONDS_PER_PULL = 3.0
"""More than the slowest machine needs for one; a delay that GitHub's failures cause comes on top."""
FAILURES = (
    FaultRule("error", status=502, probability=0.04, seed=1),
    FaultRule("drop", probability=0.03, seed=2),
    FaultRule("error", status=500, probability=0.03, seed=3, after_effect=True),
)
REQUESTS_AN_HOUR = 15_000
"""What GitHub Enterprise Cloud grants an App; with the 5,000 of others, some 400 checks an hour would be all."""


@pytest.mark.timeout(120 + PULLS * SECONDS_PER_PULL)
def test_no_check_is_lost_and_none_doubled(
    local_cloud: Cloud, github: Control, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = [edited(COLLECTOR, "256Mi", f"{1000 + n}Mi") for n in range(PULLS)]
    for change in changes[::BAD_EVERY]:
        change[COLLECTOR] = change[COLLECTOR].replace("replicas: 1", 'replicas: "2"')
    with held_back(local_cloud) as receiver:
        pulls = open_pulls(github, changes)
    sent = letters(receiver, "opened", *pulls)
    dice = random.Random(7)
    sent += dice.sample(sent, DELIVERIES - PULLS)
    dice.shuffle(sent)

    github.set_options(rate_limit=REQUESTS_AN_HOUR)
    github.reset_requests()
    github.set_faults(*FAILURES)
    start = time.monotonic()
    with ThreadPoolExecutor(SENDERS) as pool:
        answers = list(pool.map(lambda letter: post(local_cloud, letter), sent))
    delivered = time.monotonic() - start
    settle(local_cloud, seconds=60 + PULLS * SECONDS_PER_PULL)
    took = time.monotonic() - start
    calls, failed = sum(github.requests().values()), sum(struck for _, struck in github.faults())

    runs = defaultdict(list)
    for run in github.check_runs(SYSTEM):
        runs[run["head_sha"]].append(run)
    lost = [pull.number for pull in pulls if not runs[pull.head]]
    doubled = [pull.number for pull in pulls if len(runs[pull.head]) > 1]
    figures = (
        f"{DELIVERIES} deliveries of {PULLS} pull requests, {failed} of {calls} calls to GitHub failed: "
        f"{len(lost)} checks lost, {len(doubled)} doubled; {_latencies(answers)}; "
        f"delivered in {delivered:.1f} s, checked after {took:.1f} s"
    )
    with capsys.disabled():
        print(f"\n{figures}", file=sys.stderr)  # which pytest's workers leave alone
    assert Counter(answer.body["status"] for answer in answers)["accepted"] == PULLS
    assert {answer.status for answer in answers} <= {202, 503}
    assert (lost, doubled) == ([], [])
    assert {run["status"] for pull in pulls for run in runs[pull.head]} == {"completed"}
    found = [(runs[pull.head][0]["conclusion"], len(runs[pull.head][0]["annotations"])) for pull in pulls]
    assert found == [("success", 0) if n % BAD_EVERY else ("failure", 1) for n in range(PULLS)]
    assert failed > calls / 20


def _latencies(answers: list[Answer]) -> str:
    percentiles = statistics.quantiles((answer.seconds for answer in answers), n=100)
    return f"the ingress answered in {percentiles[49] * 1000:.0f} ms (p50), {percentiles[98] * 1000:.0f} ms (p99)"
