"""Files on a disk by key, for what is fetched: charts."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from slipway.tools.cache import trim

MAX_BYTES = 512 * 1024 * 1024
"""Size of the directory; beyond it, the files that were used longest ago go."""


class DiskStore:
    """Files below a directory that may be removed at any time; see `slipway.tools.charts.ChartStore`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def get(self, key: str) -> bytes | None:
        """What is kept by a key; a file that cannot be read counts as none."""
        try:
            content = (self._directory / key).read_bytes()
        except OSError:
            return None
        with contextlib.suppress(OSError):
            os.utime(self._directory / key)
        return content

    def put(self, key: str, content: bytes) -> None:
        """Keep something; a disk that is full or read-only is no error."""
        with contextlib.suppress(OSError):
            self._directory.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._directory, delete=False) as partial:
                partial.write(content)
            Path(partial.name).replace(self._directory / key)

    def trim(self) -> None:
        """Make room if the directory is full."""
        trim(self._directory, MAX_BYTES)
