"""Which commit a source asks for."""

from collections.abc import Mapping

import pytest

from slipway.fleet.errors import BuildError
from slipway.fleet.gitref import GitRef, git_ref, newest_tag

SHA = "0123456789abcdef" * 2 + "01234567"


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        ({}, GitRef("branch", "master")),
        ({"name": "", "branch": "main"}, GitRef("branch", "main")),
        ({"branch": "main", "tag": "v1"}, GitRef("tag", "v1")),
        ({"semver": "1.x", "tag": "v1"}, GitRef("tag", "v1")),
        ({"semver": "1.x", "branch": "main"}, GitRef("range", "1.x")),
        ({"name": "refs/heads/a/b", "tag": "v1"}, GitRef("branch", "a/b")),
        ({"name": "refs/tags/v1^{}"}, GitRef("tag", "v1")),
        ({"name": "refs/pull/7/head"}, GitRef("ref", "refs/pull/7/head")),
        ({"name": "HEAD"}, GitRef("ref", "HEAD")),
        ({"commit": SHA.upper(), "name": "refs/heads/a", "branch": "main"}, GitRef("commit", SHA)),
    ],
)
def test_a_commit_goes_before_a_name_and_that_before_a_tag_a_range_and_a_branch(
    ref: Mapping[str, str], found: GitRef
) -> None:
    assert git_ref(ref) == found


@pytest.mark.parametrize("ref", [{"commit": SHA[:12]}, {"commit": "main"}, {"name": "main"}, {"name": "heads/main"}])
def test_what_is_no_full_name_finds_nothing(ref: Mapping[str, str]) -> None:
    with pytest.raises(BuildError, match=r"spec\.ref\."):
        git_ref(ref)


@pytest.mark.parametrize(
    ("wanted", "tags", "found"),
    [
        (">=1.0.0", ["v1.0.0", "v1.10.0", "v1.9.0", "v2.0.0-rc.1", "latest"], "v1.10.0"),
        (">=1.0.0-0", ["v1.0.0", "v2.0.0-rc.1", "v2.0.0-rc.2"], "v2.0.0-rc.2"),
        ("1.x", ["1.2", "1.1.0", "1"], "1.1.0"),
        ("1.0.x", ["1.0.0+old", "1.0.0+new"], "1.0.0+new"),
        ("1.0.x", ["v1.0.0", "1.0.0"], "v1.0.0"),
    ],
)
def test_the_newest_version_in_a_range_is_taken(wanted: str, tags: list[str], found: str) -> None:
    when = {"1.0.0+new": 2.0, "v1.0.0": 2.0}
    assert newest_tag(GitRef("range", wanted), tags, lambda tag: when.get(tag, 1.0)) == GitRef("tag", found)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [("newest", "is no range of versions"), (">=2", r"no tag is in the range >=2"), ("", "no range")],
)
def test_a_range_without_a_tag_is_an_error(wanted: str, said: str) -> None:
    with pytest.raises(BuildError, match=said):
        newest_tag(GitRef("range", wanted), ["v1.0.0"], lambda _: 0.0)
