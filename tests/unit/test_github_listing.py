"""A tree is all of its commit, whatever `.gitattributes` does to the archive."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slipway.errors import LimitError
from slipway.fleet.tree import Dropped, Tree
from slipway.github.gunzip import DamagedArchive
from slipway.github.limits import ArchiveLimits
from slipway.github.listing import Blob, absent, completed, object_id
from slipway.github.treecache import FILE_BYTES, TreeCache

LIMITS = ArchiveLimits()
SHA1 = "0" * 40


def blob(path: str, content: bytes = b"") -> Blob:
    return Blob(path, object_id(content, like=SHA1), len(content))


def test_an_object_has_gits_id() -> None:
    assert object_id(b"hello\n", like=SHA1) == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert object_id(b"hello\n", like="0" * 64) == "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4"


def test_a_whole_tree_lacks_nothing() -> None:
    tree = Tree({"a.yaml": b"a", "b": b""}, dropped=[Dropped("logo.png", "large")])
    assert absent(tree, [blob("a.yaml", b"a"), blob("b"), blob("logo.png", b"png")], LIMITS) == ([], [])


def test_files_that_are_left_out_or_changed_are_absent() -> None:
    tree = Tree({"changed.yaml": b"$Format:%H$ replaced", "same": b""})
    listing = [blob("changed.yaml", b"$Format:%H$"), blob("hidden.yaml", b"evil"), blob("same")]
    assert absent(tree, listing, LIMITS) == (listing[:2], [])


def test_a_large_file_that_is_left_out_is_listed_unless_it_is_a_manifest() -> None:
    limits = replace(LIMITS, other_bytes=3, manifest_bytes=3)
    assert absent(Tree({}), [blob("logo.png", b"1234")], limits) == (
        [],
        [Dropped("logo.png", "larger than 3 bytes (limit other_bytes)")],
    )
    with pytest.raises(LimitError, match=r"a\.yaml: it has more than 3 bytes \(limit manifest_bytes\)"):
        absent(Tree({}), [blob("a.yaml", b"1234")], limits)


def test_too_many_absent_files_name_the_cause() -> None:
    limits = replace(LIMITS, absent=2)
    listing = [blob(f"{i}.yaml") for i in range(3)]
    assert len(absent(Tree({}), listing[:2], limits)[0]) == 2
    with pytest.raises(LimitError, match=r"\.gitattributes: .* keeps 3 files out .* more than 2 \(limit absent\)"):
        absent(Tree({}), listing, limits)


def test_a_file_that_is_not_in_the_commit_is_no_file_of_it() -> None:
    with pytest.raises(DamagedArchive, match="stranger: it is in the archive, but not in the commit"):
        absent(Tree({"stranger": b""}), [], LIMITS)


def test_a_tree_is_completed_within_the_limits() -> None:
    tree = Tree({"a": b"1", "b": b"2"}, name="acme/app", revision="1", dropped=[Dropped("c", "link")])
    whole = completed(tree, {"b": b"22", "d": b"4"}, [Dropped("e", "large")], LIMITS)
    assert {path: whole.read(path) for path in whole} == {"a": b"1", "b": b"22", "d": b"4"}
    assert (whole.name, whole.revision) == ("acme/app", "1")
    assert whole.dropped == (Dropped("c", "link"), Dropped("e", "large"))
    with pytest.raises(LimitError, match="limit kept_bytes"):
        completed(tree, {"d": b"4"}, [], replace(LIMITS, kept_bytes=2))


class Fetches:
    """Counts what is fetched."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> Tree:
        self.count += 1
        return Tree({"a": bytes(1000)})


def test_a_tree_is_read_once_by_each_installation() -> None:
    cache, fetch = TreeCache(), Fetches()
    first = cache.get(1, "acme/app", "a", fetch)
    assert cache.get(1, "acme/app", "a", fetch) is first
    assert cache.get(2, "acme/app", "a", fetch) is not first
    cache.get(1, "acme/web", "a", fetch)
    cache.get(1, "acme/app", "b", fetch)
    assert fetch.count == 4


def test_trees_that_were_not_used_for_longest_go_first() -> None:
    cache, fetch = TreeCache(limit=2 * (1000 + FILE_BYTES)), Fetches()
    for sha in ("a", "b", "a", "c", "a"):
        cache.get(1, "acme/app", sha, fetch)
    assert fetch.count == 3
    cache.get(1, "acme/app", "b", fetch)
    assert fetch.count == 4


def test_a_tree_beyond_the_limit_is_kept_alone() -> None:
    cache, fetch = TreeCache(limit=10), Fetches()
    for _ in range(2):
        cache.get(1, "acme/app", "a", fetch)
    assert fetch.count == 1
