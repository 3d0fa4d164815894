"""What would change, as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from markdown_it import MarkdownIt

from slipway.fleet.diff import ChangeGroup, FleetDiff, ObjectChange, diff_fleets
from slipway.fleet.objects import ObjectKey
from slipway.report.changes import diff_document, diff_markdown, diff_text
from tests.unit.small_fleets import at, config_map, kustomization, rendered, sync, tree_of

BASE = {
    **sync("staging"),
    "clusters/staging/a.yaml": config_map("a", size="1"),
    "clusters/staging/b.yaml": config_map("b"),
}
HEAD = {
    **sync("staging"),
    "clusters/staging/a.yaml": config_map("a", size="2"),
    "clusters/staging/c.yaml": config_map("c"),
}


def compared(base: Mapping[str, str], head: Mapping[str, str]) -> FleetDiff:
    return diff_fleets(rendered(tree_of(base)), rendered(tree_of(head)))


def test_text_shows_every_change_with_its_lines_and_place() -> None:
    assert (
        diff_text(compared(BASE, HEAD))
        == """\
On staging: 1 added, 1 changed, 1 removed
  ~ ConfigMap default/a (clusters/staging/a.yaml:1)
      @@ -1,6 +1,6 @@
       apiVersion: v1
       data:
      -  size: "1"
      +  size: "2"
       kind: ConfigMap
       metadata:
         name: a
  - ConfigMap default/b (clusters/staging/b.yaml:1)
      @@ -1,6 +0,0 @@
      -apiVersion: v1
      -data: {}
      -kind: ConfigMap
      -metadata:
      -  name: b
      -  namespace: default
  + ConfigMap default/c (clusters/staging/c.yaml:1)
      @@ -0,0 +1,6 @@
      +apiVersion: v1
      +data: {}
      +kind: ConfigMap
      +metadata:
      +  name: c
      +  namespace: default

3 changes on 1 cluster
"""
    )


def test_markdown_folds_every_change() -> None:
    text = diff_markdown(compared(BASE, HEAD))

    assert text.startswith("### On `staging`: 1 added, 1 changed, 1 removed\n")
    assert "<details><summary>changed <code>ConfigMap default/a</code> (<code>clusters/staging/a.yaml:1</code>)" in text
    assert "```diff\n@@ -1,6 +1,6 @@\n" in text
    assert text.count("<details>") == text.count("</details>") == 3
    assert text.endswith("\n3 changes on 1 cluster.\n")


def test_json_has_the_same() -> None:
    document = diff_document(compared(BASE, HEAD))

    [group] = document["groups"]
    assert (document["schema"], document["notCompared"], group["clusters"]) == ("slipway/v1", [], ["staging"])
    assert [(change["change"], change["object"], change["file"], change["line"]) for change in group["changes"]] == [
        ("changed", "ConfigMap default/a", "clusters/staging/a.yaml", 1),
        ("removed", "ConfigMap default/b", "clusters/staging/b.yaml", 1),
        ("added", "ConfigMap default/c", "clusters/staging/c.yaml", 1),
    ]
    assert group["changes"][0]["diff"].splitlines()[3:5] == ['-  size: "1"', '+  size: "2"']


@pytest.mark.parametrize(
    ("write", "expected"),
    [(diff_text, "Nothing changes on any cluster\n"), (diff_markdown, "Nothing changes on any cluster.\n")],
)
def test_no_change_is_said(write: object, expected: str) -> None:
    assert write(compared(BASE, BASE)) == expected  # type: ignore[operator]


def test_no_change_is_never_said_of_what_was_not_rendered() -> None:
    broken = {**BASE, "clusters/staging/web.yaml": kustomization("web")}
    diff = compared(broken, broken)

    assert (
        diff_text(diff)
        == """\
Not compared, because one side could not be rendered:
  Kustomization flux-system/web on staging

Nothing else changes on any cluster; 1 Kustomization not compared
"""
    )
    assert "- `Kustomization flux-system/web on staging`" in diff_markdown(diff)
    assert diff_document(diff)["notCompared"] == ["Kustomization flux-system/web on staging"]


def test_the_same_change_on_many_clusters_is_shown_once_with_all_their_names() -> None:
    names = tuple(f"cluster-{number:03}" for number in range(40))
    change = ObjectChange("changed", ObjectKey("", "ConfigMap", "default", "a"), ("-a", "+b"), at("a.yaml"))
    diff = FleetDiff((ChangeGroup(names, (change,)),), ())

    for text in (diff_text(diff), diff_markdown(diff)):
        assert text.count("ConfigMap default/a") == 1
        assert all(name in text for name in names)
    assert "On 40 clusters: 1 changed\n" in diff_text(diff)
    assert "40 changes on 40 clusters" in diff_text(diff)


HOSTILE = "\x1b[2Jx\n```\n</details>|@octocat\n::error::y\n##[error]z"
HOSTILE_DIFF = FleetDiff(
    (
        ChangeGroup(
            (HOSTILE,),
            (
                ObjectChange(
                    "added",
                    ObjectKey("", HOSTILE, HOSTILE, HOSTILE),
                    ("+```", "+</details>", "::error::y", " ::error::y", "+\x1b[2J", "+##[error]z", "+`````"),
                    at(HOSTILE),
                ),
            ),
        ),
    ),
    (HOSTILE,),
)


def test_a_hostile_diff_moves_no_cursor_and_gives_no_commands() -> None:
    text = diff_text(HOSTILE_DIFF)

    assert "\x1b" not in text
    assert "##[" not in text
    assert not [line for line in text.splitlines() if line.strip().startswith("::")]


def test_a_hostile_diff_stays_in_its_block() -> None:
    html = MarkdownIt("commonmark", {"html": True}).render(diff_markdown(HOSTILE_DIFF) + "\nafter\n")

    assert html.count("<details>") == html.count("</details>") == 1
    assert html.count("<pre>") == 1
    assert html.endswith("<p>after</p>\n")
    assert "\x1b" not in html
