"""The validation's queue: poison, and messages that come twice."""

from __future__ import annotations

import json

from infra.queue import MAX_RECEIVES
from local.cloud import Cloud
from local.github.control import Control
from tests.cloud.deliver import held_back
from tests.cloud.fleet import COLLECTOR, SYSTEM, edited
from tests.cloud.follow import Pull, eventually, open_pull, open_pulls, runs, verdict
from tests.cloud.queue import batch, dead_letters, hidden_for, message, send

CHANGE = edited(COLLECTOR, "memory: 256Mi", "memory: 512Mi")
POISON = [
    "not JSON",
    "[]",
    json.dumps({"detail": {"schema": "slipway/v999"}}),
    json.dumps({"detail": {"schema": "slipway/v1", "delivery": {}, "number": 1, "head_sha": "", "rerun": False}}),
]


def test_poison_does_not_harm_the_others_of_its_batch(local_cloud: Cloud, github: Control) -> None:
    with held_back(local_cloud):
        pulls = open_pulls(github, [CHANGE, CHANGE])
    before, after = (message(local_cloud, pull) for pull in pulls)
    answer = local_cloud.invoke("validation", batch(before, *POISON, after))
    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == [
        f"message-{number}" for number in range(1, len(POISON) + 1)
    ]
    assert [verdict(local_cloud, pull)["conclusion"] for pull in pulls] == ["success", "success"]


def test_a_message_that_comes_twice_does_nothing_twice(local_cloud: Cloud, github: Control) -> None:
    with held_back(local_cloud):
        pull = open_pull(github, CHANGE)
    twice = message(local_cloud, pull)
    github.reset_requests()
    for _ in range(2):
        assert local_cloud.invoke("validation", batch(twice)) == {"batchItemFailures": []}
    assert verdict(local_cloud, pull)["conclusion"] == "success"
    assert github.requests()["POST /repos/{owner}/{repo}/check-runs"] == 1


def test_the_last_attempt_says_that_the_others_failed(local_cloud: Cloud, github: Control) -> None:
    """An attempt that is killed says nothing: without this one, the check would be in progress forever."""
    with held_back(local_cloud):
        checked, failed = open_pulls(github, [CHANGE, CHANGE])
    local_cloud.invoke("validation", batch(message(local_cloud, checked)))
    last = batch(*(message(local_cloud, pull) for pull in (checked, failed)), receives=MAX_RECEIVES)
    answer = local_cloud.invoke("validation", last)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert verdict(local_cloud, checked)["conclusion"] == "success"
    given_up = verdict(local_cloud, failed)
    assert given_up["conclusion"] == "failure"
    assert "Not checked" in given_up["output"]["summary"]


def test_poison_ends_in_the_dead_letters_and_holds_nobody_up(local_cloud: Cloud, github: Control) -> None:
    nowhere = message(local_cloud, Pull(SYSTEM, 1_000_000, "0" * 40, "no branch"))
    with hidden_for(local_cloud, 1):
        send(local_cloud, POISON[0], nowhere)
        pull = open_pull(github, CHANGE)
        eventually(lambda: runs(github, pull), "the poison holds up the others")
        assert verdict(local_cloud, pull)["conclusion"] == "success"
    assert dead_letters(local_cloud) == dict.fromkeys([POISON[0], nowhere], MAX_RECEIVES)
