"""Other refs of the repository at hand are read from the local clone, and nothing of it is run."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from slipway.fleet.errors import NotFetched
from slipway.fleet.flux import Source
from slipway.fleet.objects import KubeObject, Location
from slipway.tools.clone import Clone

URL = "https://github.com/acme/fleet"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A clone with the tags v1.0.0 and v1.1.0 (annotated), and the branches main and production."""
    directory = tmp_path / "fleet"
    directory.mkdir()
    _git(directory, "init", "-q", "-b", "main")
    for version in ("v1.0.0", "v1.1.0"):
        _commit(directory, {"a.yaml": f"a: {version}\r\n", "deep/b.yaml": "b"})
        _git(directory, "tag", "-a", "-m", version, version)
    _git(directory, "branch", "production", "v1.0.0")
    _commit(directory, {"a.yaml": "a: main\n"})
    return directory


@pytest.mark.parametrize(
    ("ref", "content"),
    [
        ({"tag": "v1.0.0"}, "a: v1.0.0\r\n"),
        ({"semver": ">=1.0.0"}, "a: v1.1.0\r\n"),
        ({"branch": "production"}, "a: v1.0.0\r\n"),
        ({"name": "refs/tags/v1.1.0"}, "a: v1.1.0\r\n"),
    ],
)
def test_a_ref_is_read_as_it_was_committed(directory: Path, ref: Mapping[str, str], content: str) -> None:
    tree = Clone(directory).fetch(_source(ref))
    assert (tree.read("a.yaml").decode(), tree.read("deep/b.yaml")) == (content, b"b")


def test_a_commit_is_read_by_its_id(directory: Path) -> None:
    commit = _git(directory, "rev-parse", "v1.0.0^{commit}").strip()
    tree = Clone(directory).fetch(_source({"commit": commit, "branch": "main"}))
    assert (tree.revision, tree.read("a.yaml")) == (commit, b"a: v1.0.0\r\n")


def test_what_the_remote_has_goes_before_a_branch_of_the_clone(directory: Path, tmp_path: Path) -> None:
    for name, url in (("fork", "https://github.com/mona/fleet"), ("upstream", "git@github.com:acme/fleet.git")):
        _git(directory, "remote", "add", name, url)
        _git(directory, "update-ref", f"refs/remotes/{name}/production", "v1.1.0" if name == "upstream" else "main")
    assert Clone(directory).fetch(_source({"branch": "production"})).read("a.yaml") == b"a: v1.1.0\r\n"


@pytest.mark.parametrize("ref", [{"tag": "v9"}, {"branch": "*"}, {"branch": "main~1"}, {"commit": "a" * 40}])
def test_a_ref_that_the_clone_does_not_have_is_not_fetched(directory: Path, ref: Mapping[str, str]) -> None:
    with pytest.raises(NotFetched, match=r"the local clone does not have; fetch it, or give its files"):
        Clone(directory).fetch(_source(ref))


def test_a_directory_that_is_no_clone_of_its_own_has_no_refs(directory: Path, tmp_path: Path) -> None:
    for other in (tmp_path, directory / "deep"):
        clone = Clone(other)
        assert clone.likely_branches == ()
        with pytest.raises(NotFetched, match="is no Git clone"):
            clone.fetch(_source({"tag": "v1.0.0"}))


def test_the_branch_that_is_checked_out_is_the_likeliest(directory: Path) -> None:
    _git(directory, "update-ref", "refs/remotes/origin/trunk", "main")
    _git(directory, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert Clone(directory).likely_branches == ("main", "trunk")
    _git(directory, "checkout", "-q", "--detach")
    assert Clone(directory).likely_branches == ("trunk",)


def test_links_and_submodules_are_left_out(directory: Path) -> None:
    (directory / "link.yaml").symlink_to("a.yaml")
    _git(directory, "update-index", "--add", "--cacheinfo", f"160000,{'a' * 40},module")
    _commit(directory, {})
    tree = Clone(directory).fetch(_source({"branch": "main"}))
    assert [(item.path, item.why.partition(";")[0]) for item in tree.dropped] == [
        ("link.yaml", "a symbolic link"),
        ("module", "a submodule"),
    ]


def test_nothing_that_the_repository_configures_is_run(directory: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {ran}\n")
    script.chmod(0o755)
    _commit(directory, {".gitattributes": "* filter=evil\n"})
    for name in ("core.fsmonitor", "core.sshCommand", "core.pager", "filter.evil.smudge", "gpg.program"):
        _git(directory, "config", name, str(script))
    _git(directory, "config", "core.hooksPath", str(tmp_path))
    _git(directory, "remote", "add", "origin", f"ext::{script}")
    _git(directory, "config", "protocol.allow", "always")
    _git(directory, "config", "extensions.partialClone", "origin")
    lost = _git(directory, "rev-parse", "v1.0.0:a.yaml").strip()
    (directory / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    ran.unlink(missing_ok=True)
    clone = Clone(directory)
    assert clone.fetch(_source({"branch": "main"})).read(".gitattributes")
    with pytest.raises(NotFetched, match="lacks objects of its own history"):
        clone.fetch(_source({"tag": "v1.0.0"}))
    assert not ran.exists()


def _source(ref: Mapping[str, str]) -> Source:
    value: dict[str, Any] = {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": "fleet", "namespace": "flux-system"},
        "spec": {"url": URL, "ref": dict(ref)},
    }
    return Source(KubeObject(value, Location("", "", 0)))


def _commit(directory: Path, files: Mapping[str, str]) -> None:
    for path, content in files.items():
        (directory / path).parent.mkdir(exist_ok=True)
        (directory / path).write_bytes(content.encode())
    _git(directory, "add", "--all", "--", *files) if files else _git(directory, "add", "link.yaml")
    _git(directory, "commit", "-q", "-m", "A change")


def _git(directory: Path, *arguments: str) -> str:
    who = ("-c", "user.name=dora", "-c", "user.email=dora@example.com", "-c", "core.autocrlf=false")
    command = ["git", "-C", str(directory), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
