"""Background processes: started, found again, and gone when they are stopped."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.process import Background
from slipway.errors import ToolError

SERVER = """
import pathlib, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {child!r}])
pathlib.Path({flag!r}).touch()
time.sleep(60)
"""
"""Starts a child, says that it is ready, and stays."""
DEAF = """
import pathlib, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path({flag!r}).touch()
time.sleep(60)
"""


@pytest.fixture
def background(tmp_path: Path) -> Iterator[Background]:
    process = Background("the server", tmp_path / "server", (tmp_path / "ready").exists)
    yield process
    process.stop()


def _start(background: Background, *, child: str = "import time; time.sleep(60)") -> None:
    flag = background.directory.parent / "ready"
    program = SERVER.format(child=child, flag=str(flag))
    background.start([sys.executable, "-c", program], {"PATH": os.defpath})


def _wait_until_there_are(background: Background, number: int) -> None:
    deadline = time.monotonic() + 5
    while len(background.processes()) != number and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(background.processes()) == number


def test_nothing_runs_before_it_is_started(background: Background) -> None:
    assert not background.running()


def test_it_runs_as_soon_as_start_returns(background: Background) -> None:
    _start(background)
    assert background.running()


def test_it_is_found_again_by_its_directory(background: Background, tmp_path: Path) -> None:
    _start(background)
    assert Background("the same", tmp_path / "server", lambda: True).running()
    assert not Background("another", tmp_path / "other", lambda: True).running()


def test_it_is_not_our_child_and_has_a_group_of_its_own(background: Background) -> None:
    _start(background)
    groups = {process.group for process in background.processes()}
    assert len(groups) == 1
    assert os.getpgrp() not in groups
    with pytest.raises(ChildProcessError):
        os.waitpid(background.processes()[0].id, os.WNOHANG)


def test_stopping_ends_what_it_has_started_too(background: Background) -> None:
    _start(background)
    _wait_until_there_are(background, 2)
    background.stop()
    assert background.processes() == []


def test_what_outlives_its_parent_is_found_and_ended(background: Background) -> None:
    _start(background)
    _wait_until_there_are(background, 2)
    (server,) = (it for it in background.processes() if "Popen" in "".join(it.command()))
    os.kill(server.id, signal.SIGKILL)
    _wait_until_there_are(background, 1)
    background.stop()
    assert background.processes() == []


def test_who_ignores_sigterm_is_killed(background: Background, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("local.process.STOP_SECONDS", 0.5)
    deaf = tmp_path / "deaf"
    _start(background, child=DEAF.format(flag=str(deaf)))
    while not deaf.exists():
        time.sleep(0.01)
    background.stop()
    assert background.processes() == []


def test_stopping_twice_does_nothing(background: Background) -> None:
    _start(background)
    background.stop()
    background.stop()
    assert not background.running()


def test_starting_ends_what_an_earlier_one_has_left(background: Background) -> None:
    _start(background)
    before = {process.id for process in background.processes()}
    _start(background)
    assert before.isdisjoint(process.id for process in background.processes())


def test_the_environment_is_the_one_that_was_given(background: Background, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    _start(background)
    names = {text.partition("=")[0] for it in background.processes() for text in it.strings("environ")}
    assert names <= {"PATH", "PWD", "LC_CTYPE", "TMPDIR", "SLIPWAY_LOCAL_PROCESS", "OLDPWD", "SHLVL", "_", ""}


def test_one_that_ends_instead_says_why(background: Background) -> None:
    with pytest.raises(ToolError, match=r"(?s)the server ended instead of starting.*no such luck"):
        background.start([sys.executable, "-c", "raise SystemExit('no such luck')"], {})


def test_one_that_is_never_ready_is_stopped(background: Background, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.process.START_SECONDS", 0.2)
    with pytest.raises(ToolError, match=r"the server was not ready after 0 s"):
        background.start([sys.executable, "-c", "import time; time.sleep(60)"], {})
    assert background.processes() == []
