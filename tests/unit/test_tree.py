"""A tree answers what is where."""

import hashlib
import time

import pytest

from slipway.fleet.tree import Dropped, Tree

FILES = ("b.yaml", "a/x.yaml", "a/b/c/y.yaml", "a-b/z.yaml", "a0.yaml", "ab/x.yaml")


def test_files_and_directories_are_found() -> None:
    tree = _tree(*FILES)
    assert (len(tree), set(tree)) == (6, set(FILES))
    assert "a/x.yaml" in tree
    assert "a" not in tree
    assert tree.read("b.yaml") == b"b.yaml"
    assert [path for path in ("", "a", "a/b", "a/b/c", "ab") if not tree.is_dir(path)] == []
    assert [path for path in ("b.yaml", "a/b/c/d", "c", "a/", "/", ".") if tree.is_dir(path)] == []
    with pytest.raises(KeyError):
        tree.read("a")


@pytest.mark.parametrize(
    ("directory", "direct", "below"),
    [
        ("", ["a0.yaml", "b.yaml"], sorted(FILES)),
        ("a", ["a/x.yaml"], ["a/b/c/y.yaml", "a/x.yaml"]),
        ("a/b", [], ["a/b/c/y.yaml"]),
        ("a-b", ["a-b/z.yaml"], ["a-b/z.yaml"]),
        ("b.yaml", [], []),
        ("nowhere", [], []),
    ],
)
def test_the_files_of_a_directory_are_listed(directory: str, direct: list[str], below: list[str]) -> None:
    tree = _tree(*FILES)
    assert tree.files_in(directory) == direct
    assert tree.files_below(directory) == below


def test_an_empty_tree_has_a_root() -> None:
    tree = _tree()
    assert (tree.is_dir(""), tree.files_in(""), tree.files_below("")) == (True, [], [])


def test_digests_are_those_of_the_content() -> None:
    tree = _tree("a")
    assert tree.digest("a") == tree.digest("a") == hashlib.sha256(b"a").digest()


def test_a_tree_without_some_files_is_another() -> None:
    tree = Tree({"a": b"", "b": b""}, name="acme/a", revision="1", dropped=[Dropped("c", "a link")])
    tree.memo["a", ""] = 1
    left = tree.without({"b"})
    assert (set(left), left.name, left.revision, left.dropped, left.memo) == ({"a"}, "acme/a", "1", tree.dropped, {})


def test_what_it_was_made_of_may_change() -> None:
    files = {"a": b""}
    tree = Tree(files)
    files["b"] = b""
    assert "b" not in tree


def test_twenty_thousand_files_take_little_time() -> None:
    before = time.process_time()
    tree = _tree(*(f"clusters/c{n % 200}/apps/a{n}/deployment.yaml" for n in range(20_000)))
    assert sum(len(tree.files_below(f"clusters/c{n}")) for n in range(200)) == 20_000
    assert tree.is_dir("clusters/c1/apps/a1")
    assert time.process_time() - before < 2


def _tree(*paths: str) -> Tree:
    return Tree({path: path.encode() for path in paths})
