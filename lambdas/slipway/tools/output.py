"""What the command line writes: results on standard output, messages on standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress

from slipway.report.words import inert, plain_lines


def write(chunks: Iterable[str]) -> None:
    """Results."""
    try:
        for chunk in chunks:
            sys.stdout.write(chunk)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough. What is left in the buffer must not be tried again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(*lines: str) -> None:
    """A message beside the output."""
    head, *rest = [line for text in lines for line in plain_lines(text)] or [""]
    with suppress(OSError):
        sys.stderr.write("\n".join(map(inert, [f"slipway: {head}", *rest])) + "\n")


def as_json(document: object) -> str:
    """A result as JSON."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
