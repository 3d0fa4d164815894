"""The Lambda bundle: one zip with the package `slipway` and its locked dependencies, for Lambda's platform.

`uv` installs `requirements.txt`; neither Docker nor AWS is needed. The same inputs give the same name, so that what was
built before is used again, from `build/bundle/`. The dependencies are kept there by themselves: they seldom change.
"""

from __future__ import annotations

import compileall
import contextlib
import hashlib
import py_compile
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from infra.schemas import build_schemas
from slipway.errors import ToolError

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements.txt"
ENGINE = ROOT / "requirements-engine.txt"
ENGINE_PYTHON = "3.14"
"""What the engine's metadata asks for, though nothing in it needs it (docs/decisions/kustomize-in-workers.md)."""
PACKAGE = ROOT / "lambdas" / "slipway"
OUTPUT = ROOT / "build" / "bundle"
SCHEMAS_IN_BUNDLE = "slipway/data/schemas"

BOTOCORE_SERVICES = frozenset(
    {"dynamodb", "eks", "events", "lambda", "s3", "secretsmanager", "sqs", "stepfunctions", "sts", "xray"}
)
"""Those of `slipway.aws.clients`; `sts`, for roles; and `xray`, which the X-Ray SDK asks for when it is imported."""
BUNDLES_KEPT = 6
"""Older ones are removed from `build/bundle/`: every edit makes one."""


@dataclass(frozen=True)
class Target:
    """What a bundle is for."""

    python: str
    """Version of the interpreter, e.g. `3.13`."""
    platform: str
    """Platform as `uv --python-platform` knows it; empty: this machine."""
    complete: bool = True
    """False: the dependencies stay outside of the zip."""


RUNNING_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
LAMBDA = Target(python="3.13", platform="x86_64-manylinux_2_28")
"""The runtime python3.13: Amazon Linux 2023, with glibc 2.34."""
EMULATOR = Target(python=RUNNING_PYTHON, platform="", complete=False)
"""Runs functions here, with our interpreter, and would unpack the dependencies for each of dozens of processes."""


@dataclass(frozen=True)
class Bundle:
    """A built bundle."""

    path: Path
    """The zip."""
    digest: str
    """Name of what went into it."""
    dependencies: Path
    """Directory that the dependencies lie in, be they in the zip too or not."""


def build(target: Target, output: Path = OUTPUT) -> Bundle:
    """Build the bundle, or find the one that was built from the same inputs.

    Raises:
        ToolError: uv could not install the requirements; the text holds what it said.
    """
    output.mkdir(parents=True, exist_ok=True)
    dependencies = _dependencies(target, output)
    own = _own_files()
    digest = _digest(
        [dependencies.name.encode(), *(part for name, content in own for part in (name.encode(), content))]
    )
    bundle = Bundle(output / f"{digest}.zip", digest, dependencies)
    if not bundle.path.exists():
        with tempfile.TemporaryDirectory(dir=output, prefix="work-") as work:
            _zip(bundle, own, target, Path(work)).replace(bundle.path)
        _forget_old(output)
    return bundle


def _dependencies(target: Target, output: Path) -> Path:
    """The directory with the dependencies for a target."""
    inputs = [
        REQUIREMENTS.read_bytes(),
        ENGINE.read_bytes(),
        Path(__file__).read_bytes(),
        repr((target, RUNNING_PYTHON)).encode(),
    ]
    directory = output / f"dependencies-{_digest(inputs)}"
    if not directory.exists():
        with tempfile.TemporaryDirectory(dir=output, prefix="work-") as work:
            site = Path(work) / "site"
            _install(REQUIREMENTS, target.python, target, site)
            _install(ENGINE, ENGINE_PYTHON, target, site, "--no-deps")
            _prune(site)
            _compile(site, target)
            with contextlib.suppress(OSError):  # another process was quicker: its directory is the same
                site.replace(directory)
    return directory


def _install(requirements: Path, python: str, target: Target, site: Path, *options: str) -> None:
    command = [find_uv_bin(), "pip", "install", "--quiet", "--no-config", "--require-hashes", "--only-binary", ":all:"]
    command += ["--python", sys.executable, "--python-version", python, "--target", str(site)]
    command += ["--python-platform", target.platform] if target.platform else []
    command += ["--link-mode", "copy", *options, "-r", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - all of it is ours
    if done.returncode:
        raise ToolError(f"uv could not install {requirements.name} for {target}:\n{done.stderr.strip()}")


def _own_files() -> list[tuple[str, bytes]]:
    """Name in the bundle and content of every file that is not a dependency's."""
    files = _contents(PACKAGE, "slipway")
    with tempfile.TemporaryDirectory() as schemas:
        build_schemas(Path(schemas))
        return files + _contents(Path(schemas), SCHEMAS_IN_BUNDLE)


def _contents(directory: Path, name: str) -> list[tuple[str, bytes]]:
    return [(f"{name}/{path.relative_to(directory).as_posix()}", path.read_bytes()) for path in _walk(directory)]


def _prune(site: Path) -> None:
    """Remove what no function needs; nearly all of it is botocore's descriptions of 400 services, 25 MB."""
    for path in _walk(site):
        name = path.relative_to(site).as_posix()
        service = re.match("botocore/data/([^/]+)/", name)
        if (service and service[1] not in BOTOCORE_SERVICES) or name.startswith("bin/") or name.endswith(".pyi"):
            path.unlink()


def _zip(bundle: Bundle, own: list[tuple[str, bytes]], target: Target, work: Path) -> Path:
    stage = work / "own"
    for name, content in own:
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        (stage / name).write_bytes(content)
    _compile(stage, target)
    archive = work / "bundle.zip"
    with zipfile.ZipFile(archive, "w") as into:
        for directory in (bundle.dependencies, stage) if target.complete else (stage,):
            _add(into, directory)
    return archive


def _compile(directory: Path, target: Target) -> None:
    """Write bytecode, if our interpreter is the target's: it halves a cold start, and Lambda cannot keep any itself.

    Unchecked, because unzipping gives files new times, which would make any other kind of bytecode stale.
    """
    if target.python == RUNNING_PYTHON:
        compileall.compile_dir(directory, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)


def _add(archive: zipfile.ZipFile, directory: Path) -> None:
    """Add all files, with neither times nor owners: the zip depends on the contents alone."""
    for path in _walk(directory, bytecode=True):
        entry = zipfile.ZipInfo(path.relative_to(directory).as_posix())
        entry.external_attr = 0o100644 << 16
        archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)


def _walk(directory: Path, *, bytecode: bool = False) -> Iterator[Path]:
    for path in sorted(directory.rglob("*")):
        if path.is_file() and (bytecode or "__pycache__" not in path.parts):
            yield path


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:32]


def _forget_old(output: Path) -> None:
    for path in sorted(output.glob("*.zip"), key=lambda path: path.stat().st_mtime, reverse=True)[BUNDLES_KEPT:]:
        path.unlink(missing_ok=True)
