"""The git on this machine, on a repository that somebody else may have configured."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def git(directory: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes] | None:
    """Run a command that only reads; None if there is no git.

    It starts no program that the repository's configuration names, reaches for no network (an object that a partial
    clone lacks is just not there), and looks at no other repository that our environment names.
    """
    command = ["git", "--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", str(directory)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {
        "LC_ALL": "C",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    try:
        return subprocess.run(  # noqa: S603 - a fixed command
            [*command, *arguments], input=stdin, capture_output=True, check=False, env=environment
        )
    except FileNotFoundError:
        return None
