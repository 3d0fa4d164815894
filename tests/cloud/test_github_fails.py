"""GitHub fails midway, for some in each way there is and for many at random: each head has one check in the end.

All of it runs at once, since some troubles end only after the half minute for which Slipway leaves GitHub alone. Each
trouble has a repository of its own.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from local.cloud import Cloud
from local.github.control import Control
from local.github.faults import FaultRule
from tests.cloud import load
from tests.cloud.deliver import held_back
from tests.cloud.fleet import OWNER
from tests.cloud.follow import Json, Pull, eventually, kill, open_pull, runs, settle
from tests.cloud.queue import message, send

pytestmark = pytest.mark.timeout(load.SECONDS)

PULLS, CREATE, UPDATE = "/pulls/.*", "/check-runs", "/check-runs/.*"

TROUBLES = {
    "a server error": FaultRule("error", path=PULLS, status=502, times=2),
    "no answer": FaultRule("drop", path=PULLS, times=2),
    "an outage": FaultRule("error", path=PULLS, status=503, times=3),
    "an outage midway": FaultRule("error", path=PULLS, status=503, times=3, skip=1),
    "no archive": FaultRule("error", path="/tarball/.*", status=500, times=2),
    "an archive that is cut off": FaultRule("drop", path="/legacy.tar.gz/.*", times=2),
    "the secondary rate limit": FaultRule("secondary_rate_limit", path=PULLS, seconds=2, times=1),
    "the secondary rate limit on writing": FaultRule(
        "secondary_rate_limit", path=CREATE, status=429, seconds=2, times=1
    ),
    "the primary rate limit": FaultRule("rate_limit", path="/tarball/.*", seconds=2, times=1),
    "a check run that is not made": FaultRule("error", method="POST", path=CREATE, status=502, times=1),
    "a check run that is made without an answer": FaultRule(
        "drop", method="POST", path=CREATE, after_effect=True, times=1
    ),
    "a check run that is made with an error": FaultRule(
        "error", method="POST", path=CREATE, status=500, after_effect=True, times=1
    ),
    "a verdict that is taken without an answer": FaultRule(
        "drop", method="PATCH", path=UPDATE, after_effect=True, times=1
    ),
    "a verdict that is taken with an error": FaultRule(
        "error", method="PATCH", path=UPDATE, status=502, after_effect=True, times=3
    ),
}
NO_TOKEN = "no token"
TOKENS_KILLED = "the tokens function is killed"
TWICE_AT_ONCE = "two messages at once"
ACCESS_TOKENS = "/app/installations/.*/access_tokens"


@dataclass(frozen=True)
class Trouble:
    """What came of one trouble."""

    struck: int
    """How often it struck."""
    runs: list[Json]


@dataclass(frozen=True)
class Storm:
    """What came of all."""

    troubles: dict[str, Trouble]
    load: load.Load
    outcome: load.Outcome


@pytest.fixture(scope="module")
def storm(local_cloud: Cloud, _fleet: None) -> Iterator[Storm]:
    """All troubles and the load at once, when they are over."""
    github, struck, pulls = local_cloud.github, dict[str, int](), dict[str, Pull]()
    github.set_options(rate_limit=load.REQUESTS_AN_HOUR)

    github.set_faults(FaultRule("error", path=ACCESS_TOKENS, status=500, times=2))
    pulls[NO_TOKEN] = open_in_own_repository(github, NO_TOKEN)
    struck[NO_TOKEN] = eventually(lambda: strikes(github)[0] == 2 and 2, "nobody asks for a token")

    github.set_faults(FaultRule("delay", path=ACCESS_TOKENS, seconds=1, times=1))
    pulls[TOKENS_KILLED] = open_in_own_repository(github, TOKENS_KILLED)
    struck[TOKENS_KILLED] = eventually(lambda: strikes(github)[0], "nobody asks for a token")
    kill(local_cloud, "tokens-validation")

    rules = [replace(rule, path=f"(/repos)?/{repository(name)}{rule.path}") for name, rule in TROUBLES.items()]
    github.set_faults(*rules, *load.FAILURES)
    pulls |= {name: open_in_own_repository(github, name) for name in TROUBLES}
    with held_back(local_cloud):
        pulls[TWICE_AT_ONCE] = open_in_own_repository(github, TWICE_AT_ONCE)
    send(local_cloud, *[message(local_cloud, pulls[TWICE_AT_ONCE])] * 2)
    struck[TWICE_AT_ONCE] = 0
    delivered = load.deliver(local_cloud)

    settle(local_cloud, seconds=load.SECONDS)
    struck |= dict(zip(TROUBLES, strikes(github), strict=False))
    troubles = {name: Trouble(struck[name], runs(github, pull)) for name, pull in pulls.items()}
    outcome = load.outcome(local_cloud, delivered)
    github.set_faults()
    github.set_options(rate_limit=5000)
    yield Storm(troubles, delivered, outcome)


def test_of_many_checks_none_is_lost_and_none_doubled(storm: Storm, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{storm.outcome.figures}", file=sys.stderr)  # which pytest's workers leave alone
    assert (storm.outcome.lost, storm.outcome.doubled) == (0, 0)


def test_of_each_delivery_one_attempt_counts(storm: Storm) -> None:
    assert Counter(answer.body["status"] for answer in storm.load.answers)["accepted"] == load.PULLS
    assert {answer.status for answer in storm.load.answers} <= {202, 503}


def test_each_check_has_its_verdict_and_its_annotations_once(storm: Storm) -> None:
    found = [(run["status"], run["conclusion"], len(run["annotations"])) for (run,) in storm.outcome.runs]
    good, bad = ("completed", "success", 0), ("completed", "failure", 1)
    assert found == [good if n % load.BAD_EVERY else bad for n in range(load.PULLS)]


@pytest.mark.parametrize("trouble", [*TROUBLES, NO_TOKEN, TOKENS_KILLED, TWICE_AT_ONCE])
def test_there_is_one_check_in_spite_of(storm: Storm, trouble: str) -> None:
    (run,) = storm.troubles[trouble].runs
    assert (run["status"], run["conclusion"]) == ("completed", "success")


@pytest.mark.parametrize(("trouble", "rule"), TROUBLES.items())
def test_each_trouble_was_there(storm: Storm, trouble: str, rule: FaultRule) -> None:
    assert storm.troubles[trouble].struck == rule.times


def open_in_own_repository(github: Control, name: str) -> Pull:
    """A pull request in a repository that no cluster reads."""
    github.create_repository(repository(name), {"README.md": name})
    return open_pull(github, {"README.md": "changed"}, repository=repository(name))


def repository(name: str) -> str:
    return f"{OWNER}/{name.replace(' ', '-')}"


def strikes(github: Control) -> list[int]:
    """How often each rule struck."""
    return [struck for _, struck in github.faults()]
