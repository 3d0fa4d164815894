"""The sweep: what GitHub could not deliver is delivered after all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.cloud import Cloud
from local.deploy import STACK
from local.github.control import Control
from local.process import free_port
from tests.cloud.deliver import webhook_secret
from tests.cloud.fleet import COLLECTOR, edited
from tests.cloud.follow import open_pull, runs, settle, verdict
from tests.contract.standin import receiving

CHANGE = edited(COLLECTOR, "memory: 256Mi", "memory: 512Mi")


@pytest.fixture
def impatient(local_cloud: Cloud) -> Iterator[None]:
    """The sweep asks again for what has failed a moment ago, and not only minutes later."""
    functions, name = local_cloud.client("lambda"), f"{STACK}-sweep"
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    changed = {**variables, "SLIPWAY_SWEEP_GRACE_SECONDS": "0"}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": changed})
    yield
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


@pytest.mark.usefixtures("impatient")
def test_what_could_not_be_delivered_is_swept_up_once(local_cloud: Cloud, github: Control) -> None:
    key = webhook_secret(local_cloud)["current"]
    github.set_webhook(f"http://127.0.0.1:{free_port()}/nobody-there", key)
    pull = open_pull(github, CHANGE)
    assert github.settle()
    guid = opening(github)
    with receiving() as receiver:
        receiver.status = 500
        github.set_webhook(receiver.url, key)
        # Still out of order: what this run asks for fails, too.
        assert local_cloud.invoke("sweep", {})["Redelivered"] >= 2
        assert github.settle()
    github.set_webhook(local_cloud.webhook_url, key)
    settle(local_cloud)
    assert runs(github, pull) == []

    local_cloud.invoke("sweep", {})
    assert verdict(local_cloud, pull)["conclusion"] == "success"
    assert attempts(github, guid) == [502, 500, 202]

    assert local_cloud.invoke("sweep", {})["Redelivered"] == 0
    assert len(attempts(github, guid)) == 3


def opening(github: Control) -> str:
    """Id of the last event that said that a pull request was opened."""
    found = [it["guid"] for it in github.deliveries() if (it["event"], it["action"]) == ("pull_request", "opened")]
    return str(found[-1])


def attempts(github: Control, guid: str) -> list[int]:
    """How each attempt to deliver an event ended."""
    return [it["status_code"] for it in github.deliveries() if it["guid"] == guid]
