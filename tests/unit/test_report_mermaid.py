"""The dependency graph as a chart that Mermaid can draw."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.fleet.flux import Kustomization
from slipway.fleet.model import Fleet, RenderedKustomization
from slipway.fleet.objects import KubeObject
from slipway.report import mermaid
from slipway.report.mermaid import MAX_EDGES, fleet_graph
from tests.unit.small_fleets import (
    FLUX,
    at,
    config_map,
    empty_fleet,
    helm_release,
    helm_repository,
    kustomization,
    rendered,
    sync,
    tree_of,
)

WEB = {"apps/web/a.yaml": config_map("web")}
ON_WEB = {"dependsOn": [{"name": "web"}], "path": "./apps/web"}


def graph(files: dict[str, str], only: frozenset[str] = frozenset()) -> str:
    return fleet_graph(rendered(tree_of({**WEB, **files})), only)


def staging(*objects: str) -> dict[str, str]:
    return {**sync("staging"), "clusters/staging/apps.yaml": "---\n".join(objects)}


_STATEMENTS = (
    r"flowchart LR",
    r'  subgraph n\d+\["[^"]+"\]',
    r"  end",
    r'    n\d+(\["[^"]+"\]|\(\["[^"]+"\]\))(:::(failed|missing|suspended|elsewhere))?',
    r"  n\d+ (-->|-\.->) n\d+",
    r'  n\d+\["left out, for Mermaid draws no more: [\d,]+ boxes, [\d,]+ arrows"\]',
    r"  classDef (failed|missing|suspended|elsewhere) [a-z0-9#:, -]+",
)


def assert_sound(chart: str) -> None:
    """Only statements that Mermaid knows; every arrow between boxes that were drawn; within Mermaid's limits."""
    lines = chart.splitlines()
    for line in lines:
        assert any(re.fullmatch(statement, line) for statement in _STATEMENTS), line
    boxes = {found for line in lines for found in re.findall(r"^ +(n\d+)[(\[]", line)}
    ends = {end for line in lines for end in re.findall(r"^  (n\d+) -.* (n\d+)$", line) for end in end}
    assert ends <= boxes
    assert sum(">" in line for line in lines) <= MAX_EDGES
    assert len(chart) <= 50_000


def test_shows_what_waits_for_what_and_what_applies_it() -> None:
    files = staging(
        kustomization("api", **ON_WEB, suspend=True),
        kustomization("web"),
        helm_release("db", namespace="data", dependsOn=[{"name": "disks"}]),
        helm_repository(namespace="data"),
    )

    chart = graph(files)

    assert_sound(chart)
    assert (
        chart
        == """\
flowchart LR
  subgraph n0["staging"]
    n1["flux-system"]
    n2["api"]:::suspended
    n3["web"]
    n4(["data/db"])
    n5["data/disks is missing"]:::missing
  end
  n3 --> n2
  n1 -.-> n2
  n1 -.-> n3
  n1 -.-> n4
  n5 --> n4
  classDef missing stroke:#cf222e,stroke-dasharray:4 3
  classDef suspended stroke-dasharray:4 3
"""
    )


def test_what_fails_stands_out() -> None:
    chart = graph(staging(kustomization("broken")))

    assert '["broken"]:::failed' in chart
    assert "classDef failed " in chart


def test_clusters_with_the_same_graph_share_one() -> None:
    files = {**sync("a"), **sync("b"), **sync("c")}
    for cluster in "ab":
        files[f"clusters/{cluster}/web.yaml"] = kustomization("web")

    chart = graph(files)

    assert_sound(chart)
    assert re.findall(r'subgraph n\d+\["(.*)"\]', chart) == ["a and b", "c"]


def test_only_the_chosen_clusters_are_drawn() -> None:
    chart = graph({**sync("a"), **sync("b")}, frozenset({"b"}))

    assert re.findall(r'subgraph n\d+\["(.*)"\]', chart) == ["b"]


def test_what_another_cluster_applies_is_drawn_with_its_name() -> None:
    spoke = kustomization("spoke", path="./apps/spoke", kubeConfig={"secretRef": {"name": "staging"}})
    files = {
        **sync("hub"),
        **sync("staging"),
        "clusters/hub/spoke.yaml": spoke,
        "apps/spoke/web.yaml": kustomization("web"),
    }

    chart = graph(files, frozenset({"staging"}))

    assert_sound(chart)
    assert '["hub: spoke"]:::elsewhere' in chart


@given(
    name=st.text(max_size=60) | st.sampled_from(['end"];click n1 "x"', "%%{init: {}}%%", "#quot;", "`a`", "end", ""])
)
def test_a_name_is_only_a_label(name: str) -> None:
    label = mermaid._label(name)

    assert label
    assert not re.search(r'["`%\n\\<>()\[\]{}]|#(?!\d+;)', label)


def test_a_name_can_be_read() -> None:
    assert mermaid._label("apps/web-1.prod: ünï") == "apps/web-1.prod: ünï"
    assert mermaid._label('a"#b') == "a#34;#35;b"
    assert mermaid._label("x" * 200) == "x" * 80 + "…"


def test_hostile_names_make_a_sound_chart() -> None:
    names = ['end"];click n1 "javascript:alert(1)"', "%%{init: {'theme':'dark'}}%%", "a`b|c#quot;", "\x1b[2J\n```"]

    chart = graph(
        staging(*(kustomization(name, path="./apps/web", dependsOn=[{"name": "x" + name}]) for name in names))
    )

    assert_sound(chart)


def by_hand(clusters: Mapping[str, Mapping[str, Sequence[str]]]) -> Fleet:
    """A fleet of Kustomizations, each with the names of those that it depends on."""
    fleet = empty_fleet(*clusters)
    for cluster, objects in clusters.items():
        for name, dependencies in objects.items():
            value = {
                "apiVersion": FLUX,
                "kind": "Kustomization",
                "metadata": {"name": name, "namespace": "flux-system"},
                "spec": {"dependsOn": [{"name": other} for other in dependencies]},
            }
            done = RenderedKustomization(Kustomization(KubeObject(value, at("a.yaml"))), cluster, cluster, None, (), ())
            fleet.clusters[cluster].kustomizations.append(done)
    return fleet


@pytest.mark.parametrize(
    ("boxes", "each"), [(60, 20), (1_500, 1)], ids=["more arrows than Mermaid draws", "more text than Mermaid reads"]
)
def test_what_is_too_much_is_counted(boxes: int, each: int) -> None:
    names = [f"app-{number:04}-with-a-name-of-some-length" for number in range(boxes)]
    objects = {
        name: [names[(number + step) % boxes] for step in range(1, each + 1)] for number, name in enumerate(names)
    }

    chart = fleet_graph(by_hand({"staging": objects}))

    assert_sound(chart)
    [(nodes, arrows)] = re.findall(r"draws no more: ([\d,]+) boxes, ([\d,]+) arrows", chart)
    drawn = sum(">" in line for line in chart.splitlines())
    assert drawn == MAX_EDGES
    assert int(arrows.replace(",", "")) == boxes * each - drawn
    assert (nodes != "0") == (each == 1)


def test_boxes_of_clusters_that_find_no_room_are_counted() -> None:
    clusters = {f"cluster-{number}": {f"app-{number}-{at}-{'x' * 60}": () for at in range(400)} for number in range(3)}

    chart = fleet_graph(by_hand(clusters))

    assert_sound(chart)
    drawn = len(re.findall('"app-', chart))
    assert f"draws no more: {1_200 - drawn:,} boxes, 0 arrows" in chart
