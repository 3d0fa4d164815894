"""An artifact has the files that source-controller puts into it."""

import time

import pytest

from slipway.errors import LimitError
from slipway.fleet.ignore import MAX_PATTERN, MAX_PATTERNS, artifact
from slipway.fleet.tree import Dropped, Tree

FILES = (
    *("a.yaml", "readme.md", "clusters/prod/a.yaml", "clusters/prod/flux-system/b.yaml", "clusters/staging/a.yaml"),
    *("apps/web/a.yaml", "apps/web/tests/a.yaml", "apps/tests/b.yaml", "docs/a.md", "tests"),
)
# `spec.ignore`, and what is left. Each is what Flux's own code leaves (`tests/interop/test_ignore.py`).
PATTERNS: dict[str, tuple[str, set[str]]] = {
    "nothing": ("", set(FILES)),
    "a comment": ("# apps/\n  \n", set(FILES)),
    "a name": ("a.yaml", {path for path in FILES if not path.endswith("a.yaml")}),
    "a directory's name": ("tests/", set(FILES) - {"apps/web/tests/a.yaml", "apps/tests/b.yaml"}),
    "a name of both": ("tests", set(FILES) - {"apps/web/tests/a.yaml", "apps/tests/b.yaml", "tests"}),
    "at the root only": ("/a.yaml", set(FILES) - {"a.yaml"}),
    "a path": ("apps/web", {path for path in FILES if not path.startswith("apps/web/")}),
    "a path with a star": ("clusters/*/a.yaml", set(FILES) - {"clusters/prod/a.yaml", "clusters/staging/a.yaml"}),
    "at any depth": ("**/b.yaml", set(FILES) - {"clusters/prod/flux-system/b.yaml", "apps/tests/b.yaml"}),
    "below": ("apps/**/tests", set(FILES) - {"apps/web/tests/a.yaml", "apps/tests/b.yaml"}),
    "all but a directory": ("/*\n!/apps", {path for path in FILES if path.startswith("apps/")}),
    "all but a directory far down, as Git would not": (
        "/*\n!/clusters/prod/",
        {"clusters/prod/a.yaml", "clusters/prod/flux-system/b.yaml"},
    ),
    "the last one wins": ("a.yaml\n!a.yaml\n/a.yaml", set(FILES) - {"a.yaml"}),
    "a class": ("[a-c].md", set(FILES) - {"docs/a.md"}),
    "a class without": ("[^a].*", set(FILES) - {"clusters/prod/flux-system/b.yaml", "apps/tests/b.yaml"}),
    "malformed": ("[a.md", set(FILES)),
    "with a space behind": ("docs/ ", set(FILES) - {"docs/a.md"}),
}


@pytest.mark.parametrize(("ignore", "left"), PATTERNS.values(), ids=PATTERNS)
def test_patterns_leave_files_out(ignore: str, left: set[str]) -> None:
    assert set(artifact(_tree(*FILES), ignore)) == left


def test_some_files_are_left_out_by_default() -> None:
    noise = (
        *(".gitignore", ".github/workflows/ci.yaml", "apps/.gitlab-ci.yml", "logo.png", "docs/a.tar.gz"),
        *(".sops.yaml", "apps/.sops.yaml", ".goreleaser.yml", "clusters/.git/config"),
    )
    assert set(artifact(_tree("a.yaml", ".sourceignore", *noise), None)) == {"a.yaml", ".sourceignore"}


@pytest.mark.parametrize("ignore", ["docs/", "!docs/"])
def test_any_pattern_takes_the_place_of_the_default(ignore: str) -> None:
    files = ("a.yaml", "logo.png", ".sops.yaml", ".github/workflows/ci.yaml")
    assert set(artifact(_tree(*files, ".gitignore", ".git/config"), ignore)) == set(files)
    tree = Tree({**dict.fromkeys(files, b""), "apps/.sourceignore": ignore.encode()})
    assert set(artifact(tree, "# nothing")) == set(tree)


def test_what_is_left_out_by_default_can_be_brought_back() -> None:
    assert set(artifact(_tree("a.yaml", "logo.png", ".gitignore"), "!.gitignore")) == {
        "a.yaml",
        "logo.png",
        ".gitignore",
    }


def test_a_file_further_down_is_about_its_directory() -> None:
    tree = Tree(
        {
            ".sourceignore": b"*.md\n",
            "apps/.sourceignore": b"/web\n!*.md\n",
            "apps/web/a.yaml": b"",
            "apps/api/web/a.yaml": b"",
            "apps/a.md": b"",
            "a.md": b"",
            "web/a.yaml": b"",
        }
    )
    left = {path for path in artifact(tree, None) if not path.endswith(".sourceignore")}
    assert left == {"apps/api/web/a.yaml", "apps/a.md", "web/a.yaml"}


def test_the_source_has_the_last_word() -> None:
    tree = Tree({".sourceignore": b"*.yaml", "a.yaml": b"", "b.yaml": b""})
    assert set(artifact(tree, "!a.yaml")) == {".sourceignore", "a.yaml"}


def test_what_was_dropped_stays_known() -> None:
    tree = Tree({"a.yaml": b"", "b.md": b""}, name="acme/a", revision="1", dropped=[Dropped("c", "a link")])
    left = artifact(tree, "*.md")
    assert (left.name, left.revision, left.dropped) == ("acme/a", "1", (Dropped("c", "a link"),))


def test_a_tree_is_looked_through_once() -> None:
    tree = _tree(*FILES)
    assert artifact(tree, "*.md") is artifact(tree, "*.md")
    assert artifact(tree, None) is artifact(tree, "") is tree


def test_patterns_are_limited() -> None:
    with pytest.raises(LimitError, match="MAX_PATTERNS"):
        artifact(_tree("a"), "a\n" * (MAX_PATTERNS + 1))
    with pytest.raises(LimitError, match="MAX_PATTERN"):
        artifact(Tree({"apps/.sourceignore": b"*" * (MAX_PATTERN + 1)}), None)


def test_stars_take_no_time() -> None:
    before = time.process_time()
    assert len(artifact(_tree("a" * 5_000), "*a" * 100 + "b")) == 1
    assert time.process_time() - before < 2


def test_twenty_thousand_files_take_little_time() -> None:
    tree = _tree(*(f"clusters/c{n % 200}/apps/a{n}/{name}.yaml" for n in range(5_000) for name in "abcd"))
    before = time.process_time()
    assert len(artifact(tree, "/*\n!/clusters/c1/\n**/a.yaml\n")) == 75
    assert time.process_time() - before < 5


def _tree(*paths: str) -> Tree:
    return Tree(dict.fromkeys(paths, b""))
