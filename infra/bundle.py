"""The Lambda bundle: one zip with the package `slipway` and its locked dependencies, for Lambda's platform.

`uv` installs `requirements.txt`; neither Docker nor AWS is needed. The same inputs give the same name, so that what was
built before is used again, from `build/bundle/`. The dependencies are kept there by themselves: they seldom change.
"""

from __future__ import annotations

import compileall
import hashlib
import py_compile
import shutil
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
PACKAGE = ROOT / "lambdas" / "slipway"
OUTPUT = ROOT / "build" / "bundle"
SCHEMAS_IN_BUNDLE = "slipway/data/schemas"

BUNDLES_KEPT = 6
"""Older ones are removed from `build/bundle/`: each is some 20 MB, and every edit makes one."""


@dataclass(frozen=True)
class Target:
    """What a bundle is for."""

    python: str
    """Version of the interpreter, e.g. `3.13`."""
    platform: str
    """Platform as `uv --python-platform` knows it; empty: this machine."""


RUNNING_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
LAMBDA = Target(python="3.13", platform="x86_64-manylinux_2_28")
"""The runtime python3.13: Amazon Linux 2023, with glibc 2.34."""
THIS_MACHINE = Target(python=RUNNING_PYTHON, platform="")
"""The emulator runs functions with the interpreter that it runs with itself, which is ours."""


@dataclass(frozen=True)
class Bundle:
    """A built bundle."""

    path: Path
    """The zip."""
    digest: str
    """Name of what went into it."""


def build(target: Target, output: Path = OUTPUT) -> Bundle:
    """Build the bundle, or find the one that was built from the same inputs.

    Raises:
        ToolError: uv could not install the requirements; the text holds what it said.
    """
    own = _own_files()
    dependencies = output / f"dependencies-{_dependencies_digest(target)}.zip"
    digest = _digest(
        [dependencies.name.encode(), *(part for name, content in own for part in (name.encode(), content))]
    )
    bundle = Bundle(output / f"{digest}.zip", digest)
    if not bundle.path.exists():
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=output, prefix="work-") as work:
            if not dependencies.exists():
                _zip_dependencies(target, Path(work)).replace(dependencies)
            _zip_all(dependencies, own, target, Path(work)).replace(bundle.path)
        _forget_old(output)
    return bundle


def _own_files() -> list[tuple[str, bytes]]:
    """Name in the bundle and content of every file that is not a dependency's."""
    files = _contents(PACKAGE, "slipway")
    with tempfile.TemporaryDirectory() as schemas:
        build_schemas(Path(schemas))
        return files + _contents(Path(schemas), SCHEMAS_IN_BUNDLE)


def _contents(directory: Path, name: str) -> list[tuple[str, bytes]]:
    return [(f"{name}/{path.relative_to(directory).as_posix()}", path.read_bytes()) for path in _walk(directory)]


def _zip_dependencies(target: Target, work: Path) -> Path:
    site = work / "site"
    command = [find_uv_bin(), "pip", "install", "--quiet", "--no-config", "--require-hashes", "--only-binary", ":all:"]
    command += [
        "--target",
        str(site),
        "--python",
        sys.executable,
        "--python-version",
        target.python,
        "--link-mode",
        "copy",
    ]
    command += ["--python-platform", target.platform] if target.platform else []
    command += ["-r", str(REQUIREMENTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - all of it is ours
    if done.returncode:
        raise ToolError(f"uv could not install {REQUIREMENTS.name} for {target}:\n{done.stderr.strip()}")
    _compile(site, target)
    archive = work / "dependencies.zip"
    with zipfile.ZipFile(archive, "w") as into:
        _add(into, ((path.relative_to(site).as_posix(), path) for path in _walk(site, bytecode=True)))
    return archive


def _zip_all(dependencies: Path, own: list[tuple[str, bytes]], target: Target, work: Path) -> Path:
    stage = work / "own"
    for name, content in own:
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        (stage / name).write_bytes(content)
    _compile(stage, target)
    archive = work / "bundle.zip"
    shutil.copyfile(dependencies, archive)
    with zipfile.ZipFile(archive, "a") as into:
        _add(into, ((path.relative_to(stage).as_posix(), path) for path in _walk(stage, bytecode=True)))
    return archive


def _compile(directory: Path, target: Target) -> None:
    """Write bytecode, if our interpreter is the target's: it halves a cold start, and Lambda cannot keep any itself.

    Unchecked, because unzipping gives files new times, which would make any other kind of bytecode stale.
    """
    if target.python == RUNNING_PYTHON:
        compileall.compile_dir(directory, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)


def _add(archive: zipfile.ZipFile, files: Iterable[tuple[str, Path]]) -> None:
    """Add files with neither their times nor their owners: the zip depends on the contents alone."""
    for name, path in files:
        if _needed(name):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)


def _needed(name: str) -> bool:
    # botocore comes along with the X-Ray SDK. Its descriptions of 400 services are 25 MB, and `slipway.aws` reads none.
    described_service = name.startswith("botocore/data/") and name.count("/") > 2
    return not described_service and not name.startswith("bin/") and not name.endswith((".pyi", "/RECORD"))


def _walk(directory: Path, *, bytecode: bool = False) -> Iterator[Path]:
    for path in sorted(directory.rglob("*")):
        if path.is_file() and (bytecode or "__pycache__" not in path.parts):
            yield path


def _dependencies_digest(target: Target) -> str:
    this_module = Path(__file__).read_bytes()
    return _digest([REQUIREMENTS.read_bytes(), this_module, repr((target, RUNNING_PYTHON)).encode()])


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:32]


def _forget_old(output: Path) -> None:
    bundles = [path for path in output.glob("*.zip") if not path.name.startswith("dependencies-")]
    for path in sorted(bundles, key=lambda path: path.stat().st_mtime, reverse=True)[BUNDLES_KEPT:]:
        path.unlink(missing_ok=True)
