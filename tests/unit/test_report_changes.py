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


KEPT = '"kustomize.toolkit.fluxcd.io/prune": disabled'


def compared(base: Mapping[str, str], head: Mapping[str, str]) -> FleetDiff:
    return diff_fleets(rendered(tree_of(base)), rendered(tree_of(head)))


def test_text_shows_every_change_with_its_lines_and_place() -> None:
    assert (
        diff_text(compared(BASE, HEAD))
        == """\
On staging: 1 added, 1 changed, 1 removed
  ~ ConfigMap default/a (clusters/staging/a.yaml:1)
      ~ data.size: "1" → "2"
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
    assert '```diff\n- data.size: "1"\n+ data.size: "2"\n```' in text
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
    changed, removed, _ = group["changes"]
    assert changed["diff"].splitlines()[3:5] == ['-  size: "1"', '+  size: "2"']
    assert changed["fields"] == [{"path": "data.size", "old": "1", "new": "2"}]
    assert (removed["fields"], removed["moved"], removed["why"], removed["with"]) == ([], None, "", "")


TOOL = {
    **sync("staging"),
    "clusters/staging/tool.yaml": kustomization("tool"),
    "apps/tool/a.yaml": config_map("a"),
    "apps/tool/b.yaml": config_map("b"),
    "apps/tool/more.yaml": kustomization("more"),
    "apps/more/kept.yaml": config_map("kept").replace("metadata:", "metadata:\n  labels: {" + KEPT + "}"),
    "apps/more/c.yaml": config_map("c"),
}


def test_what_goes_with_a_kustomization_is_listed_below_it() -> None:
    diff = compared(TOOL, sync("staging"))

    assert (
        diff_text(diff)
        == """On staging: 1 orphaned, 5 removed
  - Kustomization flux-system/tool (clusters/staging/tool.yaml:1)
      4 objects go with it, 1 stays
      - ConfigMap default/a
      - ConfigMap default/b
      - Kustomization flux-system/more
      -   ConfigMap default/c
      !   ConfigMap default/kept stays: kustomize.toolkit.fluxcd.io/prune: disabled

6 changes on 1 cluster
"""
    )
    assert "tool</code> (<code>clusters/staging/tool.yaml:1</code>): 4 objects go with it, 1 stays</summary>" in (
        diff_markdown(diff)
    )
    assert "\n- Kustomization flux-system/more\n-   ConfigMap default/c\n" in diff_markdown(diff)
    [group] = diff_document(diff)["groups"]
    assert {change["object"]: (change["change"], change["with"]) for change in group["changes"]} == {
        "Kustomization flux-system/tool": ("removed", ""),
        "ConfigMap default/a": ("removed", "Kustomization flux-system/tool"),
        "ConfigMap default/b": ("removed", "Kustomization flux-system/tool"),
        "Kustomization flux-system/more": ("removed", "Kustomization flux-system/tool"),
        "ConfigMap default/c": ("removed", "Kustomization flux-system/more"),
        "ConfigMap default/kept": ("orphaned", "Kustomization flux-system/more"),
    }


def test_what_stays_is_never_said_to_be_removed() -> None:
    base = {**TOOL, "clusters/staging/tool.yaml": kustomization("tool", prune=False)}
    head = {path: text for path, text in base.items() if path not in ("apps/tool/a.yaml", "apps/tool/more.yaml")}
    diff = compared(base, head)

    assert (
        diff_text(diff)
        == """On staging: 4 orphaned
  ! ConfigMap default/a (apps/tool/a.yaml:1)
      stays on the cluster: Kustomization flux-system/tool has prune: false
  ! Kustomization flux-system/more (apps/tool/more.yaml:1)
      stays on the cluster: Kustomization flux-system/tool has prune: false; 2 objects of it stay
      ! ConfigMap default/c
      ! ConfigMap default/kept

4 changes on 1 cluster
"""
    )
    assert (
        "- orphaned <code>ConfigMap default/a</code> (<code>apps/tool/a.yaml:1</code>): "
        "stays on the cluster: Kustomization flux-system/tool has prune: false\n"
    ) in diff_markdown(diff)


def test_a_kustomization_of_another_name_is_told_in_three_entries() -> None:
    head = {**TOOL, "clusters/staging/tool.yaml": kustomization("gear", path="./apps/tool")}
    diff = compared(TOOL, head)

    assert (
        diff_text(diff)
        == """On staging: 1 added, 3 moved, 1 removed
  + Kustomization flux-system/gear (clusters/staging/tool.yaml:1)
      renamed from Kustomization flux-system/tool, with the same spec
  - Kustomization flux-system/tool (clusters/staging/tool.yaml:1)
      renamed to Kustomization flux-system/gear, with the same spec
  > 3 objects move from Kustomization flux-system/tool to Kustomization flux-system/gear: deleted and made anew if \
the old owner prunes before the new one applies
      ConfigMap default/a, ConfigMap default/b, Kustomization flux-system/more (and what it brings)

5 changes on 1 cluster
"""
    )
    assert "<details><summary>3 objects move from Kustomization flux-system/tool to" in diff_markdown(diff)
    changes = {change["object"]: change for change in diff_document(diff)["groups"][0]["changes"]}
    assert changes["ConfigMap default/a"]["moved"] == {
        "from": "Kustomization flux-system/tool",
        "to": "Kustomization flux-system/gear",
        "outcome": "at risk",
        "why": "",
    }
    assert changes["Kustomization flux-system/tool"]["renamed"] == "Kustomization flux-system/gear"


def test_values_of_secrets_that_are_substituted_are_not_shown() -> None:
    def files(password: str, *, secret: str = "Secret", **build: object) -> dict[str, str]:
        values = config_map("vars", "flux-system", P=password).replace(
            "\ndata:", "\nstringData:" if secret else "\ndata:"
        )
        build = {"substituteFrom": [{"kind": secret or "ConfigMap", "name": "vars"}], **build}
        return {
            **sync("staging"),
            "clusters/staging/vars.yaml": values.replace("ConfigMap", secret or "ConfigMap"),
            "clusters/staging/app.yaml": kustomization("app", postBuild=build),
            "apps/app/a.yaml": config_map("a", url="u:${P}@h"),
        }

    shown = diff_text(compared(files("hunter2"), files("swordfish")))
    assert "~ data.url: u:${P}@h → u:${P}@h <secret, changed>\n" in shown
    assert "hunter2" not in shown
    assert "swordfish" not in shown
    inline = {"substitute": {"P": "inline"}}
    assert "data.url: u:hunter2@h → u:inline@h" in diff_text(
        compared(files("hunter2", secret=""), files("hunter2", secret="", **inline))
    )
    assert "→ u:inline@h" in diff_text(compared(files("hunter2"), files("hunter2", **inline)))


def test_a_move_is_told_beside_what_differs() -> None:
    own = {"apps/own/a.yaml": config_map("a", size="2"), "clusters/staging/own.yaml": kustomization("own")}
    head = {path: text for path, text in TOOL.items() if path != "apps/tool/a.yaml"} | own
    diff = compared({**TOOL, "apps/tool/a.yaml": config_map("a", size="1")}, head)

    assert """  ~ ConfigMap default/a (apps/own/a.yaml:1)
      moves from Kustomization flux-system/tool to Kustomization flux-system/own: deleted and made anew if the old \
owner prunes before the new one applies
      ~ data.size: "1" → "2"
""" in diff_text(diff)


def test_what_goes_on_other_clusters_is_listed_there() -> None:
    remote = kustomization("tool", kubeConfig={"secretRef": {"name": "prod-kubeconfig"}})
    both = {**sync("staging"), **sync("prod"), "apps/tool/a.yaml": config_map("a"), "apps/tool/b.yaml": config_map("b")}
    diff = compared({**both, "clusters/staging/tool.yaml": remote}, both)

    assert (
        diff_text(diff)
        == """On prod: 2 removed
  with Kustomization flux-system/tool of staging:
      - ConfigMap default/a
      - ConfigMap default/b

On staging: 1 removed
  - Kustomization flux-system/tool (clusters/staging/tool.yaml:1)
      with it, listed there: 2 objects on prod

3 changes on 2 clusters
"""
    )
    assert "2 objects with <code>Kustomization flux-system/tool of staging</code></summary>" in diff_markdown(diff)


def test_what_goes_only_with_its_cluster_is_listed_by_name() -> None:
    diff = compared({**BASE, **sync("old"), "clusters/old/a.yaml": config_map("a")}, BASE)

    assert (
        diff_text(diff)
        == """On old: 3 removed
  - 3 objects: only if its cluster goes, which is not in Git any more
      ConfigMap default/a, Kustomization flux-system/flux-system, GitRepository flux-system/flux-system

3 changes on 1 cluster
"""
    )
    assert "<details><summary>removed 3 objects: only if" in diff_markdown(diff)


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
  Kustomization on staging: flux-system/web

Nothing else changes on any cluster; 1 Kustomization not compared
"""
    )
    assert "- `Kustomization on staging`: `flux-system/web`" in diff_markdown(diff)
    assert diff_document(diff)["notCompared"] == ["Kustomization flux-system/web on staging"]


def test_what_was_not_compared_is_named_together() -> None:
    releases = tuple(f"HelmRelease web/app-{number:02} on staging" for number in range(20))
    diff = FleetDiff((), (*releases, "Kustomization web on eu"))

    lines = diff_text(diff).splitlines()
    assert lines[1].startswith("  HelmRelease on staging: web/app-00, web/app-01, ")
    assert lines[4:] == [
        "  Kustomization on eu: web",
        "",
        "Nothing else changes on any cluster; 20 HelmReleases and 1 Kustomization not compared",
    ]


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
