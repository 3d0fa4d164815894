"""Crossplane's own `render`, with the real functions as processes on this machine."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.interop.reference import PROGRAMS

FUNCTIONS = ("function-patch-and-transform", "function-auto-ready")
START_SECONDS = 20

Object = dict[str, Any]


def missing() -> list[str]:
    """The programs that are not built."""
    return [name for name in ("crank", *FUNCTIONS) if not (PROGRAMS / name).exists()]


@dataclass(frozen=True)
class Crossplane:
    """A Crossplane that renders."""

    directory: Path
    """For what it reads."""
    addresses: Mapping[str, str]
    """Where the functions listen."""

    def render(self, composite: Object, composition: Object, xrd: Object) -> list[Object]:
        """What is composed, and results of functions; without the composite.

        Raises:
            RuntimeError: a function refuses something.
        """
        functions = [
            {
                "apiVersion": "pkg.crossplane.io/v1",
                "kind": "Function",
                "metadata": {
                    "name": name,
                    "annotations": {
                        "render.crossplane.io/runtime": "Development",
                        "render.crossplane.io/runtime-development-target": address,
                    },
                },
                "spec": {"package": f"xpkg.crossplane.io/{name}:v0"},
            }
            for name, address in self.addresses.items()
        ]
        files = {"composite": [composite], "composition": [composition], "functions": functions, "xrd": [xrd]}
        paths = {}
        for name, documents in files.items():
            paths[name] = self.directory / f"{name}.yaml"
            paths[name].write_text(yaml.safe_dump_all(documents))
        command = [PROGRAMS / "crank", "render", paths["composite"], paths["composition"], paths["functions"]]
        done = subprocess.run([*command, "--xrd", paths["xrd"]], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        documents = list(yaml.load_all(done.stdout, yaml.CSafeLoader))
        return [one for one in documents[1:] if one]


@contextlib.contextmanager
def running(directory: Path) -> Iterator[Crossplane]:
    """Crossplane with its functions, until the block ends."""
    addresses = {name: f"127.0.0.1:{_free_port()}" for name in FUNCTIONS}
    with contextlib.ExitStack() as stack:
        for name, address in addresses.items():
            command = [PROGRAMS / name, "--insecure", "--address", address]
            process = stack.enter_context(subprocess.Popen(command, stderr=subprocess.DEVNULL))
            stack.callback(process.terminate)
        for name, address in addresses.items():
            _await(name, address)
        yield Crossplane(directory, addresses)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _await(name: str, address: str) -> None:
    host, _, port = address.partition(":")
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{name} does not listen at {address}")
