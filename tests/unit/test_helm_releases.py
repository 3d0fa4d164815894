"""The HelmReleases of a fleet, rendered onto its clusters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from slipway.fleet import releases
from slipway.fleet.clusters import EntryPoint
from slipway.fleet.errors import BuildError
from slipway.fleet.flux import KUSTOMIZE_GROUP, OPERATOR_GROUP, Kustomization, Source
from slipway.fleet.helm import HelmRenderer
from slipway.fleet.helm_template import Template
from slipway.fleet.known import Known
from slipway.fleet.model import Cluster, Fleet, NotRendered, Problem, RenderedKustomization
from slipway.fleet.objects import KubeObject
from slipway.fleet.releases import with_releases
from slipway.fleet.settings import Settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from tests.unit.helm_world import CRD, ORIGIN, MemoryCharts, PassingEngine, chart_files, kube_object, release, source

GIT = source("GitRepository", "fleet", url="https://github.com/acme/fleet")


class ByName:
    """A helm that gives each release the objects that it is told to, as text by the release's name."""

    version = "helm v0"

    def __init__(self, outputs: Mapping[str, str]) -> None:
        self._outputs = outputs
        self.asked: list[Template] = []

    def template(self, template: Template, *, later: bool = False) -> str:
        self.asked.append(template)
        if template.name not in self._outputs:
            raise BuildError("helm refuses the chart")
        return f"---\n# Source: app/templates/a.yaml\n{self._outputs[template.name]}"


def _owner(home: str = "hub", *, known: bool = True) -> RenderedKustomization:
    value = {
        "apiVersion": f"{KUSTOMIZE_GROUP}/v1",
        "kind": "Kustomization",
        "metadata": {"name": "apps", "namespace": "apps"},
        "spec": {"sourceRef": {"kind": "GitRepository", "name": "fleet"}},
    }
    kustomization = Kustomization(KubeObject(value, ORIGIN))
    return RenderedKustomization(kustomization, home, home, Source(GIT) if known else None, (), ())


def _fleet(*clusters: tuple[str, list[KubeObject]], known: bool = True) -> Fleet:
    return Fleet(
        {
            name: Cluster(
                name,
                "1.35",
                version_known=True,
                kustomizations=[_owner(name, known=known)],
                landed=[(obj, _owner(name, known=known)) for obj in objects],
            )
            for name, objects in clusters
        },
        (),
        (),
    )


def _sources(template: str = "") -> Sources:
    files = {f"charts/app/{path}": content for path, content in chart_files({"a.yaml": template}).items()}
    root = Tree(files)
    sources = Sources(root)
    sources.register_root(Source(GIT))
    return sources


def _with(fleet: Fleet, outputs: Mapping[str, str], **options: Any) -> tuple[Fleet, ByName]:
    helm = ByName(outputs)
    renderer = HelmRenderer(MemoryCharts(), helm, PassingEngine(), threads=1)
    known = Known(options.pop("sources", None) or _sources(), Settings())
    for cluster in fleet.clusters.values():
        own = frozenset(done.kustomization.source for done in cluster.kustomizations if done.source is None)
        known.add_entry(EntryPoint(cluster.name, (), own, ()))
        for obj in cluster.objects:
            list(known.add(cluster.name, obj))
    return with_releases(fleet, known, renderer, **options).fleet, helm


def _on(target: str, **spec: Any) -> KubeObject:
    """A release that installs to another cluster."""
    return release(kubeConfig={"secretRef": {"name": f"{target}-kubeconfig"}}, **spec).definition


def _names(cluster: Cluster) -> list[str]:
    return [str(obj.key) for obj in cluster.objects]


def _config(name: str, **fields: Any) -> str:
    return f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}\n"


def test_what_a_release_installs_lands_beside_it_and_belongs_to_it() -> None:
    fleet = _fleet(("hub", [GIT, release().definition]), ("spoke", []))
    rendered, _ = _with(fleet, {"web": _config("a")})
    assert _names(rendered.clusters["hub"]) == ["GitRepository apps/fleet", "HelmRelease apps/web", "ConfigMap apps/a"]
    brings_release = fleet.clusters["hub"].landed[-1][1]
    [installed] = rendered.clusters["hub"].expanded
    assert installed.id == ("hub", release().key)
    assert installed.ancestors == (brings_release.id,)
    assert rendered.clusters["hub"].landed[-1] == (installed.objects[0], installed)
    assert _names(fleet.clusters["hub"]) == ["GitRepository apps/fleet", "HelmRelease apps/web"]


def test_it_lands_on_the_cluster_that_it_installs_to() -> None:
    fleet = _fleet(("hub", [GIT, _on("spoke")]), ("spoke", [kube_object("Namespace", "shop", "")]))
    rendered, _ = _with(fleet, {"web": _config("a")})
    assert _names(rendered.clusters["spoke"]) == ["Namespace shop", "ConfigMap apps/a"]


def test_a_cluster_that_only_releases_install_to_is_one_of_the_fleet() -> None:
    rendered, _ = _with(_fleet(("hub", [GIT, _on("far")])), {"web": _config("a")})
    assert list(rendered.clusters) == ["hub", "kubeconfig:apps/far-kubeconfig"]
    assert _names(rendered.clusters["kubeconfig:apps/far-kubeconfig"]) == ["ConfigMap apps/a"]


