"""Running the `git` command."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from local.github.model import StandInError

MIN_VERSION = (2, 38)
"""The first git with `merge-tree --write-tree`."""


def environment() -> dict[str, str]:
    """What git runs with: nothing of the configuration of whoever runs the stand-in."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


def run(
    arguments: list[str],
    *,
    cwd: Path | None = None,
    stdin: bytes = b"",
    check: bool = True,
    more: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run git, with `more` in its environment; without `check`, whatever comes of it is for the caller to judge.

    Raises:
        RuntimeError: git failed; the text has what it said.
    """
    done = subprocess.run(
        ["git", *arguments],
        cwd=cwd,
        env={**environment(), **(more or {})},
        input=stdin,
        capture_output=True,
        check=False,
    )
    if check and done.returncode:
        raise RuntimeError(f"git {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done


def check_version() -> None:
    """See that git can merge without a work tree.

    Raises:
        StandInError: there is no git, or an old one.
    """
    try:
        found = run(["--version"]).stdout.decode().strip()
    except FileNotFoundError as err:
        raise StandInError("the GitHub stand-in needs git, and there is none on PATH: install it") from err
    version = tuple(int(part) for part in re.findall(r"\d+", found)[:2])
    if version < MIN_VERSION:
        wanted = ".".join(map(str, MIN_VERSION))
        raise StandInError(f"the GitHub stand-in needs git {wanted} or newer, and this is {found!r}: update it")
