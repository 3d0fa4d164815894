"""The GitHub stand-in runs as a process of its own, and keeps its state from one run to the next."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.github.control import Control, NewPull
from local.github.keys import KeyPair
from local.github.model import StandInError
from local.github.server import StandIn
from tests.contract.standin import SECRET, App, Receiver, set_up

ROOT = Path(__file__).parents[2]


@contextmanager
def process(state: Path, port: int = 0) -> Iterator[Control]:
    command = [sys.executable, "-m", "local.github", "--state", str(state), "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        control = Control(running.stdout.readline().split()[-1])
        control.wait_until_ready()
        yield control
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0


def test_process_is_driven_over_http_and_ends_on_request(tmp_path: Path, keys: KeyPair) -> None:
    with process(tmp_path / "state") as github:
        app = set_up(github, keys)
        github.open_pull_request("acme/shop", NewPull("b", files={"b": "1"}))
        assert app.token().get("/repos/acme/shop/pulls/1").body["mergeable"] is True
    with pytest.raises(StandInError, match="no stand-in answers"):
        github.wait_until_ready(timeout=0.1)


def test_state_outlives_the_process(tmp_path: Path, keys: KeyPair, receiver: Receiver) -> None:
    with StandIn(tmp_path / "state", workers=2) as github:
        app = set_up(github, keys)
        github.set_webhook(receiver.url, SECRET)
        head = github.open_pull_request("acme/shop", NewPull("b", files={"b": "1"})).head_sha
        token = app.token()
        annotation = {
            "path": "b",
            "start_line": 1,
            "end_line": 1,
            "annotation_level": "notice",
            "message": "m",
        }
        output = {"title": "t", "summary": "s", "annotations": [annotation]}
        token("POST", "/repos/acme/shop/check-runs", {"name": "n", "head_sha": head, "output": output})
        assert github.settle()
        before = everything(github, app)
        port = int(github.url.rpartition(":")[2])
    with StandIn(tmp_path / "state", port=port, workers=2) as github:
        again = App(github.url, keys, app.installation)
        assert everything(github, again) == before
        # Ids go on where they ended, and the branches are still there to be merged.
        assert github.open_pull_request("acme/shop", NewPull("c", files={"c": "1"})).number == 2
        github.commit("acme/shop", "main", {"d": "1"})
        assert again.token().get("/repos/acme/shop/pulls/1").body["mergeable"] is True


@pytest.mark.parametrize(
    ("git", "message"),
    [
        ("#!/bin/sh\necho git version 2.34.1\n", "needs git 2.38 or newer, and this is 'git version 2.34.1'"),
        ("", "needs git, and there is none on PATH"),
    ],
)
def test_git_that_cannot_merge_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, git: str, message: str
) -> None:
    if git:
        (tmp_path / "git").write_text(git)
        (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StandInError, match=message):
        StandIn(tmp_path / "state")


def everything(github: Control, app: App) -> list[object]:
    api = app.token()
    return [
        api.get("/repos/acme/shop").body,
        api.get("/repos/acme/shop/pulls/1").body,
        api.get("/repos/acme/shop/pulls/1/files").body,
        api.get("/repos/acme/shop/contents/app.yaml").body,
        github.check_runs(),
        github.deliveries(),
        [github.delivery(item["id"]) for item in github.deliveries()],
    ]
