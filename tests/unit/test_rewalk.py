"""A rendering that goes on from another one comes to what one from nothing comes to."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from slipway.fleet.errors import BuildError
from slipway.fleet.helm import HelmRenderer
from slipway.fleet.helm_template import Template
from slipway.fleet.kustomize import Builder
from slipway.fleet.manifests import dump
from slipway.fleet.model import Fleet, RenderedKustomization
from slipway.fleet.render import Rendering, render, whole
from slipway.fleet.rewalk import CannotGoOn, Rewalk
from slipway.fleet.settings import ClusterSettings, Settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from tests.unit.fake_fleets import FakeEngine, bootstrap, config, kustomization, repository, written
from tests.unit.helm_world import CRD, MemoryCharts, PassingEngine, chart_files

Files = Mapping[str, str]

APIS = '{{ .Capabilities.APIVersions.Has "example.com/v1" }}'


class EchoHelm:
    """A helm that makes a ConfigMap of what it is told, and a CRD if the values say so."""

    version = "helm v0"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def template(self, template: Template, *, later: bool = False) -> str:
        self.asked.append(template.name)
        values, files = json.loads(template.values), template.chart.files
        data = {
            "values": template.values,
            "chart": hashlib.sha256(files["templates/a.yaml"]).hexdigest(),
            "things": str("example.com/v1" in template.api_versions),
        }
        objects = [dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": template.name}, "data": data})]
        if values.get("crd"):
            objects.append(dump(CRD))
        if values.get("fail"):
            raise BuildError("told to fail")
        return "".join(f"---\n# Source: app/templates/a.yaml\n{each}" for each in objects)


VARIABLES = {"substituteFrom": [{"kind": "ConfigMap", "name": "vars"}]}
OPTIONAL = {"substituteFrom": [{"kind": "ConfigMap", "name": "vars", "optional": True}]}
CHART = {"chart": {"spec": {"chart": "./charts/app", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}}}


def _release(name: str, **spec: Any) -> str:
    values_from = [{"kind": "ConfigMap", "name": "vars", "valuesKey": "SIZE", "targetPath": "size", "optional": True}]
    spec = {**CHART, "valuesFrom": values_from, **spec}
    return written("helm.toolkit.fluxcd.io/v2", "HelmRelease", name, spec=spec)


FLEET: Files = {
    **{f"charts/app/{path}": text.decode() for path, text in chart_files({"a.yaml": APIS}).items()},
    "clusters/a/release.yaml": _release("app"),
    "tools/release.yaml": _release("tool", values={"x": 1}),
    **bootstrap("a", "b"),
    "clusters/a/vars.yaml": config("vars", SIZE="1"),
    "clusters/a/tools.yaml": kustomization("tools", "./tools", postBuild=VARIABLES),
    "clusters/a/apps.yaml": kustomization("apps", "./apps/a", dependsOn=[{"name": "tools"}]),
    "clusters/b/vars.yaml": config("vars", SIZE="2"),
    "clusters/b/tools.yaml": kustomization("tools", "./tools", postBuild=VARIABLES),
    "clusters/b/apps.yaml": kustomization("apps", "./apps/b"),
    "tools/tool.yaml": config("tool", size="${SIZE}"),
    "apps/a/web.yaml": kustomization("web", "./web", postBuild=OPTIONAL),
    "apps/b/web.yaml": kustomization("web", "./web"),
    "web/web.yaml": config("web", size="${SIZE:=3}"),
}


def _tree(files: Files, previous: Tree | None = None) -> Tree:
    tree = Tree({path: text.encode() for path, text in files.items()}, name="acme/gitops-system")
    tree.previous = previous
    return tree


class Change:
    """A rendering of a fleet, and one of what becomes of it."""

    def __init__(self, base: Files, head: Files, settings: Settings | None = None) -> None:
        self.engine, self.helm = FakeEngine(), EchoHelm()
        self._settings = settings or Settings()
        self._builder = Builder(self.engine)
        root = _tree(base)
        self.base = self._render(root)
        self.engine.built.clear()
        self.helm.asked.clear()
        self.head = self._render(_tree(head, root), before=self.base)
        self.rebuilt = sorted(self.engine.built)
        self.afresh = render(Sources(_tree(head)), Builder(FakeEngine()), self._settings, helm=_helm(EchoHelm()))
        assert shown(self.head.fleet) == shown(self.afresh.fleet)

    def _render(self, root: Tree, before: Rendering | None = None) -> Rendering:
        return render(Sources(root), self._builder, self._settings, helm=_helm(self.helm), before=before)

    @property
    def went_on(self) -> bool:
        """False if the walk started from nothing."""
        return isinstance(self.head.walk, Rewalk)

    @property
    def shared(self) -> set[str]:
        """Clusters that are the same object on both sides."""
        before = self.base.fleet.clusters
        return {name for name, cluster in self.head.fleet.clusters.items() if cluster is before.get(name)}


def _helm(engine: EchoHelm) -> HelmRenderer:
    return HelmRenderer(MemoryCharts(), engine, PassingEngine())


def shown(fleet: Fleet) -> dict[str, Any]:
    """Everything in a fleet, without the order."""
    return {
        "clusters": {
            name: (
                cluster.kubernetes_version,
                {done.id: _owner(done) for done in cluster.kustomizations},
                {
                    done.id: (dump(done.definition.value), done.target, done.ancestors, done.failed)
                    for done in cluster.expanded
                },
                Counter((obj.key, dump(obj.value), obj.origin, owner.id) for obj, owner in cluster.landed),
            )
            for name, cluster in fleet.clusters.items()
        },
        "problems": Counter(fleet.problems),
        "not rendered": Counter(fleet.not_rendered),
    }


def _owner(done: RenderedKustomization) -> tuple[object, ...]:
    source = done.source and (dump(done.source.definition.value), done.source.definition.origin)
    definition = (dump(done.definition.value), done.definition.origin)
    return (definition, source, done.target, done.ancestors, done.failed, done.unknown_variables)


def test_nothing_is_rendered_again_where_nothing_changes() -> None:
    change = Change(FLEET, FLEET)
    assert (change.went_on, change.rebuilt, change.shared) == (True, [], {"a", "b"})


def test_one_of_the_same_files_keeps_no_others_in_memory() -> None:
    root = _tree(FLEET)
    builder, settings = Builder(FakeEngine()), Settings()
    first = render(Sources(root), builder, settings)
    again = render(Sources(root), builder, settings, before=first)
    other = render(Sources(_tree({**FLEET, "README.md": "x"}, root)), builder, settings, before=again)
    assert [each.generation for each in (first, again, other)] == [0, 0, 1]


def test_only_what_reads_a_changed_file_is_built_again() -> None:
    change = Change(FLEET, {**FLEET, "apps/a/more.yaml": config("more")})
    assert (change.went_on, change.rebuilt, change.shared) == (True, ["apps/a"], {"b"})
    assert {(cluster, key.name) for cluster, key in change.head.walk.rendered} == {("a", "apps")}


def test_what_a_variable_changes_is_rendered_again_with_all_below() -> None:
    change = Change(FLEET, {**FLEET, "clusters/a/vars.yaml": config("vars", SIZE="7")})
    assert (change.went_on, change.shared) == (True, {"b"})
    sizes = {
        obj.name: obj.value["data"]["size"]
        for obj in change.head.fleet.clusters["a"].objects
        if "size" in obj.value.get("data", {})
    }
    assert sizes == {"tool": 7, "web": 7}


def test_what_stays_as_it_was_is_the_same_object() -> None:
    change = Change(FLEET, {**FLEET, "tools/more.yaml": config("more")})
    before = {obj.key: obj for obj in change.base.fleet.clusters["a"].objects}
    after = {obj.key: obj for obj in change.head.fleet.clusters["a"].objects}
    assert all(after[key] is obj for key, obj in before.items())
    assert len(after) == len(before) + 1


EDITS: dict[str, Callable[[dict[str, str]], object]] = {
    "a kustomization goes": lambda files: files.pop("clusters/a/apps.yaml"),
    "a nested one goes": lambda files: files.pop("apps/a/web.yaml"),
    "a kustomization comes": lambda files: files.update(
        {"clusters/b/more.yaml": kustomization("more", "./more"), "more/x.yaml": config("x")}
    ),
    "one is renamed": lambda files: files.update({"clusters/a/apps.yaml": kustomization("apps-2", "./apps/a")}),
    "one gets another path": lambda files: files.update({"clusters/a/apps.yaml": kustomization("apps", "./apps/b")}),
    "a path goes": lambda files: files.pop("web/web.yaml"),
    "a line moves": lambda files: files.update({"apps/a/web.yaml": "# moved\n" + files["apps/a/web.yaml"]}),
    "variables go": lambda files: files.pop("clusters/a/vars.yaml"),
    "variables come from below": lambda files: files.update(
        {"clusters/a/vars.yaml": config("other"), "web/vars.yaml": config("vars", SIZE="9")}
    ),
    "a build breaks": lambda files: files.update({"tools/broken.yaml": "a: ["}),
    "a substitution breaks": lambda files: files.update({"web/web.yaml": config("web", size="${SIZE")}),
    "a source changes": lambda files: files.update(
        {
            "clusters/a/other.yaml": repository("other", "https://github.com/acme/other"),
            "clusters/a/apps.yaml": kustomization("apps", "./apps/a", "other"),
        }
    ),
    "a source of no files gets ignored ones": lambda files: files.update({".sourceignore": "apps/a/\n"}),
    "it lands elsewhere": lambda files: files.update(
        {"clusters/a/apps.yaml": kustomization("apps", "./apps/a", kubeConfig={"secretRef": {"name": "b-kubeconfig"}})}
    ),
    "it lands on a cluster that nobody knew": lambda files: files.update(
        {"clusters/a/apps.yaml": kustomization("apps", "./apps/a", kubeConfig={"secretRef": {"name": "far"}})}
    ),
    "two bring the same": lambda files: files.update(
        {"apps/a/tool.yaml": config("tool", size="4"), "apps/b/web.yaml": kustomization("tools", "./web")}
    ),
    "a cluster comes": lambda files: files.update(bootstrap("c")),
    "a cluster goes": lambda files: [files.pop(path) for path in list(files) if path.startswith("clusters/b/")],
    "bootstrap is edited": lambda files: files.update(bootstrap("a", ref={"branch": "main"})),
    "a release goes": lambda files: files.pop("clusters/a/release.yaml"),
    "a release changes": lambda files: files.update({"tools/release.yaml": _release("tool", values={"x": 2})}),
    "a chart brings a definition": lambda files: files.update(
        {"clusters/b/crds.yaml": _release("crds", values={"crd": True})}
    ),
    "a release fails": lambda files: files.update({"tools/release.yaml": _release("tool", values={"fail": True})}),
    "a chart changes": lambda files: files.update({"charts/app/templates/a.yaml": "changed"}),
    "a chart goes": lambda files: files.pop("charts/app/Chart.yaml"),
    "a release lands elsewhere": lambda files: files.update(
        {"clusters/a/release.yaml": _release("app", kubeConfig={"secretRef": {"name": "b-kubeconfig"}})}
    ),
    "one applies itself changed": lambda files: files.update(
        {"clusters/a/self.yaml": kustomization("flux-system", "./clusters/a", interval="9m")}
    ),
}


def _edited(files: Files, *names: str) -> dict[str, str]:
    after = dict(files)
    for name in names:
        try:
            EDITS[name](after)
        except KeyError:  # an earlier edit has removed it
            continue
    return after


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_comes_to_what_it_comes_to_from_nothing_and_so_does_its_reversal(edit: str) -> None:
    after = _edited(FLEET, edit)
    Change(FLEET, after)
    Change(after, FLEET)


GOES_ON = [name for name in EDITS if name.startswith(("a kust", "a nest", "one is", "one gets", "a path", "a line"))]


@pytest.mark.parametrize("edit", GOES_ON)
def test_everyday_edits_do_not_start_from_nothing(edit: str) -> None:
    assert Change(FLEET, _edited(FLEET, edit)).went_on


EDIT_NAMES = st.lists(st.sampled_from(sorted(EDITS)), max_size=4)


@given(EDIT_NAMES, EDIT_NAMES)
def test_any_edits_of_any_fleet_come_to_what_they_come_to_from_nothing(first: list[str], then: list[str]) -> None:
    base = _edited(FLEET, *first)
    Change(base, _edited(base, *then))


@given(st.lists(EDIT_NAMES, min_size=2, max_size=5))
@example([["a substitution breaks", "variables come from below"], ["a kustomization goes"]])  # which never settles
def test_one_may_go_on_from_another_again_and_again(steps: list[list[str]]) -> None:
    builder, files, root, before = Builder(FakeEngine()), dict(FLEET), _tree(FLEET), None
    for names in steps:
        before = render(Sources(root), builder, Settings(), helm=_helm(EchoHelm()), before=before)
        files = _edited(files, *names)
        root = _tree(files, root)
    went_on = render(Sources(root), builder, Settings(), helm=_helm(EchoHelm()), before=before)
    afresh = render(Sources(_tree(files)), Builder(FakeEngine()), Settings(), helm=_helm(EchoHelm()))
    assert shown(went_on.fleet) == shown(afresh.fleet)


def test_a_release_is_rendered_again_only_if_something_of_it_changes() -> None:
    assert Change(FLEET, {**FLEET, "web/more.yaml": config("more")}).helm.asked == []
    changed = Change(FLEET, {**FLEET, "clusters/a/vars.yaml": config("vars", SIZE="5")})
    assert sorted(set(changed.helm.asked)) == ["app", "tool"]
    assert changed.shared == {"b"}
    chart = Change(FLEET, {**FLEET, "charts/app/templates/a.yaml": "changed"})
    assert sorted(set(chart.helm.asked)) == ["app", "tool"]


def test_a_large_fleet_may_be_rendered_in_parts() -> None:
    files = _edited(FLEET, "it lands on a cluster that nobody knew", "a cluster comes", "a build breaks")
    parts = [
        render(Sources(_tree(files)), Builder(FakeEngine()), Settings(), helm=_helm(EchoHelm()), only=names).fleet
        for names in ({"a"}, {"b", "c"})
    ]
    afresh = render(Sources(_tree(files)), Builder(FakeEngine()), Settings(), helm=_helm(EchoHelm())).fleet
    assert shown(whole(parts)) == shown(afresh)
    assert {done.home for done in parts[0].clusters["b"].kustomizations} == set()


def test_the_other_rendering_stays_as_it_was() -> None:
    change = Change(FLEET, _edited(FLEET, "variables go", "a kustomization goes"))
    afresh = render(Sources(_tree(FLEET)), Builder(FakeEngine()), Settings(), helm=_helm(EchoHelm()))
    assert shown(change.base.fleet) == shown(afresh.fleet)


def test_other_settings_start_from_nothing() -> None:
    root = _tree(FLEET)
    base = render(Sources(root), Builder(FakeEngine()), Settings())
    settings = Settings({"a": ClusterSettings("clusters/a", "1.33")})
    with pytest.raises(CannotGoOn, match="settings"):
        Rewalk(base.walk, Sources(root), Builder(FakeEngine()), settings, None, lambda: "")


def test_one_that_was_stopped_is_nothing_to_go_on_from() -> None:
    root = _tree(FLEET)
    helm = _helm(EchoHelm())
    stopped = render(Sources(root), Builder(FakeEngine()), Settings(), helm=helm, stop=lambda: "out of time")
    again = render(Sources(root), Builder(FakeEngine()), Settings(), helm=helm, before=stopped)
    assert again.fleet.not_rendered == ()
