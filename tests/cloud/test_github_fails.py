"""GitHub fails midway: whatever it is, each head has one check in the end.

All troubles run at once, each in a repository of its own: some end only after the half minute for which Slipway leaves
GitHub alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from local.cloud import Cloud
from local.github.control import Control
from local.github.faults import FaultRule
from tests.cloud.deliver import held_back
from tests.cloud.fleet import OWNER
from tests.cloud.follow import Json, Pull, eventually, kill, open_pull, runs, settle
from tests.cloud.queue import message, send

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
class Outcome:
    """What came of one trouble."""

    struck: int
    """How often it struck."""
    runs: list[Json]


@pytest.fixture(scope="module")
def outcomes(local_cloud: Cloud, _fleet: None) -> Iterator[dict[str, Outcome]]:
    """What came of each trouble, when all is over."""
    github, struck, pulls = local_cloud.github, dict[str, int](), dict[str, Pull]()

    github.set_faults(FaultRule("error", path=ACCESS_TOKENS, status=500, times=2))
    pulls[NO_TOKEN] = open_in_own_repository(github, NO_TOKEN)
    struck[NO_TOKEN] = eventually(lambda: strikes(github)[0] == 2 and 2, "nobody asks for a token")

    github.set_faults(FaultRule("delay", path=ACCESS_TOKENS, seconds=1, times=1))
    pulls[TOKENS_KILLED] = open_in_own_repository(github, TOKENS_KILLED)
    struck[TOKENS_KILLED] = eventually(lambda: strikes(github)[0], "nobody asks for a token")
    kill(local_cloud, "tokens-validation")

    github.set_faults(
        *(replace(rule, path=f"(/repos)?/{repository(name)}{rule.path}") for name, rule in TROUBLES.items())
    )
    pulls |= {name: open_in_own_repository(github, name) for name in TROUBLES}
    with held_back(local_cloud):
        pulls[TWICE_AT_ONCE] = open_in_own_repository(github, TWICE_AT_ONCE)
    send(local_cloud, *[message(local_cloud, pulls[TWICE_AT_ONCE])] * 2)
    struck[TWICE_AT_ONCE] = 0

    settle(local_cloud)
    struck |= dict(zip(TROUBLES, strikes(github), strict=True))
    github.set_faults()
    yield {name: Outcome(struck[name], runs(github, pull)) for name, pull in pulls.items()}


@pytest.mark.parametrize("trouble", [*TROUBLES, NO_TOKEN, TOKENS_KILLED, TWICE_AT_ONCE])
def test_there_is_one_check_in_spite_of(outcomes: dict[str, Outcome], trouble: str) -> None:
    (run,) = outcomes[trouble].runs
    assert (run["status"], run["conclusion"]) == ("completed", "success")


@pytest.mark.parametrize(("trouble", "rule"), TROUBLES.items())
def test_each_trouble_was_there(outcomes: dict[str, Outcome], trouble: str, rule: FaultRule) -> None:
    assert outcomes[trouble].struck == rule.times


def open_in_own_repository(github: Control, name: str) -> Pull:
    """A pull request in a repository that no cluster reads."""
    github.create_repository(repository(name), {"README.md": name})
    return open_pull(github, {"README.md": "changed"}, repository=repository(name))


def repository(name: str) -> str:
    return f"{OWNER}/{name.replace(' ', '-')}"


def strikes(github: Control) -> list[int]:
    """How often each rule struck."""
    return [struck for _, struck in github.faults()]
