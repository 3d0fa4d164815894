"""Another fleet in the place of the tiny one, for the tests of one module."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping

from local.github.command import run
from local.github.control import Control
from tests.cloud.fleet import FILES


def content(github: Control, repository: str) -> dict[str, bytes]:
    """What the default branch has."""
    directory = github.git_directory(repository)
    packed = run(["--git-dir", str(directory), "archive", "refs/heads/main"]).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        files = ((member.name, archive.extractfile(member)) for member in archive if member.isfile())
        return {name: file.read() for name, file in files if file is not None}


def place(github: Control, repositories: Mapping[str, Mapping[str, str]], message: str) -> None:
    """Let repositories hold these files and no others; those that are not there are made."""
    for repository, files in repositories.items():
        if repository in FILES:
            # What the other tests have left there is theirs: they get it back.
            gone = dict.fromkeys(content(github, repository))
            github.commit(repository, "main", {**gone, **files}, message=message)
        else:
            github.create_repository(repository, files)


def bring_back(github: Control) -> None:
    """The tiny fleet, as it was."""
    place(github, FILES, "The tiny fleet")
