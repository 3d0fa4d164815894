"""How fast and how large schema validation is, against `kubernetes_validate.validate` on the same objects."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from infra.schemas import build_schemas
from slipway.checks.schema import Schemas, validate
from slipway.tools import schemas as tools

VERSION = "1.33"
ROOT = Path(__file__).parents[2]
OBJECTS = [
    obj
    for obj in yaml.safe_load_all((ROOT / "tests" / "unit" / "schema_objects.yaml").read_text())
    if obj["kind"] in ("Deployment", "Service", "CronJob", "Ingress", "PersistentVolumeClaim", "ServiceAccount")
]
AT_LEAST_TIMES_FASTER = 100
"""It was 540 times with two engineers' work on the machine."""
COLD_SECONDS = 0.3
MEGABYTES = 100
"""For three versions, with all kinds of everyday compiled."""

MEMORY = """
import sys
from slipway.tools.schemas import load_schemas
from slipway.checks.schema import validate
import yaml
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4
objects = list(yaml.safe_load_all(open(sys.argv[1])))
before = resident()
schemas = load_schemas()
for version in sys.argv[2:]:
    for obj in objects:
        validate(obj, version, schemas)
print(resident() - before)
"""


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Schemas]:
    build_schemas(tmp_path)
    monkeypatch.setattr(tools, "PACKAGED", tmp_path)
    return tools.load_schemas


def seconds(action: Callable[[], Any], times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        action()
    return (time.perf_counter() - started) / times


def test_throughput(bundled: Callable[[], Schemas]) -> None:
    schemas = bundled()

    def ours() -> None:
        for obj in OBJECTS:
            assert validate(obj, VERSION, schemas).valid

    def theirs() -> None:
        for obj in OBJECTS:
            kubernetes_validate.validate(obj, VERSION, strict=True)

    ours()
    mine, other = seconds(ours, 300) / len(OBJECTS), seconds(theirs, 2) / len(OBJECTS)
    print(f"\nvalidate: {1 / mine:,.0f} objects/s; kubernetes_validate: {1 / other:,.0f}; ratio {other / mine:,.0f}")
    assert other / mine > AT_LEAST_TIMES_FASTER


def test_cold_start(bundled: Callable[[], Schemas]) -> None:
    deployment = OBJECTS[0]
    from_bundle = seconds(lambda: validate(deployment, VERSION, bundled()), 10)
    from_package = seconds(lambda: validate(deployment, VERSION, tools.published_schemas()), 10)
    unknown_api = {"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", "metadata": {"name": "x"}}
    all_versions = seconds(lambda: validate(unknown_api, VERSION, bundled()), 3)
    print(f"\nload a version and validate a Deployment: {from_bundle * 1e3:.0f} ms from the bundle, ", end="")
    print(f"{from_package * 1e3:.0f} ms from the package; search all versions: {all_versions * 1e3:.0f} ms")
    assert max(from_bundle, from_package) < COLD_SECONDS


def test_memory() -> None:
    def used(*versions: str) -> int:
        command = [sys.executable, "-c", MEMORY, str(ROOT / "tests" / "unit" / "schema_objects.yaml"), *versions]
        path = {"PYTHONPATH": str(ROOT / "lambdas"), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, env=path, capture_output=True, text=True, check=True)
        return int(done.stdout) // 1024

    one, three = used("1.33"), used("1.31", "1.33", "1.35")
    print(f"\nresident memory: {one} MB with one version, {three} MB with three")
    assert one < three < MEGABYTES
