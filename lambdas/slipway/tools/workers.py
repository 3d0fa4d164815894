"""kustomize as a library in worker processes: 3 ms a build instead of the 60 ms that starting kubectl takes.

`kubectl kustomize` stays the reference. A worker's output is taken as it is where both have the same code for it
(`slipway.tools.divergence`), and the tests compare the two byte for byte; everything else, and whatever a worker
refuses, cannot do in time or dies of, kubectl does, and its answer counts.
"""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import os
import platform
import queue
import select
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from slipway.errors import LimitError
from slipway.fleet.kustomize import Engine
from slipway.tools import kustomize_worker
from slipway.tools.divergence import inputs_diverge, output_diverges
from slipway.tools.kubectl import MAX_MEMORY_BYTES, MAX_OUTPUT_BYTES, NO_NETWORK, TIMEOUT_SECONDS
from slipway.tools.process import limit_memory

PACKAGE = "pykustomize"
START_SECONDS = 20.0
"""For a worker's first answer, which includes its start."""
MAX_ANSWER_BYTES = 2 * MAX_OUTPUT_BYTES
"""An output as JSON; a larger one is for the reference to refuse."""


class Workers:
    """An `Engine` of worker processes in front of the reference engine. Safe for threads; builds run side by side.

    Args:
        reference: builds what workers do not.
        count: worker processes at most; they start when they are needed.
    """

    def __init__(self, reference: Engine, count: int | None = None) -> None:
        self._reference = reference
        self.count = count or os.cpu_count() or 1
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(self.count):
            self._idle.put(None)

    @cached_property
    def version(self) -> str:
        """The reference's: both must give the same bytes."""
        return self._reference.version

    def build(self, files: Mapping[str, bytes], directory: str) -> str:
        """See `slipway.fleet.kustomize.Engine`."""
        if inputs_diverge(files):
            return self._reference.build(files, directory)
        worker = self._idle.get() or _Worker()
        output = None
        try:
            output = worker.build(files, directory)
        except OSError:
            worker.stop()
        finally:
            self._idle.put(worker if worker.alive else None)
        if output is None or output_diverges(output):
            return self._reference.build(files, directory)
        return output

    def close(self) -> None:
        """Stop the workers; those that are busy stop with the process."""
        with contextlib.suppress(queue.Empty):
            while worker := self._idle.get_nowait():
                worker.stop()


def available() -> bool:
    """True if the library is installed, with a build for this platform."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        return False
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return (Path(package.origin).parent / "_lib" / f"{platform.system().lower()}-{machine}").is_dir()


class _Worker:
    """One worker process."""

    def __init__(self) -> None:
        library = importlib.util.find_spec(PACKAGE)
        paths = [str(Path(library.origin).parent.parent)] if library and library.origin else []
        # Nothing of our environment, neither credentials nor anything that Python or Go would obey, but where a Lambda
        # has Python's own library.
        environment = {**NO_NETWORK, "PYTHONPATH": os.pathsep.join([*paths, *_cffi_paths()])}
        if libraries := os.environ.get("LD_LIBRARY_PATH"):
            environment["LD_LIBRARY_PATH"] = libraries
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-s", str(Path(kustomize_worker.__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        limit_memory(self._process.pid, MAX_MEMORY_BYTES)
        self._first = True
        self._lock = threading.Lock()
        self._end = weakref.finalize(self, _end, self._process)  # also when the interpreter ends

    @property
    def alive(self) -> bool:
        """True if it can take another build."""
        return self._process.poll() is None

    def build(self, files: Mapping[str, bytes], directory: str) -> str | None:
        """The output, None if the library refuses.

        Raises:
            LimitError: it does not come in time; kubectl would not be quicker.
            OSError: the worker died.
        """
        assert self._process.stdin  # noqa: S101 - it is a pipe
        assert self._process.stdout  # noqa: S101
        question = {
            "files": {path: base64.b64encode(content).decode() for path, content in files.items()},
            "directory": directory,
        }
        with self._lock:
            kustomize_worker.write(self._process.stdin, question)
            wait = TIMEOUT_SECONDS + (START_SECONDS if self._first else 0)
            self._first = False
            readable, _, _ = select.select([self._process.stdout], [], [], wait)
            if not readable:
                self.stop()
                raise LimitError(f"kustomize took longer than {TIMEOUT_SECONDS} s (TIMEOUT_SECONDS)")
            answer = kustomize_worker.read(self._process.stdout, MAX_ANSWER_BYTES)
        if answer is None:
            raise BrokenPipeError("the worker ended")
        output: str | None = answer.get("output")
        return output

    def stop(self) -> None:
        """End the process."""
        self._end()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            with contextlib.suppress(OSError):
                stream.close()


def _cffi_paths() -> list[str]:
    found = importlib.util.find_spec("cffi")
    return [str(Path(found.origin).parent.parent)] if found and found.origin else []
