"""Run a program on what somebody else wrote: without our environment, and within limits."""

from __future__ import annotations

import contextlib
import re
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slipway.errors import LimitError, RetryLater, ToolError

MAX_ERROR_BYTES = 64 * 1024
"""What is read of a program's messages."""


@dataclass(frozen=True)
class Limits:
    """What one run may take; named in errors as the constants of the module that sets them."""

    seconds: float
    """Its time, `TIMEOUT_SECONDS`."""
    output_bytes: int
    """Its output, `MAX_OUTPUT_BYTES`."""
    memory_bytes: int
    """What it may allocate, `MAX_MEMORY_BYTES`."""


@dataclass(frozen=True)
class Result:
    """How a run ended."""

    code: int
    output: str
    errors: str


def run(
    name: str,
    command: Sequence[str | Path],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    limits: Limits,
) -> Result:
    """The result of a program, whatever its code.

    Args:
        name: what errors call it.
        command: the program and its arguments; no shell reads them.
        cwd: where it runs.
        environment: all that it sees of one; give it nothing of ours that it does not need.
        limits: beyond them it is ended.

    Raises:
        LimitError: it went beyond a limit.
        ToolError: it is not there.
        RetryLater: this machine cannot run it now.
    """
    try:
        with (
            tempfile.TemporaryFile() as errors,
            subprocess.Popen(  # noqa: S603 - a fixed program, arguments without a shell
                [str(part) for part in command],
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
            ) as process,
        ):
            limit_memory(process.pid, limits.memory_bytes)
            too_slow = threading.Event()

            def stop() -> None:
                too_slow.set()
                process.kill()

            timer = threading.Timer(limits.seconds, stop)
            timer.start()
            try:
                assert process.stdout is not None  # noqa: S101 - a pipe was asked for
                output = process.stdout.read(limits.output_bytes + 1)
                too_long = len(output) > limits.output_bytes
                if too_long:
                    process.kill()
                code = process.wait()
            finally:
                timer.cancel()
                process.kill()
            errors.seek(0)
            said = errors.read(MAX_ERROR_BYTES).decode(errors="replace")
    except FileNotFoundError as err:
        raise ToolError(f"{command[0]} is missing: {err.strerror}") from None
    except OSError as err:
        raise RetryLater(f"cannot run {command[0]}: {err.strerror}", after=30) from err
    if too_long:
        raise LimitError(f"the output of {name} is over {limits.output_bytes:,} bytes (MAX_OUTPUT_BYTES)")
    if too_slow.is_set():
        raise LimitError(f"{name} took longer than {limits.seconds:g} s (TIMEOUT_SECONDS)")
    if code < 0 or (code != 0 and _OUT_OF_MEMORY.search(said)):
        raise LimitError(f"{name} needs more than {limits.memory_bytes:,} bytes of memory (MAX_MEMORY_BYTES)")
    return Result(code, output.decode(errors="replace"), said)


_OUT_OF_MEMORY = re.compile(r"^fatal error: .*(?:out of memory|cannot allocate)|cannot allocate memory$", re.MULTILINE)


def limit_memory(process: int, limit: int) -> None:
    """The kernel's limit on what the process allocates; systems other than Linux cannot set it from outside."""
    if sys.platform == "linux":
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(process, resource.RLIMIT_DATA, (limit, limit))
