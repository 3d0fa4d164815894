"""What a change does not touch is not built again, and what it touches is."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipway.errors import InputError
from slipway.fleet.errors import BuildError
from slipway.fleet.kustomize import Builder
from slipway.fleet.model import Fleet
from slipway.fleet.render import render_fleet
from slipway.fleet.settings import Settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from slipway.tools.engine import find_engine

ENGINE = find_engine()

SYNC = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./clusters/a, sourceRef: {kind: GitRepository, name: flux-system}}
"""


def _flux(name: str, path: str, more: str = "") -> str:
    spec = f"{{path: {path}, sourceRef: {{kind: GitRepository, name: flux-system}}{more}}}"
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: {name}, namespace: flux-system}}\nspec: {spec}\n"
    )


def _config(name: str, value: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: x}}\ndata: {{v: '{value}'}}\n"


FILES: Mapping[str, str] = {
    "clusters/a/flux-system/gotk-sync.yaml": SYNC,
    "clusters/a/plain.yaml": _flux("plain", "./plain"),
    "clusters/a/over.yaml": _flux("over", "./over/prod", ", postBuild: {substitute: {V: '1'}}"),
    "clusters/a/parts.yaml": _flux("parts", "./parts", ", components: [../component], ignoreMissingComponents: true"),
    "plain/one.yaml": _config("one", "1"),
    "plain/deep/two.yaml": _config("two", "2"),
    "plain/unit/kustomization.yaml": "resources: [three.yaml]\n",
    "plain/unit/three.yaml": _config("three", "3"),
    "over/base/kustomization.yaml": "resources: [base.yaml]\nconfigMapGenerator: [{name: g, files: [data.txt]}]\n",
    "over/base/base.yaml": _config("base", "${V}"),
    "over/base/data.txt": "text",
    "over/prod/kustomization.yaml": "resources: [../base]\npatches: [{path: patch.yaml}]\n",
    "over/prod/patch.yaml": _config("base", "patched ${V}"),
    "parts/kustomization.yaml": "resources: [part.yaml]\n",
    "parts/part.yaml": _config("part", "1"),
    "docs/readme.yaml": "not: manifests\n",
}
ADDED = (
    "plain/new.yaml",
    "plain/kustomization.yaml",
    "over/prod/kustomization.yml",
    "component/kustomization.yaml",
    "x.md",
)
CONTENTS = (
    _config("changed", "9"),
    "resources: []\n",
    "resources: [one.yaml]\n",
    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: c-\n",
    "text",
    "",
)


class Counting:
    """The engine, counting."""

    def __init__(self) -> None:
        self.version = ENGINE.version
        self.built: list[str] = []

    def build(self, files: Mapping[str, bytes], directory: str) -> str:
        self.built.append(directory)
        return ENGINE.build(files, directory)


def tree(files: Mapping[str, str]) -> Tree:
    return Tree({path: text.encode() for path, text in files.items()})


def render(root: Tree, builder: Builder) -> Fleet:
    return render_fleet(Sources(root), builder, Settings())


def told(fleet: Fleet) -> object:
    """All that a rendering says."""
    landed = {
        name: [(obj.value, obj.origin, owner.id) for obj, owner in cluster.landed]
        for name, cluster in fleet.clusters.items()
    }
    return landed, fleet.problems, fleet.not_rendered


@settings(max_examples=60)
@given(
    edits=st.dictionaries(
        st.sampled_from([*FILES, *ADDED]), st.one_of(st.none(), st.sampled_from(CONTENTS)), min_size=1, max_size=4
    )
)
def test_a_rendering_that_reuses_another_says_what_a_fresh_one_says(edits: Mapping[str, str | None]) -> None:
    changed = {path: text for path, text in {**FILES, **edits}.items() if text is not None}
    builder = Builder(ENGINE)
    base, head = tree(FILES), tree(changed)
    render(base, builder)
    head.previous = base
    assert told(render(head, builder)) == told(render(tree(changed), Builder(ENGINE)))


@pytest.mark.parametrize(
    ("path", "content", "built"),
    [
        ("docs/readme.yaml", "other: text\n", []),
        ("x.md", "# new", []),
        ("plain/one.yaml", _config("one", "9"), ["plain"]),
        ("plain/new.yaml", _config("new", "9"), ["plain"]),
        ("plain/unit/three.yaml", _config("three", "9"), ["plain"]),
        ("over/base/data.txt", "other", ["over/prod"]),
        ("over/prod/patch.yaml", _config("base", "9"), ["over/prod"]),
        ("component/kustomization.yaml", CONTENTS[3], ["parts"]),
        ("clusters/a/plain.yaml", _flux("plain", "./plain", ", prune: true"), ["clusters/a"]),
        ("clusters/a/plain.yaml", _flux("plain", "./plain", ", namePrefix: p-"), ["clusters/a", "plain"]),
    ],
)
def test_only_what_reads_a_changed_file_is_built_again(path: str, content: str, built: list[str]) -> None:
    base, head = tree(FILES), tree({**FILES, path: content})
    engine = Counting()
    render(base, Builder(engine))
    engine.built.clear()
    head.previous = base
    render(head, Builder(engine))
    assert sorted(engine.built) == built


def test_clusters_that_build_alike_build_once() -> None:
    other = {path.replace("/a/", "/b/"): text.replace("/a,", "/b,") for path, text in FILES.items() if "/a/" in path}
    engine = Counting()
    fleet = render(tree({**FILES, **other}), Builder(engine))
    assert sorted(fleet.clusters) == ["a", "b"]
    assert sorted(engine.built) == ["clusters/a", "clusters/b", "over/prod", "parts", "plain"]


def test_a_build_that_fails_fails_for_all_that_ask_and_is_tried_once() -> None:
    files = {**FILES, "plain/unit/kustomization.yaml": "resources: [three.yaml]\nnamespace: [x]\n"}
    root, engine = tree(files), Counting()
    with pytest.raises(InputError):
        Builder(engine).build(root, "plain", {})
    tried = list(engine.built)
    with pytest.raises(InputError):
        Builder(engine).build(root, "plain", {})
    assert engine.built == tried


def test_errors_are_not_shared_but_equal() -> None:
    root = tree({"kustomization.yaml": "resources: [gone.yaml]\n"})
    raised = []
    for _ in range(2):
        with pytest.raises(BuildError) as caught:
            Builder(ENGINE).build(root, "", {})
        raised.append(caught.value)
    assert raised[0] is not raised[1]
    assert str(raised[0]) == str(raised[1])
