"""Processes in the background that outlive whoever started them, and that are found again.

A process carries its directory as a mark in its environment, and what it starts inherits that mark. So there is no pid
file that could be wrong, and stopping it stops everything that came of it. Linux only: it looks into /proc.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from slipway.errors import ToolError

MARK = "SLIPWAY_LOCAL_PROCESS"
LOG = "log"
TAIL_LINES = 30
START_SECONDS = 30.0
STOP_SECONDS = 5.0
"""How long processes have to end by themselves before they are killed."""
POLL_SECONDS = 0.05


class Background:
    """A background process with its directory: its log is `<directory>/log`, its temporary files lie in `tmp`."""

    def __init__(self, name: str, directory: Path, ready: Callable[[], bool]) -> None:
        """Describe it; nothing is started yet.

        Args:
            name: what messages call it.
            directory: its own alone.
            ready: True if it does its work.
        """
        self.name = name
        self.directory = directory.resolve()
        self._ready = ready

    @property
    def log(self) -> Path:
        """What it has printed."""
        return self.directory / LOG

    def running(self) -> bool:
        """True if it lives and does its work."""
        return bool(self.processes()) and self._ready()

    def start(self, command: list[str], environment: Mapping[str, str]) -> None:
        """Start it, and wait until it is ready; what an earlier one has left behind is ended first.

        Args:
            command: program (an absolute path) and arguments.
            environment: all of its environment, but for the mark and `TMPDIR`.

        Raises:
            ToolError: it ended, or is not ready in time; the text shows the end of its log.
        """
        self.stop()
        temporary = self.directory / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        with self.log.open("w") as log:
            # By way of a shell that ends at once, so that the process is nobody's child and outlives us.
            subprocess.run(
                ["/bin/sh", "-c", '"$@" &', "sh", *command],
                env={**environment, "TMPDIR": str(temporary), MARK: str(self.directory)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                check=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if not self.processes():
                raise ToolError(f"{self.name} ended instead of starting; {self.log} says:\n{tail(self.log)}")
            if time.monotonic() > deadline:
                self.stop()
                raise ToolError(
                    f"{self.name} was not ready after {START_SECONDS:.0f} s; {self.log} says:\n{tail(self.log)}"
                )
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End it and all that it has started; returns when they are gone, and does nothing if there are none."""
        groups = {process.group for process in self.processes()}
        for sign in (signal.SIGTERM, signal.SIGKILL):
            for group in groups:
                with suppress(ProcessLookupError):
                    os.killpg(group, sign)
            deadline = time.monotonic() + STOP_SECONDS
            while _alive(groups) and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
        if left := _alive(groups):
            raise ToolError(f"{self.name} does not end, not even by SIGKILL: processes {left}")

    def processes(self) -> list[Process]:
        """The processes that bear its mark: itself, and what it has started."""
        mark = f"{MARK}={self.directory}"
        return [process for process in _living() if mark in process.strings("environ")]


@dataclass(frozen=True)
class Process:
    """A process that lives."""

    id: int
    group: int
    """Id of its process group."""

    def command(self) -> list[str]:
        """Program and arguments; empty if it has ended."""
        return self.strings("cmdline")

    def strings(self, file: str) -> list[str]:
        """The texts in a file of /proc that separates them by NUL; none if it has ended, or is not ours to look at."""
        try:
            return Path(f"/proc/{self.id}/{file}").read_text(errors="replace").split("\0")
        except OSError:
            return []


def tail(log: Path) -> str:
    """The last lines of a log."""
    with suppress(FileNotFoundError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-TAIL_LINES:])
    return "(nothing)"


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _alive(groups: set[int]) -> list[int]:
    return [process.id for process in _living() if process.group in groups]


def _living() -> Iterator[Process]:
    """Every process that lives; a zombie does not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _parent, group = stat.read_text().rpartition(")")[2].split()[:3]
            if state != "Z":
                yield Process(int(stat.parent.name), int(group))
