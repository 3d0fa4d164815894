"""The local AWS: the emulator ministack as a process in the background.

It lives in an environment of its own (`.venv-cloud`) and runs Lambda functions as processes with its own interpreter;
so it gets nothing of ours: no packages, no credentials, no configuration. It keeps its state in memory.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local.process import Background
from slipway.errors import ToolError

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv-cloud" / "bin" / "python"
REGION = "us-east-1"
ACCOUNT = "000000000000"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""The emulator takes any."""


class Emulator:
    """ministack on a port of the loopback interface.

    Attributes:
        process: its process.
        port: its port.
    """

    def __init__(self, directory: Path, port: int) -> None:
        self.process = Background("the AWS emulator", directory, self.ready)
        self.port = port

    @property
    def endpoint(self) -> str:
        """URL for all services."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, empty.

        Raises:
            ToolError: it is not installed or does not start.
        """
        if not PYTHON.exists():
            raise ToolError(f"{PYTHON} is missing: run `make setup`")
        home = self.process.directory / "home"
        home.mkdir(parents=True, exist_ok=True)
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PYTHONNOUSERSITE": "1",
            "PYTHONUNBUFFERED": "1",
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "GATEWAY_PORT": str(self.port),
            # Listeners on fixed ports that we do not need, and a Docker daemon that is none of its business.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": "unix:///nonexistent",
            **CREDENTIALS,
        }
        self.process.start([str(PYTHON), "-I", "-m", "ministack"], environment)

    def ready(self) -> bool:
        """True if it answers."""
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def client(self, service: str) -> Any:
        """A boto3 client for one of its services."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(proxies={}, s3={"addressing_style": "path"}, max_pool_connections=50),
        )

    def workers(self, function: str) -> list[int]:
        """Ids of the processes that run a function now."""
        home = f"/ministack-lambda-{function}-"
        return [process.id for process in self.process.processes() if any(home in it for it in process.command())]

    def logs(self, group: str) -> list[str]:
        """All lines of a CloudWatch log group, oldest first."""
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event["message"] for page in pages for event in page["events"]]
