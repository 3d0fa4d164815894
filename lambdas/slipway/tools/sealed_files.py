"""Files that may hold SealedSecrets, read one by one and replaced whole."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from slipway.errors import InputError
from slipway.fleet.events import MAX_FILE_BYTES
from slipway.sealing.answer import SUFFIXES
from slipway.tools.directory import listed


@dataclass(frozen=True)
class FoundFile:
    """A file."""

    path: Path
    content: bytes
    """One byte more than `MAX_FILE_BYTES` of what is larger: whoever reads it says so."""

    @property
    def name(self) -> str:
        """What messages call it."""
        return str(self.path)


def found_files(places: Sequence[str]) -> Iterator[FoundFile]:
    """The files that are named, and those below the directories that are: no links, and in Git nothing that it ignores.

    Raises:
        InputError: there is none at a place, or it cannot be read.
    """
    for place in map(Path, places):
        if place.is_dir():
            for path in sorted(set(listed(place))):
                file = place / path
                if path.endswith(SUFFIXES) and file.is_file() and not file.is_symlink():
                    yield FoundFile(file, read_file(file))
        else:
            yield FoundFile(place, read_file(place))


def read_file(file: Path) -> bytes:
    """The content of a file, as far as it is read.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_FILE_BYTES + 1)
    except OSError as err:
        raise InputError(f"cannot be read: {err.strerror}", file=str(file)) from None


def replace_file(found: FoundFile, content: bytes) -> None:
    """Write a file that was read, whole, or not at all: whoever reads it sees the old one or the new one.

    Raises:
        InputError: somebody else has written it since it was read.
        OSError: it cannot be written; the old one is as it was.
    """
    target = found.path.resolve()
    with _written(target, content) as name:
        if read_file(target) != found.content:
            raise InputError("was written by somebody else meanwhile; run this again", file=found.name)
        name.replace(target)


def write_file(path: Path, content: bytes) -> None:
    """Write a file, new or not, whole, or not at all.

    Raises:
        OSError: it cannot be written; what was there is as it was.
    """
    target = path.resolve()
    with _written(target, content) as name:
        name.replace(target)


@contextmanager
def _written(target: Path, content: bytes) -> Iterator[Path]:
    """The content in a file beside the target, with its permissions; removed unless it is put somewhere else."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else _NEW)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


_NEW = 0o644
"""Permissions of a new file: what is sealed may be read by anybody."""
