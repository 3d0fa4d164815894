"""Run a program and measure it: seconds, and the memory of it and of all that it starts."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_EVERY_SECONDS = 0.02
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Run:
    """What came of a program."""

    code: int
    output: bytes
    errors: str
    seconds: float
    processor_seconds: float
    """Of it and its children, in all threads: what other work on the machine does not change."""
    peak: int
    """Bytes that it and its children had in memory at once; what they share counts for each of them."""


def run(command: Sequence[str], environment: Mapping[str, str] | None = None, directory: Path | None = None) -> Run:
    """Run a program to its end."""
    start, used = time.perf_counter(), _processor_seconds()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=directory
    ) as process:
        peak, output, errors = 0, b"", b""
        while True:
            peak = max(peak, _memory(process.pid))
            try:
                output, errors = process.communicate(timeout=_EVERY_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            break
    seconds = time.perf_counter() - start
    return Run(process.returncode, output, errors.decode(errors="replace"), seconds, _processor_seconds() - used, peak)


def _processor_seconds() -> float:
    """Of all processes that this one has started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _memory(pid: int) -> int:
    """Resident bytes of a process and of those below it; 0 if it has ended."""
    try:
        own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
        threads = [*Path(f"/proc/{pid}/task").iterdir()]
        children = [child for thread in threads for child in (thread / "children").read_text().split()]
    except (OSError, IndexError):
        return 0
    return own + sum(_memory(int(child)) for child in children)