def test_the_repository_itself_holds_charts_though_no_source_says_so() -> None:
    rendered, _ = _with(_fleet(("hub", [release().definition]), known=False), {"web": _config("a")})
    assert _names(rendered.clusters["hub"])[-1] == "ConfigMap apps/a"


def test_a_source_that_nothing_names_is_named() -> None:
    rendered, _ = _with(_fleet(("hub", [release().definition])), {}, sources=Sources(Tree({})))
    [item] = rendered.not_rendered
    assert item.what == "HelmRelease apps/web"
    assert "GitRepository apps/fleet (no URL) is not at hand" in item.why


def test_a_refusal_is_a_problem_at_the_release() -> None:
    rendered, _ = _with(_fleet(("hub", [GIT, release().definition])), {})
    assert rendered.problems == (Problem("helm", "helm refuses the chart", ORIGIN, "HelmRelease apps/web", "hub"),)


def test_what_is_not_known_is_passed_on() -> None:
    of = release(valuesFrom=[{"kind": "Secret", "name": "s"}])
    rendered, _ = _with(_fleet(("hub", [GIT, of.definition])), {"web": _config("a")})
    assert [item.what for item in rendered.not_rendered] == ["values of HelmRelease apps/web from Secret s"]


def test_values_are_looked_up_on_the_release_s_own_cluster() -> None:
    of = _on("spoke", valuesFrom=[{"kind": "ConfigMap", "name": "values"}])
    values = kube_object("ConfigMap", "values", data={"values.yaml": "a: 1"})
    _, helm = _with(_fleet(("hub", [GIT, of, values]), ("spoke", [])), {"web": _config("a")})
    assert helm.asked[0].values == '{"a": 1}'


def test_crds_that_a_chart_brings_are_known_to_the_others_in_a_second_round() -> None:
    thing = "{apiVersion: example.com/v1, kind: Thing, metadata: {name: t, namespace: wrong}}\n"
    fleet = _fleet(("hub", [GIT, release("things").definition, release("crds").definition]))
    outputs = {"things": thing, "crds": f"{CRD}\n"}
    rendered, helm = _with(fleet, outputs, sources=_sources('{{ .Capabilities.APIVersions.Has "example.com/v1" }}'))
    assert "Thing.example.com t" in _names(rendered.clusters["hub"])
    asked = [template for template in helm.asked if template.name == "things"]
    assert ["example.com/v1/Thing" in template.api_versions for template in asked] == [False, True]


def test_the_second_round_costs_nothing_where_nobody_asks() -> None:
    fleet = _fleet(("hub", [GIT, release("other").definition, release("crds").definition]))
    _, helm = _with(fleet, {"other": _config("a"), "crds": f"{CRD}\n"})
    assert len(helm.asked) == 2


def test_releases_that_a_chart_brings_are_rendered_too() -> None:
    inner = f"{release('inner').definition.value}\n"
    rendered, _ = _with(_fleet(("hub", [GIT, release().definition])), {"web": inner, "inner": _config("a")})
    assert _names(rendered.clusters["hub"])[-2:] == ["HelmRelease apps/inner", "ConfigMap apps/a"]


def test_charts_that_lead_to_one_another_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "MAX_DEPTH", 2)
    outputs = {f"r{number}": f"{release(f'r{number + 1}').definition.value}\n" for number in range(5)}
    rendered, helm = _with(_fleet(("hub", [GIT, release("r0").definition])), outputs)
    assert len(helm.asked) == 3
    assert [item.what for item in rendered.not_rendered] == ["HelmRelease apps/r3"]
    again, _ = _with(_fleet(("hub", [GIT, release("r0").definition])), {"r0": f"{release('r0').definition.value}\n"})
    assert again.not_rendered == ()


@pytest.mark.parametrize("kind", ["Kustomization", "ResourceSet"])
def test_what_a_chart_brings_and_that_would_bring_more_is_named(kind: str) -> None:
    group = KUSTOMIZE_GROUP if kind == "Kustomization" else OPERATOR_GROUP
    value = {**_owner().kustomization.definition.value, "kind": kind, "apiVersion": f"{group}/v1"}
    rendered, _ = _with(_fleet(("hub", [GIT, release().definition])), {"web": f"{value}\n"})
    assert [item.why for item in rendered.not_rendered] == [f"a {kind} that a chart brings"]


def test_more_releases_than_the_limit_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "MAX_RELEASES", 1)
    rendered, helm = _with(_fleet(("hub", [GIT, release("a").definition, release("b").definition])), {})
    assert helm.asked == []
    assert ["MAX_RELEASES" in item.why for item in rendered.not_rendered] == [True, True]


def test_what_is_left_when_the_work_ends_is_named() -> None:
    rendered, _ = _with(_fleet(("hub", [GIT, release().definition])), {}, stop=lambda: "out of time")
    assert rendered.not_rendered == (NotRendered("HelmRelease apps/web", "out of time", "hub"),)


def test_objects_of_a_chart_were_written_where_its_release_was() -> None:
    rendered, _ = _with(_fleet(("hub", [GIT, release().definition])), {"web": _config("a")})
    assert [obj.origin for obj in rendered.clusters["hub"].objects] == [ORIGIN] * 3
