"""The scheduled Lambda: what it answers, logs and counts."""

import io
import json
from dataclasses import dataclass

import pytest

from slipway.errors import ConfigError, InputError
from slipway.sweep import handler as module
from slipway.sweep.config import Config
from tests.unit.sweep_world import World


@dataclass(frozen=True)
class Context:
    seconds: float = 240
    aws_request_id: str = "request-1"
    function_name: str = "slipway-sweep"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:slipway-sweep"

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(module, "sweep", lambda: world.sweep)
    return world


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr(module.logger.registered_handler, "stream", stream)
    return stream


def test_a_run_answers_and_counts_what_it_has_seen_and_done(
    world: World, capsys: pytest.CaptureFixture[str], log: io.StringIO
) -> None:
    world.deliver("fine", minutes=30)
    world.fail("missed", minutes=20)
    world.fail("fresh", minutes=1)
    counts = {"Deliveries": 3, "Gaps": 2, "Redelivered": 1, "GivenUp": 0, "Incomplete": 0}
    assert module.handler({}, Context()) == counts

    [line] = capsys.readouterr().out.splitlines()
    document = json.loads(line)
    assert document["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Slipway"
    assert document["service"] == "sweep"
    assert {name: sum(document[name]) for name in counts} == counts
    assert json.loads(log.getvalue())["Redelivered"] == 1


def test_what_is_given_up_is_logged_by_name(world: World, log: io.StringIO) -> None:
    world.fail("lost", hours=72.5, status=500)
    assert module.handler({}, Context())["GivenUp"] == 1
    lost = json.loads(log.getvalue().splitlines()[0])
    assert (lost["level"], lost["message"]) == ("ERROR", "given up")
    assert (lost["delivery"], lost["event"], lost["action"]) == ("lost", "pull_request", "opened")
    assert (lost["attempts"], lost["status"], lost["first_attempt"]) == (1, 500, "2026-06-28T11:30:00+00:00")


def test_the_time_that_lambda_leaves_is_the_time_that_a_run_takes(world: World) -> None:
    world.github.page_size = 1
    for minute in range(3):
        world.deliver(f"guid-{minute}", minutes=minute)
    assert module.handler({}, Context(seconds=30))["Incomplete"] == 1


def test_github_being_down_is_counted_and_no_error_of_ours(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.github.down_after = 0
    assert module.handler({}, Context()) == {"Unavailable": 1}
    assert json.loads(capsys.readouterr().out)["Unavailable"] == [1.0]


def test_what_github_does_not_accept_is_raised_which_makes_it_an_alarm(world: World) -> None:
    world.github.forgotten.add("")
    with pytest.raises(InputError):
        module.handler({}, Context())


def test_the_configuration_has_defaults_for_github_and_the_grace() -> None:
    config = Config.from_env({"SLIPWAY_TABLE": "table", "SLIPWAY_APP_SECRET": "app"})
    assert config == Config("table", "app", "https://api.github.com", 300)


def test_a_wrong_environment_is_told_as_a_whole() -> None:
    with pytest.raises(ConfigError, match=r"SLIPWAY_TABLE is not set; SLIPWAY_APP_SECRET is not set; .*'soon'"):
        Config.from_env({"SLIPWAY_SWEEP_GRACE_SECONDS": "soon"})
