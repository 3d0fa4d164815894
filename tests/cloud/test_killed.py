"""A worker that dies midway: another one takes over, and there is one check in the end."""

from __future__ import annotations

import time

import pytest

from local.cloud import Cloud
from local.github.control import Control
from local.github.faults import FaultRule
from tests.cloud.fleet import COLLECTOR, edited
from tests.cloud.follow import Pull, eventually, kill, open_pull, verdict
from tests.cloud.queue import hidden_for

MISTAKE = edited(COLLECTOR, "replicas: 1", 'replicas: "2"')
MOMENTS = {
    "begins its check run": FaultRule("delay", method="POST", path=".*/check-runs", seconds=1.5, times=1),
    "reads the repository": FaultRule("delay", path=".*/tarball/.*", seconds=1.5, times=1),
    "sends its verdict": FaultRule("delay", method="PATCH", path=".*/check-runs/.*", seconds=1.5, times=1),
}
"""GitHub does what it was asked to all the same, after the worker has died."""


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=list(MOMENTS))
def test_the_check_appears_once_though_the_worker_is_killed_while_it(
    local_cloud: Cloud, github: Control, moment: FaultRule
) -> None:
    github.set_faults(moment)
    with hidden_for(local_cloud, 2):
        pull = open_pull(github, MISTAKE)
        eventually(lambda: github.faults()[0][1], "the worker does not get there")
    kill(local_cloud, "validation")
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
