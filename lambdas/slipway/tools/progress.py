"""Long work, shown on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from slipway.report.words import plain


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Gives what says what goes on; on a terminal only, which it leaves clean."""
    stream = sys.stderr
    shown = stream.isatty() and os.environ.get("TERM") != "dumb"

    def say(text: str) -> None:
        if shown:
            stream.write(f"\r{plain(text)}\x1b[K")
            stream.flush()

    try:
        yield say
    finally:
        if shown:
            stream.write("\r\x1b[K")
            stream.flush()
