"""Hand-written YAML is edited where it must change, and nowhere else."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from slipway.errors import InputError
from slipway.requests.yaml_edit import add_item, remove_item, remove_key, set_value
from tests.unit.yaml_corpus import CORPUS


def _text(text: str) -> bytes:
    return dedent(text).removeprefix("\n").encode()


KUSTOMIZATION = _text("""
    apiVersion: kustomize.config.k8s.io/v1beta1
    kind: Kustomization
    # Everything that this cluster runs.
    resources:
      # first of all
      - namespaces.yaml   # made by hand
      - podinfo
      # - retired
    patches: []   # none yet
    images:
    - name: podinfo
      newTag: "6.5"  # {"$imagepolicy": "flux-system:podinfo:tag"}

    # the end
    """)


def _changes(before: bytes, after: bytes) -> str:
    """What a diff without context shows, where lines only come in or go in one place."""
    old, new = before.decode().split("\n"), after.decode().split("\n")
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return "\n".join([*(f"-{line}" for line in old), *(f"+{line}" for line in new)])


EDITS: list[tuple[str, bytes, str]] = [
    (
        "an item comes at the end",
        add_item(KUSTOMIZATION, ("images",), {"name": "web", "newTag": "1.0"}),
        '+- name: web\n+  newTag: "1.0"',
    ),
    (
        "in a sorted list, an item comes where it belongs",
        add_item(KUSTOMIZATION, ("resources",), "nginx"),
        "+  - nginx",
    ),
    ("the comments of the next item stay with it", add_item(KUSTOMIZATION, ("resources",), "apps"), "+  - apps"),
    (
        "the comment of an empty list stays",
        add_item(KUSTOMIZATION, ("patches",), {"path": "a.yaml"}),
        "-patches: []   # none yet\n+patches:   # none yet\n+  - path: a.yaml",
    ),
    (
        "a list that is missing is made",
        add_item(KUSTOMIZATION, ("components",), "../base"),
        "+components:\n+  - ../base",
    ),
    (
        "an item goes with its comments",
        remove_item(KUSTOMIZATION, ("resources",), "namespaces.yaml"),
        "-  # first of all\n-  - namespaces.yaml   # made by hand",
    ),
    (
        "the last item leaves an empty list",
        remove_item(KUSTOMIZATION, ("images",), {"name": "podinfo", "newTag": "6.5"}),
        '-images:\n-- name: podinfo\n-  newTag: "6.5"  # {"$imagepolicy": "flux-system:podinfo:tag"}\n+images: []',
    ),
    (
        "a value keeps its quotes and its comment",
        set_value(KUSTOMIZATION, ("images", 0, "newTag"), "6.6"),
        '-  newTag: "6.5"  # {"$imagepolicy": "flux-system:podinfo:tag"}\n'
        '+  newTag: "6.6"  # {"$imagepolicy": "flux-system:podinfo:tag"}',
    ),
    (
        "a text that reads as a boolean gets quotes",
        set_value(KUSTOMIZATION, ("images", 0, "newName"), "yes"),
        '+  newName: "yes"',
    ),
    ("a key goes with its value", remove_key(KUSTOMIZATION, ("patches",)), "-patches: []   # none yet"),
    (
        "parents are made",
        set_value(KUSTOMIZATION, ("metadata", "labels", "team"), "a"),
        "+metadata:\n+  labels:\n+    team: a",
    ),
    (
        "of a list only what differs is written",
        set_value(KUSTOMIZATION, ("resources",), ["namespaces.yaml", "web"]),
        "-  - podinfo\n+  - web",
    ),
]


@pytest.mark.parametrize(("edited", "changes"), [edit[1:] for edit in EDITS], ids=[edit[0] for edit in EDITS])
def test_a_kustomization_changes_as_asked(edited: bytes, changes: str) -> None:
    assert _changes(KUSTOMIZATION, edited) == changes


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("podinfo", b"podinfo"),
        ("1.2.3", b"1.2.3"),
        ("http://a:80/b?c#d", b"http://a:80/b?c#d"),
        ("${VAR}", b"${VAR}"),
        ("1.35", b'"1.35"'),
        ("true", b'"true"'),
        ("yes", b'"yes"'),
        ("y", b'"y"'),
        ("0123", b'"0123"'),
        ("1e3", b'"1e3"'),
        ("2026-11-26", b'"2026-11-26"'),
        ("12:30", b'"12:30"'),
        ("null", b'"null"'),
        ("", b'""'),
        ("~", b'"~"'),
        ("a: b", b'"a: b"'),
        ("a #b", b'"a #b"'),
        ("- a", b'"- a"'),
        ("*a", b'"*a"'),
        ("{a}", b'"{a}"'),
        ("@a", b'"@a"'),
        ('say "a"', b'say "a"'),
        ("tab\there", b'"tab\\there"'),
        (" a", b'" a"'),
        ("\u2028", b'"\\u2028"'),
        ("a\nb\n", b"|\n  a\n  b"),
        ("a\nb", b"|-\n  a\n  b"),
        ("a\n\n", b'"a\\n\\n"'),
        (True, b"true"),
        (None, b"null"),
        (7, b"7"),
        (1.5, b"1.5"),
        ([], b"[]"),
        ({}, b"{}"),
        ([1, ["a"]], b"\n  - 1\n  - - a"),
        ({"on": {"1": 2}}, b'\n  "on":\n    "1": 2'),
    ],
)
def test_a_value_is_written_so_that_it_is_read_back(text: Any, written: bytes) -> None:
    space = b"" if written.startswith(b"\n") else b" "
    assert set_value(b"a: old\n", ("a",), text) == b"a:" + space + written + b"\n"


@pytest.mark.parametrize(
    ("before", "path", "item", "after"),
    [
        ("a: [k, x] # c\n", ("a",), "z", "a: [k, x, z] # c\n"),
        ("a: [p,x]\n", ("a",), "m", "a: [m,p,x]\n"),
        ("a: [ 'x' ]\n", ("a",), "z", "a: [ 'x', 'z' ]\n"),
        ("a: [\n  zz, # c\n  x\n]\n", ("a",), "z", "a: [\n  zz, # c\n  x,\n  z\n]\n"),
        ("a: [\n  zz,\n  x, # c\n]\n", ("a",), "z", "a: [\n  zz,\n  x, # c\n  z,\n]\n"),
        ("{a: []}\n", ("a",), "z", "{a: [z]}\n"),
        ("a:\n- x", ("a",), "z", "a:\n- x\n- z"),
        ("a:\r\n  - x\r\nb: 1\r\n", ("a",), "z", "a:\r\n  - x\r\n  - z\r\nb: 1\r\n"),
        ("\ufeffa:\n  - x\n", ("a",), "z", "\ufeffa:\n  - x\n  - z\n"),
        ("a:\n  # - x\nb: 1\n", ("a",), "z", "a:\n  - z\n  # - x\nb: 1\n"),
        ("a:\n- zz\n\n- x\n\nb: 1\n", ("a",), "z", "a:\n- zz\n\n- x\n\n- z\n\nb: 1\n"),
        ("a:\n- zz\n- x\n...\n", ("a",), "z", "a:\n- zz\n- x\n- z\n...\n"),
        ("- - b\n  - c\n- d\n", (0,), "a", "- - a\n  - b\n  - c\n- d\n"),
        (
            "a:\n-   x\n-   k: 1\n    l: 2\n",
            ("a",),
            {"k": 3, "l": 4},
            "a:\n-   x\n-   k: 1\n    l: 2\n-   k: 3\n    l: 4\n",
        ),
        ("- op: add\n  value: |\n    # no comment\n\n", (), "z", "- op: add\n  value: |\n    # no comment\n- z\n\n"),
    ],
)
def test_an_item_comes_in_and_goes_again(before: str, path: tuple[str | int, ...], item: Any, after: str) -> None:
    added = add_item(before.encode(), path, item)

    assert added == after.encode()
    assert add_item(added, path, item) == added
    if before != "a:\n  # - x\nb: 1\n":  # it was null, and is an empty list then
        assert remove_item(added, path, item) == before.encode()


def test_a_line_of_a_text_block_changes_alone() -> None:
    content = _text("""
        patches:
          - patch: |  # JSON 6902
              - op: replace
                path: /spec/a
                value: 1

              - op: remove
                path: /spec/b
            target: {kind: Deployment}
        """)
    patch = "- op: replace\n  path: /spec/a\n  value: 2\n\n- op: remove\n  path: /spec/b\n"

    edited = set_value(content, ("patches", 0, "patch"), patch)

    assert _changes(content, edited) == "-        value: 1\n+        value: 2"


def test_a_document_is_chosen_by_what_it_describes() -> None:
    content = _text("""
        # two of them
        ---
        kind: A
        metadata: {name: x, namespace: one}
        ---
        kind: A
        metadata: {name: x, namespace: two}
        """)

    assert set_value(content, ("kind",), "B", document=("A", "x", "two")) == content[::-1].replace(b"A", b"B", 1)[::-1]
    assert set_value(content, ("kind",), "B", document=0) == content.replace(b"A", b"B", 1)
    with pytest.raises(InputError, match="2 documents here could be meant"):
        set_value(content, ("kind",), "B", document=("A", "x"))
    with pytest.raises(InputError, match="no C/x here; there is A/x/one, A/x/two"):
        set_value(content, ("kind",), "B", document=("C", "x"))


def test_what_becomes_empty_goes_if_asked() -> None:
    content = b"a: 1\nb:\n  c:\n    - x # c\nd: 2\n"

    assert remove_item(content, ("b", "c"), "x") == b"a: 1\nb:\n  c: []\nd: 2\n"
    assert remove_item(content, ("b", "c"), "x", drop_empty=True) == b"a: 1\nd: 2\n"
    assert remove_key(content, ("b", "c")) == b"a: 1\nb: {}\nd: 2\n"
    assert remove_key(content, ("b", "c"), drop_empty=True) == b"a: 1\nd: 2\n"


@pytest.mark.parametrize(
    ("content", "path", "problem"),
    [
        (b"x: &a {b: 1}\na: *a\n", ("a", "b"), r"f.yaml:2: an alias \(\*a\) is here"),
        (b"a: &a {b: 1}\n", ("a", "b"), r"f.yaml:1: an anchor \(&a\) is here"),
        (b"a:\n  <<: {c: 1}\n", ("a", "b"), r"f.yaml:2: a merge key"),
        (b"a: !!map {b: 1}\n", ("a", "b"), r"f.yaml:1: a tag"),
        (b"b: &b 1\na: *b\n", ("b", "c"), "f.yaml:1"),
        (b"a: x\n", ("a", "b"), r"f.yaml:1: no a.b here"),
        (b"a: [1]\n", ("a", 1), r"f.yaml:1: no a.1 here"),
        (b"a: 1\na: 2\n", ("a",), r"f.yaml:2: duplicate key 'a'"),
        (b"a: 1\r\nb: 2\n", ("a",), r"f.yaml:2: this line does not end as the others do"),
        (b"a:\n\tb: 2\n", ("a", "b"), r"f.yaml:2: a tab in the indentation; use spaces"),
        (b"? a\n: 1\n", ("a",), r"f.yaml:1: a key that is written with \?"),
        (b"# nothing\n", ("a",), r"f.yaml: no document with content here"),
        (b"a: 1\n", (), "f.yaml: a whole document cannot be replaced"),
        (b"a: |\n  x", ("b",), "f.yaml:2: the text block at the end of the file has no line break"),
    ],
)
def test_what_cannot_be_edited_is_refused_with_its_line(content: bytes, path: tuple[str, ...], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        set_value(content, path, "new", file="f.yaml")


def test_what_something_else_repeats_does_not_go() -> None:
    content = b"a:\n  - k: &x 1\n  - 2\nb: *x\n"

    with pytest.raises(InputError, match=r":4: this repeats \(\*x\) what is to go"):
        remove_item(content, ("a",), {"k": 1})


def test_a_text_block_keeps_its_line_break_when_what_follows_it_goes() -> None:
    assert remove_key(b"a: |\n  x\nb: 1", ("b",)) == b"a: |\n  x\n"


def test_only_values_of_json_are_written() -> None:
    for value in (float("nan"), {1: 2}, b"x", "\ud800"):
        with pytest.raises(InputError, match="is no value of JSON"):
            set_value(b"a: 1\n", ("a",), value)


@pytest.mark.parametrize("name", CORPUS)
def test_an_application_comes_into_every_style_and_goes_again(name: str) -> None:
    content = CORPUS[name].encode()
    added = add_item(content, ("resources",), "slipway-app")
    lines, kept = added.split(b"\n"), content.split(b"\n")

    assert len([line for line in kept if line not in lines]) <= 1
    assert remove_item(added, ("resources",), "slipway-app", drop_empty=b"resources" not in content) == content
