"""A directory is read as the tree that Flux would see of it."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.errors import InputError, LimitError
from slipway.fleet import manifests
from slipway.tools import directory
from slipway.tools.directory import LINK, SUBMODULE, tree_from_directory

Git = Callable[..., None]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    def run(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        command = ["git", "-C", str(tmp_path), *identity, *arguments]
        subprocess.run(command, env=environment, check=True, capture_output=True)

    return run


def test_all_files_are_read(tmp_path: Path) -> None:
    _write(tmp_path, "a.yaml", "deep/er/b.yaml", ".hidden/c.yaml", "é ü.yaml")
    (tmp_path / "empty").mkdir()
    tree = tree_from_directory(tmp_path, "acme/a")
    assert set(tree) == {"a.yaml", "deep/er/b.yaml", ".hidden/c.yaml", "é ü.yaml"}
    assert (tree.read("deep/er/b.yaml"), tree.name, tree.dropped) == (b"deep/er/b.yaml", "acme/a", ())


def test_git_says_what_belongs_to_the_repository(tmp_path: Path, git: Git) -> None:
    git("init")
    _write(tmp_path, "a.yaml", "new.yaml", "gone.yaml", "build/b.yaml", "node_modules/c.yaml")
    (tmp_path / ".gitignore").write_text("build/\nnode_modules/\n")
    git("add", "-f", "a.yaml", "gone.yaml", "build/b.yaml")
    (tmp_path / "gone.yaml").unlink()
    assert set(tree_from_directory(tmp_path)) == {".gitignore", "a.yaml", "new.yaml", "build/b.yaml"}
    assert set(tree_from_directory(tmp_path / "build")) == {"b.yaml"}


def test_a_directory_that_git_ignores_is_read_whole(tmp_path: Path, git: Git) -> None:
    git("init")
    (tmp_path / ".gitignore").write_text("*\n")
    _write(tmp_path, "fixtures/a.yaml", "fixtures/.git/config")
    assert set(tree_from_directory(tmp_path / "fixtures")) == {"a.yaml"}


def test_without_git_everything_belongs_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    _write(tmp_path, "a.yaml", ".git/config")
    assert set(tree_from_directory(tmp_path)) == {"a.yaml"}


def test_a_hook_of_git_reads_the_same(tmp_path: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    git("init")
    _write(tmp_path, "a.yaml")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other/index"))
    assert set(tree_from_directory(tmp_path)) == {"a.yaml"}


def test_a_program_that_the_repository_names_does_not_run(tmp_path: Path, git: Git) -> None:
    git("init")
    _write(tmp_path, "a.yaml")
    program = tmp_path / ".git/program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    git("add", "a.yaml")
    git("config", "core.fsmonitor", str(program))
    assert set(tree_from_directory(tmp_path)) == {"a.yaml"}
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("in_git", [False, True])
def test_links_are_dropped_by_name(tmp_path: Path, git: Git, in_git: bool) -> None:
    if in_git:
        git("init")
    _write(tmp_path, "a.yaml", "deep/b.yaml")
    (tmp_path / "link.yaml").symlink_to("/etc/passwd")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "up").symlink_to("..")
    (tmp_path / "deep/directory").symlink_to(tmp_path / "deep")
    tree = tree_from_directory(tmp_path)
    assert set(tree) == {"a.yaml", "deep/b.yaml"}
    assert {(entry.path, entry.why) for entry in tree.dropped} == {
        (path, LINK) for path in ("dangling", "deep/directory", "link.yaml", "up")
    }


def test_a_submodule_is_dropped_by_name(tmp_path: Path, git: Git) -> None:
    git("init")
    _write(tmp_path, "a.yaml")
    git("init", "module")
    _write(tmp_path, "module/b.yaml")
    git("-C", "module", "add", ".")
    git("-C", "module", "commit", "-m", "x")
    git("add", "module")
    tree = tree_from_directory(tmp_path)
    assert (set(tree), [(entry.path, entry.why) for entry in tree.dropped]) == ({"a.yaml"}, [("module", SUBMODULE)])


def test_a_conflict_is_one_file(tmp_path: Path, git: Git) -> None:
    git("init", "-b", "main")
    for branch in ("main", "other"):
        git("checkout", "-B", branch)
        (tmp_path / "a.yaml").write_text(branch)
        git("add", "a.yaml")
        git("commit", "-m", branch, "--allow-empty")
        if branch == "main":
            git("checkout", "--orphan", "fresh")
    with pytest.raises(subprocess.CalledProcessError):
        git("merge", "main", "--allow-unrelated-histories")
    assert b"<<<<<<<" in tree_from_directory(tmp_path).read("a.yaml")


def test_names_that_are_not_utf8_are_dropped_in_print(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff.yaml")
    try:
        (tmp_path / name).write_text("a: b")
    except OSError:
        pytest.fail("this file system takes UTF-8 only; the test needs another")
    tree = tree_from_directory(tmp_path)
    assert (set(tree), [entry.path for entry in tree.dropped]) == (set(), ["\\xff.yaml"])
    assert str(tree.dropped[0].path).encode()


def test_large_files_are_dropped_unless_they_are_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "MAX_FILE_BYTES", 100)
    monkeypatch.setattr("slipway.fleet.events.MAX_FILE_BYTES", 100)
    (tmp_path / "a.bin").write_bytes(b"x" * 101)
    (tmp_path / "b.bin").write_bytes(b"x" * 100)
    (tmp_path / "a.yaml").write_bytes(b"x" * 100_000)
    tree = tree_from_directory(tmp_path)
    assert set(tree) == {"a.yaml", "b.bin"}
    assert [entry.path for entry in tree.dropped] == ["a.bin"]
    assert len(tree.read("a.yaml")) == 101
    with pytest.raises(LimitError, match="MAX_FILE_BYTES"):
        manifests.load_documents(tree.read("a.yaml"), "a.yaml")


def test_what_is_no_file_is_left_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    _write(tmp_path, "a.yaml")
    assert set(tree_from_directory(tmp_path)) == {"a.yaml"}


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_what_is_no_directory_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=f"{name} is no directory"):
        tree_from_directory(tmp_path / name)


def _write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)
