"""Read a directory as a tree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from slipway.errors import InputError
from slipway.fleet.events import MAX_FILE_BYTES
from slipway.fleet.manifests import YAML_SUFFIXES
from slipway.fleet.tree import Dropped, Tree
from slipway.tools.git import git

LINK = "a symbolic link; Flux leaves links out of what it applies"
NOT_UTF8 = "its name is not UTF-8"
SUBMODULE = "a submodule; Flux reads it only where a GitRepository has spec.recurseSubmodules"


def tree_from_directory(directory: Path, name: str = "") -> Tree:
    """The files below a directory; in a Git work tree without those that Git ignores.

    Of a file of YAML that is larger than is read, as much is read as tells that.

    Raises:
        InputError: it is no directory, or something in it cannot be read.
    """
    if not directory.is_dir():
        raise InputError(f"{directory} is no directory")
    files: dict[str, bytes] = {}
    dropped = []
    for path in sorted(set(listed(directory))):  # Git lists a conflict thrice
        file = directory / path
        if file.is_symlink():
            dropped.append(Dropped(_printable(path), LINK))
        elif file.is_dir():  # Git lists no other directories
            dropped.append(Dropped(_printable(path), SUBMODULE))
        elif not file.is_file():
            continue  # deleted in the work tree, a socket
        elif _printable(path) != path:
            dropped.append(Dropped(_printable(path), NOT_UTF8))
        elif file.stat().st_size > MAX_FILE_BYTES and not path.endswith(YAML_SUFFIXES):
            dropped.append(Dropped(path, f"larger than {MAX_FILE_BYTES:,} bytes (MAX_FILE_BYTES)"))
        else:
            files[path] = _read(file, path)
    return Tree(files, name=name, dropped=dropped)


def listed(directory: Path) -> Iterator[str]:
    """Paths of what is below a directory, links too; in a Git work tree without what Git ignores.

    Raises:
        InputError: something in it cannot be read.
    """
    found = git(directory, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    if found is not None and found.returncode == 0 and found.stdout:
        if b"could not open directory" in found.stderr:
            raise InputError(os.fsdecode(found.stderr).strip().removeprefix("warning: "))
        yield from (os.fsdecode(path) for path in found.stdout.split(b"\0") if path)
        return
    for parent, directories, names in os.walk(directory, onerror=_refuse):
        directories[:] = [entry for entry in directories if entry != ".git"]
        for entry in (*names, *(entry for entry in directories if (Path(parent) / entry).is_symlink())):
            yield (Path(parent) / entry).relative_to(directory).as_posix()


def _read(file: Path, path: str) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_FILE_BYTES + 1)
    except OSError as err:
        raise InputError(f"cannot be read: {err.strerror}", file=path) from None


def _printable(path: str) -> str:
    return path.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _refuse(error: OSError) -> None:
    """A directory that cannot be read: what is in it must not be taken for gone."""
    raise InputError(f"cannot be read: {error.strerror}", file=str(error.filename)) from None
