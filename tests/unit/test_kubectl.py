"""The reference engine gives kustomize's output or its words, within limits, and nothing of ours to kustomize."""

import os
import re
import stat
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from slipway.errors import LimitError, RetryLater, ToolError
from slipway.fleet.errors import BuildError
from slipway.tools import kubectl
from slipway.tools.cache import DiskCache, cache_directory, trim
from slipway.tools.kubectl import Kubectl
from slipway.tools.workers import Workers

ENGINE = Kubectl(kubectl.find())
CONFIG = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
FILES: Mapping[str, bytes] = {"app/kustomization.yaml": b"resources: [a.yaml]\n", "app/a.yaml": CONFIG}


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where builds have their directories."""
    path = tmp_path / "scratch"
    path.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(path))
    return path


def test_a_build_is_kustomizes_output_and_leaves_nothing(scratch: Path) -> None:
    assert ENGINE.build(FILES, "app") == "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
    assert list(scratch.iterdir()) == []


def test_the_root_is_a_directory_too() -> None:
    assert "name: a" in ENGINE.build({"kustomization.yaml": b"resources: [a.yaml]\n", "a.yaml": CONFIG}, "")


@pytest.mark.parametrize(
    "directory", ["with space", "-a", "é", "a?ref=b", "github.com/a/b", "a.git", "x:y", "$(touch x)"]
)
def test_a_directory_may_have_any_name(directory: str) -> None:
    files = {
        f"{directory}/{name}": content
        for name, content in {"kustomization.yaml": b"resources: [a.yaml]\n", "a.yaml": CONFIG}.items()
    }
    assert "name: a" in ENGINE.build(files, directory)


def test_the_version_names_kubectl_and_kustomize() -> None:
    assert re.fullmatch(r"kubectl v1\.\d+\.\d+ v5\.\d+\.\d+", ENGINE.version)


def test_an_error_is_kustomizes_own_without_our_directories(scratch: Path) -> None:
    files = {
        "app/kustomization.yaml": b"bases: [../base]\ncommonLabels: {a: b}\n",
        "base/kustomization.yaml": b"foo: bar\n",
    }
    with pytest.raises(BuildError) as refused:
        ENGINE.build(files, "app")
    assert refused.value.message.startswith("accumulating resources: ")
    assert 'unknown field "foo"' in refused.value.message
    assert "base" in refused.value.message
    assert str(scratch) not in refused.value.message
    assert "deprecated" not in refused.value.message
    assert list(scratch.iterdir()) == []


def test_builds_see_nothing_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    seen = Kubectl(_program(tmp_path, "env; echo in: $(cat | wc -c)")).build(FILES, "app")
    assert "secret" not in seen
    assert "in: 0" in seen
    home = re.search("^HOME=(.*)$", seen, re.MULTILINE)
    assert home
    assert not Path(home[1]).exists()


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "a//x", "./x", "a/../x", "x\0", ""])
def test_no_file_is_written_elsewhere(scratch: Path, path: str) -> None:
    with pytest.raises(BuildError, match="is no path of a file in a repository"):
        ENGINE.build({**FILES, path: b"x"}, "app")
    assert list(scratch.parent.iterdir()) == [scratch]
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("path", ["a" * 300, "/".join(["a" * 200] * 30), "app/a.yaml/x", "app"])
def test_a_file_that_no_disk_takes_is_the_repositorys_error(path: str) -> None:
    with pytest.raises(BuildError, match="kustomize cannot read this file") as refused:
        ENGINE.build({**FILES, path: b"x"}, "app")
    assert refused.value.file == path


def test_a_full_disk_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(RetryLater, match="No space left"):
        ENGINE.build(FILES, "app")


LIMITS = {
    "time": ("TIMEOUT_SECONDS", 0.3, "while :; do :; done", "took longer than 0.3 s"),
    "sleep": ("TIMEOUT_SECONDS", 0.3, "exec sleep 60", "TIMEOUT_SECONDS"),
    "output": ("MAX_OUTPUT_BYTES", 1000, "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxx; done", "MAX_OUTPUT_BYTES"),
    "the system's patience": ("TIMEOUT_SECONDS", 60, "kill -9 $$", "MAX_MEMORY_BYTES"),
}


@pytest.mark.parametrize(("constant", "value", "script", "message"), LIMITS.values(), ids=LIMITS)
def test_a_build_meets_its_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, constant: str, value: float, script: str, message: str
) -> None:
    monkeypatch.setattr(kubectl, constant, value)
    before = time.monotonic()
    with pytest.raises(LimitError, match=message):
        Kubectl(_program(tmp_path, script)).build(FILES, "app")
    assert time.monotonic() - before < 20


def test_a_build_meets_its_limit_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sys.platform == "linux", "other systems have no such limit"
    monkeypatch.setattr(kubectl, "MAX_MEMORY_BYTES", 80 * 1024 * 1024)
    patch = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  x: " + b"x" * 100_000
    files = {
        "kustomization.yaml": b"resources: [a.yaml]\npatches: [{path: p.yaml, target: {kind: ConfigMap}}]\n",
        "a.yaml": b"---\n".join(CONFIG.replace(b"name: a", b"name: a%d" % n) for n in range(200)),
        "p.yaml": patch,
    }
    with pytest.raises(LimitError, match="MAX_MEMORY_BYTES"):
        ENGINE.build(files, "")


def test_much_that_is_said_does_no_harm(tmp_path: Path) -> None:
    with pytest.raises(BuildError) as refused:
        Kubectl(_program(tmp_path, "head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1")).build(FILES, "app")
    assert len(refused.value.message) == kubectl.MAX_MESSAGE


def test_a_panic_is_told_without_its_stack(tmp_path: Path) -> None:
    script = "printf '# Warning: old\\npanic: runtime error\\n\\ngoroutine 1 [running]:\\nmain.main()\\n' >&2; exit 2"
    with pytest.raises(BuildError) as refused:
        Kubectl(_program(tmp_path, script)).build(FILES, "app")
    assert refused.value.message == "panic: runtime error"


TELLTALES = {
    "an object that kustomize cannot write": {
        "kustomization.yaml": b"resources: [a.yaml]\n",
        "a.yaml": b'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: "hush\\x7f", b: hush}\n',
    },
    "a generator": {
        "kustomization.yaml": b"secretGenerator:\n- name: a\n  literals: [a=hush, b]\n",
    },
    "a patch of the wrong kind": {
        "kustomization.yaml": b"resources: [a.yaml]\npatches: [{path: p.yaml}]\n",
        "a.yaml": b"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: hush\n",
        "p.yaml": b"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: {b: hush}}\n",
    },
    "metadata of the wrong kind": {
        "kustomization.yaml": b"resources: [a.yaml]\ncommonLabels: {a: b}\n",
        "a.yaml": b"apiVersion: v1\nkind: Secret\nmetadata: {name: a, labels: hush}\nstringData: {a: hush}\n",
    },
    "no YAML": {"kustomization.yaml": b"resources: [a.yaml]\n", "a.yaml": b"kind: Secret\nstringData: {a: hush\n"},
}


@pytest.mark.parametrize("files", TELLTALES.values(), ids=TELLTALES)
def test_values_of_objects_are_not_in_errors(files: Mapping[str, bytes]) -> None:
    with pytest.raises(BuildError) as refused:
        ENGINE.build(files, "")
    assert "hush" not in refused.value.message
    assert len(refused.value.message) > 20


def test_a_kubectl_that_is_none_is_a_broken_tool(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="is missing"):
        Kubectl(tmp_path / "nowhere").build(FILES, "app")
    with pytest.raises(ToolError, match="is no kubectl: what"):
        _ = Kubectl(_program(tmp_path, "echo what >&2; exit 1")).version
    (tmp_path / "text").write_text("x")
    with pytest.raises(RetryLater, match="Permission denied"):
        Kubectl(tmp_path / "text").build(FILES, "app")


def test_kubectl_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert kubectl.find({"SLIPWAY_KUBECTL": "/opt/x"}) == Path("/opt/x")
    assert kubectl.find({"SLIPWAY_KUBECTL": "x"}) == tmp_path / "x"


def test_a_schema_of_one_build_is_not_anothers() -> None:
    head = b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"
    deployment = head + b"spec: {template: {spec: {containers: [{name: a}, {name: b}]}}}\n"
    patch = head + b"spec: {template: {spec: {containers: [{name: a, image: x}]}}}\n"
    schema = (
        b'{"definitions": {"D": {"type": "object", "properties": {"spec": {"type": "object"}}, '
        b'"x-kubernetes-group-version-kind": [{"group": "apps", "kind": "Deployment", "version": "v1"}]}}}'
    )
    build = {
        "kustomization.yaml": b"resources: [d.yaml]\npatches: [{path: p.yaml}]\n",
        "d.yaml": deployment,
        "p.yaml": patch,
    }
    spoilt = {**build, "kustomization.yaml": b"resources: [d.yaml]\nopenapi: {path: s.json}\n", "s.json": schema}
    workers = Workers(ENGINE, count=1)
    try:
        before = workers.build(build, "")
        workers.build(spoilt, "")
        assert workers.build(build, "") == before
    finally:
        workers.close()


def test_outputs_are_kept_on_a_disk(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "builds")
    assert cache.get("d") is None
    cache.put("d", "é\n" * 1000)
    cache.put("d", "é\n" * 1000)
    assert DiskCache(tmp_path / "builds").get("d") == "é\n" * 1000
    [entry] = (tmp_path / "builds").iterdir()
    assert entry.stat().st_size < 100


@pytest.mark.parametrize("damage", [b"", b"x", b"x\x9c\x03\x00"])
def test_a_damaged_entry_is_none(tmp_path: Path, damage: bytes) -> None:
    cache = DiskCache(tmp_path)
    cache.put("d", "output")
    (tmp_path / "d").write_bytes(damage)
    assert cache.get("d") is None


def test_a_disk_that_takes_nothing_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = DiskCache(tmp_path / "file")
    cache.put("d", "output")
    assert cache.get("d") is None
    cache.trim()


def test_what_was_used_longest_ago_goes(tmp_path: Path) -> None:
    for age, name in enumerate("dcba"):
        (tmp_path / name).write_bytes(b"x" * 10)
        os.utime(tmp_path / name, (1_000 - age, 1_000 - age))
    trim(tmp_path, 40)
    assert len(list(tmp_path.iterdir())) == 4
    trim(tmp_path, 39)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["d"]


def test_the_cache_is_where_the_environment_says() -> None:
    assert cache_directory({"XDG_CACHE_HOME": "/x"}) == Path("/x/slipway")
    assert cache_directory({}) == Path.home() / ".cache/slipway"


def _program(directory: Path, script: str) -> Path:
    path = directory / "program"
    path.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
