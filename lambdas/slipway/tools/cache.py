"""Outputs of builds on a disk, for the command line: a second run builds only what changed."""

from __future__ import annotations

import contextlib
import os
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from slipway.errors import ToolError

MAX_BYTES = 256 * 1024 * 1024
"""Size of the cache directory; beyond it, the outputs that were used longest ago go."""


class DiskCache:
    """Compressed files by digest, below a directory that may be removed at any time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def get(self, digest: str) -> str | None:
        """See `slipway.fleet.kustomize.BuildCache`; a damaged entry counts as none."""
        path = self._directory / digest
        try:
            output = zlib.decompress(path.read_bytes()).decode()
        except (OSError, zlib.error, UnicodeDecodeError):
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return output

    def put(self, digest: str, output: str) -> None:
        """See `slipway.fleet.kustomize.BuildCache`; a disk that is full or read-only is no error."""
        with contextlib.suppress(OSError):
            self._directory.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._directory, delete=False) as partial:
                partial.write(zlib.compress(output.encode(), level=1))
            Path(partial.name).replace(self._directory / digest)

    def trim(self) -> None:
        """Make room if the cache is full."""
        trim(self._directory, MAX_BYTES)


def trim(directory: Path, limit: int) -> None:
    """Remove the files that were used longest ago until half of `limit` bytes are left; nothing if there are fewer."""
    with contextlib.suppress(OSError):
        with os.scandir(directory) as found:
            files = [(entry.stat(), entry.path) for entry in found]
        size = sum(stat.st_size for stat, _ in files)
        if size <= limit:
            return
        for stat, path in sorted(files, key=lambda file: file[0].st_mtime):
            if size <= limit // 2:
                return
            Path(path).unlink(missing_ok=True)
            size -= stat.st_size


def code_version() -> str:
    """Changes whenever the code does that renders; its number as a package would not tell in a checkout."""
    files = sorted((Path(__file__).parents[1] / "fleet").glob("*.py"))
    return ",".join(f"{stat.st_size}:{stat.st_mtime_ns}" for stat in map(Path.stat, files))


def cache_directory(environ: Mapping[str, str] = os.environ) -> Path:
    """Where Slipway keeps what it can make again: `$XDG_CACHE_HOME/slipway`, by default `~/.cache/slipway`.

    Raises:
        ToolError: there is no home directory.
    """
    if given := environ.get("XDG_CACHE_HOME"):
        return Path(given) / "slipway"
    try:
        return Path.home() / ".cache" / "slipway"
    except RuntimeError:
        raise ToolError(
            "this user has no home directory: set XDG_CACHE_HOME to a directory that can be written"
        ) from None
