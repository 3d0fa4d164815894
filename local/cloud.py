"""The local cloud: an AWS emulator with Slipway deployed to it, a GitHub stand-in, and the App that joins them."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local.aws import ROOT, Emulator
from local.deploy import STACK, Deployment
from local.github.control import Control
from local.github.keys import KeyPair
from local.state import State
from slipway.errors import ToolError

STATE = ROOT / ".slipway-local"
APP_ID = 4321
PERMISSIONS = {
    "administration": "write",
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "members": "read",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "read",
}
"""What docs/github-app.md has an organization grant the App."""

Progress = Callable[[str], None]
"""Takes a line about each step that was done."""


@dataclass(frozen=True)
class Cloud:
    """A local cloud that runs."""

    aws: Emulator
    github: Control
    outputs: Mapping[str, str]
    """Outputs of the stack, by name (`infra/stack.py`)."""

    @property
    def webhook_url(self) -> str:
        """Where GitHub delivers: the emulator serves an API under a path too, and its host names resolve nowhere."""
        api_id = urlsplit(self.outputs["WebhookUrl"]).netloc.partition(".")[0]
        return f"{self.aws.endpoint}/_aws/execute-api/{api_id}/$default/github"

    def client(self, service: str) -> Any:
        """A boto3 client for one of the emulator's services."""
        return self.aws.client(service)

    def install(self, owner: str) -> int:
        """Install the App on an organization, or once more; returns the installation's id."""
        return self.github.install(owner, permissions=PERMISSIONS)

    def logs(self, function: str) -> list[str]:
        """What a function has logged, by its name without the stack's, e.g. `ingress` or `tokens-validation`."""
        return self.aws.logs(f"/aws/lambda/{STACK}-{function}")

    def workers(self, function: str) -> list[int]:
        """Ids of the processes that run a function now, by the same name."""
        return self.aws.workers(f"{STACK}-{function}")

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Invoke a function, by the same name, and wait for its answer.

        Raises:
            ToolError: the function failed.
        """
        answer = self.client("lambda").invoke(FunctionName=f"{STACK}-{function}", Payload=json.dumps(event))
        payload = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise ToolError(f"{function} failed: {payload}")
        return payload


@dataclass(frozen=True)
class Status:
    """What of a local cloud runs."""

    aws: str
    """URL; empty: it does not run."""
    github: str
    """URL; empty: it does not run."""
    deployed: bool
    current: bool
    """True if what is deployed was made of what is in the work tree now."""

    def __str__(self) -> str:
        deployed = (
            "deployed" if self.current else "deployed, but the work tree has changed; run `slipway local up` again"
        )
        return "\n".join(
            (
                f"AWS emulator:    {self.aws or 'not running'}",
                f"GitHub stand-in: {self.github or 'not running'}",
                f"Slipway:         {deployed if self.deployed else 'not deployed'}",
            )
        )


def up(
    directory: Path = STATE,
    *,
    context: Mapping[str, str] | None = None,
    aws_port: int = 0,
    github_port: int = 0,
    progress: Progress | None = None,
) -> Cloud:
    """Bring the local cloud up, or up to date: what runs stays, what has changed is deployed again.

    Args:
        directory: for all that it keeps; made if missing.
        context: CDK context besides what the local cloud needs itself, without the prefix `slipway:`.
        aws_port: on 127.0.0.1; 0: any. What runs already stays where it is.
        github_port: the same for the GitHub stand-in.
        progress: told after each step.

    Raises:
        ToolError: something did not start or deploy; the text shows the end of its log.
    """
    steps = _Steps(progress)
    state = State.claim(directory, aws_port=aws_port, github_port=github_port, context=context or {})
    aws, github, deployment = state.aws, state.github, state.deployment
    if not aws.process.running():
        deployment.forget()
    with ThreadPoolExecutor(1) as pool:
        synth = None if deployment.is_current() else pool.submit(deployment.synth)
        if not aws.process.running():
            with steps.step(f"AWS emulator on {aws.endpoint}"):
                aws.start()
        if not github.process.running():
            with steps.step(f"GitHub stand-in on {github.control.url}"):
                github.start()
        if synth:
            _deploy(deployment, synth, steps)
    cloud = Cloud(aws, github.control, deployment.outputs())
    with steps.step(f"GitHub App, delivering to {cloud.webhook_url}"):
        _register_app(cloud, state.key_pair())
    return cloud


def attach(directory: Path = STATE) -> Cloud:
    """The local cloud that runs.

    Raises:
        ToolError: none runs there, or nothing is deployed to it.
    """
    state = State.read(directory)
    if state and state.aws.process.running() and state.github.process.running():
        outputs = state.deployment.outputs()
        if outputs:
            return Cloud(state.aws, state.github.control, outputs)
    raise ToolError(f"no local cloud runs in {directory}: run `slipway local up`")


def status(directory: Path = STATE) -> Status:
    """What runs."""
    state = State.read(directory)
    if state is None:
        return Status("", "", deployed=False, current=False)
    aws = state.aws.process.running()
    return Status(
        state.aws.endpoint if aws else "",
        state.github.control.url if state.github.process.running() else "",
        deployed=aws and bool(state.deployment.outputs()),
        current=aws and state.deployment.is_current(),
    )


def down(directory: Path = STATE, *, progress: Progress | None = None) -> None:
    """Stop everything and remove the directory; does nothing if there is no local cloud in it.

    Raises:
        ToolError: a process does not end.
    """
    steps = _Steps(progress)
    state = State.read(directory)
    if state is None:
        return
    for process in (state.github.process, state.aws.process):
        if process.processes():
            with steps.step(f"stopped {process.name}"):
                process.stop()
    shutil.rmtree(directory)


class _Steps:
    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress or (lambda _line: None)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Tell that something was done, and how long it took."""
        start = time.monotonic()
        yield
        self._progress(f"{what} ({time.monotonic() - start:.1f} s)")


def _deploy(deployment: Deployment, synth: Future[None], steps: _Steps) -> None:
    with steps.step("cdk bootstrap"):
        deployment.bootstrap()
    with steps.step("cdk synth, begun with the first step"):
        synth.result()
    with steps.step("cdk deploy"):
        deployment.deploy()


def _register_app(cloud: Cloud, keys: KeyPair) -> None:
    """What a person does by hand for a real App: docs/deploy.md."""
    secrets = cloud.client("secretsmanager")
    app = json.dumps({"appId": str(APP_ID), "privateKey": keys.private})
    secrets.put_secret_value(SecretId=cloud.outputs["AppSecret"], SecretString=app)
    webhook = json.loads(secrets.get_secret_value(SecretId=cloud.outputs["WebhookSecret"])["SecretString"])
    cloud.github.register_app(APP_ID, keys.public)
    cloud.github.set_webhook(cloud.webhook_url, webhook["current"])
