"""The state directory of a local cloud: what lies where in it, and what of it runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from local.aws import Emulator
from local.deploy import Deployment
from local.github.keys import KeyPair, new_key_pair
from local.process import free_port
from local.stand_in import StandIn
from slipway.errors import ToolError
from slipway.tools.layer import find_tool

SYSTEM = "acme/gitops-system"
"""The fleet's system repository, unless the context names another."""
FILE = "cloud.json"
"""Makes a directory ours: without it we write to no directory that has something in it, and remove none."""


@dataclass(frozen=True)
class State:
    """A local cloud, running or not."""

    directory: Path
    aws_port: int
    github_port: int
    context: Mapping[str, str] = field(default_factory=dict)
    """CDK context besides what the local cloud needs itself, without the prefix `slipway:`."""

    @classmethod
    def read(cls, directory: Path) -> State | None:
        """The local cloud of a directory, or `None` if there is none."""
        file = directory / FILE
        return cls(directory, **json.loads(file.read_text())) if file.exists() else None

    @classmethod
    def claim(cls, directory: Path, *, aws_port: int, github_port: int, context: Mapping[str, str]) -> State:
        """Take a directory for a local cloud; what runs in it stays where it is.

        Args:
            directory: made if missing.
            aws_port: 0: any.
            github_port: 0: any.
            context: replaces what was there.

        Raises:
            ToolError: it has something else in it.
        """
        found = cls.read(directory)
        if found is None and directory.exists() and any(directory.iterdir()):
            raise ToolError(f"{directory} is neither empty nor a local cloud's: name another directory")
        if found and found.aws.process.running():
            aws_port = found.aws_port
        if found and found.github.process.running():
            github_port = found.github_port
        state = cls(directory, aws_port or free_port(), github_port or free_port(), dict(context))
        directory.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in asdict(state).items() if name != "directory"}
        (directory / FILE).write_text(json.dumps(kept))
        return state

    @property
    def aws(self) -> Emulator:
        """The AWS emulator."""
        return Emulator(self.directory / "aws", self.aws_port)

    @property
    def github(self) -> StandIn:
        """The GitHub stand-in."""
        return StandIn(self.directory / "github", self.github_port)

    @property
    def deployment(self) -> Deployment:
        """Slipway on the emulator."""
        context = {
            "local": "true",
            "githubApiUrl": self.github.control.url,
            "githubHost": "github.com",
            "systemRepository": SYSTEM,
            "kubectl": str(find_tool("kubectl")),
            "helm": str(find_tool("helm")),
            **self.context,
        }
        return Deployment(self.directory / "deployment", self.aws.endpoint, context)

    def key_pair(self) -> KeyPair:
        """The key pair of the App, made once."""
        private, public = self.directory / "app.pem", self.directory / "app.public.pem"
        if not public.exists():
            made = new_key_pair()
            private.touch(mode=0o600)
            private.write_text(made.private)
            public.write_text(made.public)
        return KeyPair(private.read_text(), public.read_text())
