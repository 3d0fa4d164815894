"""A worker that dies midway: another one takes over, and there is one check in the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import pytest

from local.cloud import Cloud
from local.github.control import Control
from local.github.faults import FaultRule
from tests.cloud.fleet import COLLECTOR, edited
from tests.cloud.follow import Json, Pull, eventually, kill, open_pull, runs, verdict
from tests.cloud.queue import hidden_for

MISTAKE = edited(COLLECTOR, "replicas: 1", 'replicas: "2"')
Done = Callable[[Sequence[Json]], bool]
"""True of the check runs when GitHub has done what the dead worker asked for last."""

MOMENTS: Mapping[str, tuple[FaultRule, Done]] = {
    "begins its check run": (FaultRule("delay", method="POST", path=".*/check-runs", seconds=1.5, times=1), bool),
    "reads the repository": (FaultRule("delay", path=".*/tarball/.*", seconds=1.5, times=1), bool),
    "sends its verdict": (
        FaultRule("delay", method="PATCH", path=".*/check-runs/.*", seconds=1.5, times=1),
        lambda found: found[0]["status"] == "completed",
    ),
}


@pytest.mark.parametrize(("moment", "done"), MOMENTS.values(), ids=list(MOMENTS))
def test_the_check_appears_once_though_the_worker_is_killed_while_it(
    local_cloud: Cloud, github: Control, moment: FaultRule, done: Done
) -> None:
    github.set_faults(moment)
    with hidden_for(local_cloud, 3):
        pull = open_pull(github, MISTAKE)
        eventually(lambda: github.faults()[0][1], "the worker does not get there")
    kill(local_cloud, "validation")
    eventually(lambda: done(runs(github, pull)), "GitHub does not do what it was asked for")
    let_the_lease_lapse(local_cloud, pull)
    run = verdict(local_cloud, pull)
    assert run["conclusion"] == "failure"
    assert len(run["annotations"]) == 1


def let_the_lease_lapse(cloud: Cloud, pull: Pull) -> None:
    """As it has when the queue shows the message again: it hides messages for six times as long as a lease holds."""
    key = {"pk": {"S": f"LEASE#{pull.what}"}, "sk": {"S": "LEASE"}}
    cloud.client("dynamodb").update_item(
        TableName=cloud.outputs["Table"],
        Key=key,
        UpdateExpression="SET lease = :now",
        ConditionExpression="lease > :now",
        ExpressionAttributeValues={":now": {"N": str(int(time.time()))}},
    )
