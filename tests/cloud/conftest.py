"""One local cloud for all tests: bringing it up takes seconds, and each test works on repositories of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import cloud
from local.github.control import Control
from local.process import Background
from local.state import State
from tests.cloud import fleet
from tests.cloud.follow import depths, settle
from tests.cloud.heard import listen

CONTEXT = {
    "systemRepository": "acme/gitops-system",
    "rotationPollSeconds": "1",
    "validationTimeoutSeconds": "180",
    "validationConcurrency": "4",
    "generationConcurrency": "2",
}
"""A timeout that a busy machine keeps with the fleet of the templates, and no function that hangs lasts longer than; no
more functions than help there: each that starts has a fleet to read and render."""


@pytest.fixture(scope="session")
def cloud_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state directory of the session's cloud; its logs stay there after a failure, until `down`."""
    return tmp_path_factory.mktemp("cloud")


@pytest.fixture(scope="session")
def local_cloud(cloud_directory: Path) -> Iterator[cloud.Cloud]:
    """Slipway on the emulated AWS, joined to the GitHub stand-in by its App, which is installed nowhere yet.

    It has `github` (people's doings, faults, check runs), `client(service)` (boto3), `outputs` (of the stack),
    `logs(function)`, `invoke(function, event)` and `workers(function)` (process ids).
    """
    running = cloud.up(cloud_directory, context=CONTEXT)
    listen(running)
    state = State.read(cloud_directory)
    assert state
    yield running
    cloud.down(cloud_directory)
    assert_nothing_is_left(state.aws.process, state.github.process)


@pytest.fixture(scope="session")
def known_secrets() -> set[str]:
    """What tests have sealed: at the end nobody may find any of it (test_what_leaks.py)."""
    return set()


@pytest.fixture(scope="session")
def _fleet(local_cloud: cloud.Cloud) -> None:
    """The tiny fleet, and no sweep but those that a test wants: others would come in between."""
    fleet.create(local_cloud)
    scheduler = local_cloud.client("scheduler")
    for found in scheduler.list_schedules()["Schedules"]:
        schedule = scheduler.get_schedule(Name=found["Name"], GroupName=found["GroupName"])
        kept = ("Name", "GroupName", "ScheduleExpression", "Target", "FlexibleTimeWindow")
        scheduler.update_schedule(**{name: schedule[name] for name in kept}, State="DISABLED")


@pytest.fixture
def github(local_cloud: cloud.Cloud, _fleet: None) -> Iterator[Control]:
    """The GitHub stand-in with the repositories of the tiny fleet; what a test breaks is whole for the next one.

    No test leaves a message in the queues, the dead letters included.
    """
    yield local_cloud.github
    local_cloud.github.set_faults()
    local_cloud.github.set_options(mergeable_null_reads=0, rate_limit=5000)
    settle(local_cloud)
    assert not any(depths(local_cloud, "ValidationDeadLetters"))


def assert_nothing_is_left(*processes: Background) -> None:
    assert [process.command() for it in processes for process in it.processes()] == []
