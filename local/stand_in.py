"""The GitHub stand-in as a process in the background."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from local.aws import ROOT
from local.github.control import Control
from local.github.model import StandInError
from local.process import Background
from slipway.errors import ToolError

PYTHON = ROOT / ".venv" / "bin" / "python"


class StandIn:
    """`python -m local.github` on a port of the loopback interface; its repositories outlive it.

    Attributes:
        process: its process.
        control: what drives it.
    """

    def __init__(self, directory: Path, port: int) -> None:
        self.process = Background("the GitHub stand-in", directory, self.ready)
        self.control = Control(f"http://127.0.0.1:{port}")
        self._port = port

    def start(self) -> None:
        """Start it.

        Raises:
            ToolError: it is not installed or does not start.
        """
        if not PYTHON.exists():
            raise ToolError(f"{PYTHON} is missing: run `make setup`")
        state = self.process.directory / "state"
        command = [str(PYTHON), "-m", "local.github", "--port", str(self._port), "--state", str(state)]
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),  # for git
            "HOME": str(self.process.directory),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        self.process.start(command, environment)

    def ready(self) -> bool:
        """True if it answers."""
        with suppress(StandInError):
            self.control.wait_until_ready(timeout=0)
            return True
        return False
