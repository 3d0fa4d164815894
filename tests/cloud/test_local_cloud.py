"""The local cloud itself: up, up again, down, and what it says when something is wrong."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import cloud
from local.cloud import Cloud
from local.deploy import Deployment
from local.state import State
from slipway.errors import ToolError
from tests.cloud.conftest import CONTEXT, assert_nothing_is_left


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """A directory for a cloud of the test's own."""
    yield tmp_path / "own"
    cloud.down(tmp_path / "own")


# The session's cloud


def test_everything_runs_and_is_deployed(local_cloud: Cloud, cloud_directory: Path) -> None:
    status = cloud.status(cloud_directory)
    assert (status.aws, status.github) == (local_cloud.aws.endpoint, local_cloud.github.url)
    assert status.deployed


def test_only_the_loopback_interface_is_listened_on(local_cloud: Cloud, cloud_directory: Path) -> None:
    state = State.read(cloud_directory)
    assert state
    assert {state.aws_port: _listens_on(state.aws_port), state.github_port: _listens_on(state.github_port)} == {
        state.aws_port: {"0100007F"},
        state.github_port: {"0100007F"},
    }


def test_up_again_keeps_what_runs_and_takes_a_moment(local_cloud: Cloud, cloud_directory: Path) -> None:
    state = State.read(cloud_directory)
    assert state
    before = {process.id for it in (state.aws, state.github) for process in it.process.processes()}
    again = cloud.up(cloud_directory, context=CONTEXT)
    after = {process.id for it in (state.aws, state.github) for process in it.process.processes()}
    assert before <= after
    assert again.outputs == local_cloud.outputs


def test_a_running_cloud_can_be_attached_to(local_cloud: Cloud, cloud_directory: Path) -> None:
    assert cloud.attach(cloud_directory).webhook_url == local_cloud.webhook_url


def test_the_functions_are_the_deployed_ones(local_cloud: Cloud) -> None:
    functions = local_cloud.client("lambda").list_functions()["Functions"]
    assert sorted(it["FunctionName"] for it in functions) == [
        "slipway-generation",
        "slipway-identities",
        "slipway-ingress",
        "slipway-keys-rotation",
        "slipway-keys-validation",
        "slipway-rotation",
        "slipway-sweep",
        "slipway-tokens-generation",
        "slipway-tokens-identities",
        "slipway-tokens-rotation",
        "slipway-tokens-validation",
        "slipway-validation",
    ]


def test_the_app_has_its_key_and_the_webhook_its_secret(local_cloud: Cloud) -> None:
    secrets = local_cloud.client("secretsmanager")
    app = json.loads(secrets.get_secret_value(SecretId=local_cloud.outputs["AppSecret"])["SecretString"])
    webhook = json.loads(secrets.get_secret_value(SecretId=local_cloud.outputs["WebhookSecret"])["SecretString"])
    assert app["appId"] == str(cloud.APP_ID)
    assert app["privateKey"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert len(webhook["current"]) == 64


def test_the_emulator_sees_nothing_of_ours(local_cloud: Cloud) -> None:
    (emulator,) = (it for it in local_cloud.aws.process.processes() if "ministack" in it.command())
    variables = dict(text.split("=", 1) for text in emulator.strings("environ") if text)
    home = str(local_cloud.aws.process.directory)
    assert variables["PATH"] == "/usr/bin:/bin"
    assert variables["AWS_ACCESS_KEY_ID"] == "test"
    assert [name for name in ("HOME", "TMPDIR") if not variables[name].startswith(home)] == []
    assert not {"PYTHONPATH", "VIRTUAL_ENV", "AWS_PROFILE", "AWS_SESSION_TOKEN"} & variables.keys()


def test_a_function_can_be_invoked_and_its_log_read(local_cloud: Cloud) -> None:
    answer = local_cloud.invoke("ingress", {"headers": {}, "body": "{}", "isBase64Encoded": False})
    assert answer["statusCode"] in (400, 401, 415)
    assert any('"level":"WARNING"' in line for line in local_cloud.logs("ingress"))
    assert len(local_cloud.workers("ingress")) >= 1


# A cloud of the test's own


def test_from_nothing_to_nothing(own: Path) -> None:
    lines: list[str] = []
    running = cloud.up(own, progress=lines.append)
    running.invoke("ingress", {"headers": {}, "body": "{}", "isBase64Encoded": False})
    state = State.read(own)
    assert state
    assert [line.partition(" on ")[0] for line in lines[:2]] == ["AWS emulator", "GitHub stand-in"]
    status = cloud.status(own)
    assert (status.aws, status.github, status.deployed) == (running.aws.endpoint, running.github.url, True)

    (emulator,) = (it for it in state.aws.process.processes() if "ministack" in it.command())
    os.kill(emulator.id, signal.SIGKILL)
    _wait_until_nobody_listens(state.aws_port)
    assert cloud.status(own) == cloud.Status("", running.github.url, deployed=False, current=False)
    with pytest.raises(ToolError, match=r"no local cloud runs in .*: run `slipway local up`"):
        cloud.attach(own)

    cloud.down(own)
    assert_nothing_is_left(state.aws.process, state.github.process)
    assert not own.exists()


def test_a_failed_deployment_shows_what_the_cdk_said(own: Path) -> None:
    with pytest.raises(ToolError) as caught:
        cloud.up(own, context={"validationTimeoutSeconds": "soon"})
    assert "`cdk synth` failed" in str(caught.value)
    assert "slipway:validationTimeoutSeconds is 'soon', not a whole number" in str(caught.value)


# No cloud at all


def test_down_without_a_cloud_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    cloud.down(tmp_path)
    assert (tmp_path / "precious").exists()


def test_up_refuses_a_directory_with_something_else_in_it(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    with pytest.raises(ToolError, match="neither empty nor a local cloud's"):
        cloud.up(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (cloud.Status("", "", deployed=False, current=False), "not deployed"),
        (cloud.Status("http://a", "http://b", deployed=True, current=True), "deployed"),
        (cloud.Status("http://a", "http://b", deployed=True, current=False), "the work tree has changed"),
    ],
)
def test_status_reads_well(status: cloud.Status, text: str) -> None:
    assert text in str(status).splitlines()[-1]


def test_a_deployment_is_current_until_its_context_or_its_emulator_changes(tmp_path: Path) -> None:
    def deployment(endpoint: str, context: dict[str, str]) -> Deployment:
        return Deployment(tmp_path, endpoint, context)

    first = deployment("http://127.0.0.1:1", {"local": "true"})
    assert not first.is_current()
    (tmp_path / "made-of").write_text(first.digest())
    assert first.is_current()
    assert not deployment("http://127.0.0.1:2", {"local": "true"}).is_current()
    assert not deployment("http://127.0.0.1:1", {"local": "true", "systemRepository": "a/b"}).is_current()


def _listens_on(port: int) -> set[str]:
    """Addresses, as the kernel writes them, that are listened on at a port."""
    rows = [line.split() for file in ("tcp", "tcp6") for line in Path(f"/proc/net/{file}").read_text().splitlines()[1:]]
    listening = "0A"
    return {
        row[1].partition(":")[0] for row in rows if row[3] == listening and int(row[1].rpartition(":")[2], 16) == port
    }


def _wait_until_nobody_listens(port: int) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.02)
    raise AssertionError(f"port {port} is still listened on")
