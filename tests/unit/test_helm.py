"""HelmReleases rendered with the real helm and kustomize."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from slipway.errors import InputError
from slipway.fleet.errors import BuildError, ChartError, NotFetched
from slipway.fleet.helm import HelmRenderer, Installed
from slipway.fleet.objects import KubeObject, ObjectKey
from slipway.fleet.scope import custom_kinds
from slipway.tools import kubectl
from slipway.tools.helm import Helm
from slipway.tools.layer import find_tool
from tests.unit.helm_world import (
    ORIGIN,
    MemoryCharts,
    chart_files,
    fetched,
    home,
    job,
    kube_object,
    release,
    scripted,
    source,
    tree_with,
)

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata:\n"
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec: {group: example.com, scope: Cluster, names: {kind: Thing, plural: things}, versions: [{name: v1, served: true}]}
"""


@pytest.fixture(scope="module")
def renderer() -> HelmRenderer:
    return HelmRenderer(MemoryCharts(), Helm(find_tool("helm")), kubectl.Kubectl(kubectl.find()))


def _render(
    renderer: HelmRenderer,
    templates: Mapping[str, str],
    *objects: KubeObject,
    files: Mapping[str, bytes] | None = None,
    custom: Any = None,
    version: str = "1.35",
    **spec: Any,
) -> Installed:
    tree = tree_with({**chart_files(templates), **(files or {})})
    return renderer.render(job(release(**spec), home(*objects, tree=tree), custom=custom, version=version))


def _data(rendered: Installed) -> Any:
    [config] = [obj for obj in rendered.objects if obj.kind == "ConfigMap"]
    return config.value["data"]


def test_a_release_is_rendered_as_the_cluster_would_have_it(renderer: HelmRenderer) -> None:
    rendered = _render(
        renderer,
        {"a.yaml": CONFIG + "  {{- toYaml .Values | nindent 2 }}\n"},
        kube_object("ConfigMap", "values", data={"values.yaml": "from: config\nnested: {a: '1', b: '1'}"}),
        files={"values.yaml": b"own: chart\nfrom: chart\n"},
        valuesFrom=[{"kind": "ConfigMap", "name": "values"}],
        values={"nested": {"b": "2"}},
    )
    [config] = rendered.objects
    assert config.value["data"] == {"own": "chart", "from": "config", "nested": {"a": "1", "b": "2"}}
    assert config.key == ObjectKey("", "ConfigMap", "apps", "web")
    assert config.origin == ORIGIN
    assert rendered.unknown == ()


def test_numbers_are_to_templates_what_they_are_in_flux(renderer: HelmRenderer) -> None:
    kind_of = '{{ $name }}: {{ printf "%v %s" $value (kindOf $value) | quote }}'
    template = f"  {{{{- range $name, $value := .Values }}}}\n  {kind_of}\n  {{{{- end }}}}\n"
    rendered = _render(
        renderer,
        {"a.yaml": CONFIG + template},
        kube_object("ConfigMap", "set", data={"number": "10000000", "text": "'10000000'"}),
        values={"plain": 10000000, "small": 3, "long": 12345678901234567890, "float": 0.5},
        valuesFrom=[
            {"kind": "ConfigMap", "name": "set", "valuesKey": "number", "targetPath": "set"},
            {"kind": "ConfigMap", "name": "set", "valuesKey": "text", "targetPath": "text"},
        ],
    )
    assert _data(rendered) == {
        "plain": "1e+07 float64",
        "small": "3 float64",
        "long": "1.2345678901234567e+19 float64",
        "float": "0.5 float64",
        "set": "10000000 int64",
        "text": "10000000 string",
    }


def test_a_number_in_a_list_keeps_its_kind(renderer: HelmRenderer) -> None:
    rendered = _render(
        renderer,
        {"a.yaml": CONFIG + "  kinds: {{ range .Values.list }}{{ kindOf .n }} {{ end }}\n"},
        kube_object("ConfigMap", "set", data={"n": "2"}),
        values={"list": [{"n": 1}, {"m": 1}]},
        valuesFrom=[{"kind": "ConfigMap", "name": "set", "valuesKey": "n", "targetPath": "list[1].n"}],
    )
    # Lists of spec.values are shared while values are merged, so the one in them is changed.
    assert _data(rendered) == {"kinds": "float64 int64"}


def test_the_cluster_is_told_about(renderer: HelmRenderer) -> None:
    asks = (
        "  version: {{ .Capabilities.KubeVersion.Version }}\n"
        '  own: "{{ .Capabilities.APIVersions.Has "apps/v1/Deployment" }}"\n'
        '  crd: "{{ .Capabilities.APIVersions.Has "example.com/v1/Thing" }}"\n'
        '  none: "{{ .Capabilities.APIVersions.Has "example.com/v2" }}"\n'
        '  install: "{{ .Release.IsInstall }} {{ .Release.Revision }} {{ .Release.Service }}"\n'
    )
    custom = custom_kinds([KubeObject({"kind": "CustomResourceDefinition", **_crd()}, ORIGIN)])
    data = _data(_render(renderer, {"a.yaml": CONFIG + asks}, custom=custom, version="1.34"))
    assert data == {"version": "v1.34.0", "own": "true", "crd": "true", "none": "false", "install": "true 1 Helm"}


def _crd() -> dict[str, Any]:
    versions = [{"name": "v1", "served": True}]
    spec = {"group": "example.com", "scope": "Cluster", "names": {"kind": "Thing"}, "versions": versions}
    return {"apiVersion": "apiextensions.k8s.io/v1", "spec": spec}


def test_a_chart_for_another_kubernetes_is_refused(renderer: HelmRenderer) -> None:
    chart = {"Chart.yaml": b"apiVersion: v2\nname: app\nversion: 1.2.3\nkubeVersion: '>=1.36-0'\n"}
    with pytest.raises(BuildError, match=r"chart requires kubeVersion: >=1\.36-0 which is incompatible") as caught:
        _render(renderer, {"a.yaml": CONFIG}, files=chart, version="1.35")
    assert (caught.value.file, caught.value.line) == (ORIGIN.path, ORIGIN.line)
    _render(renderer, {"a.yaml": CONFIG}, files=chart, version="1.36.1-eks-1234567")


def test_objects_are_put_into_the_release_s_namespace_if_their_kind_has_any(renderer: HelmRenderer) -> None:
    objects = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\n"
        "apiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: other}\n---\n"
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: c, namespace: wrong}\n---\n"
        "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: d}\n---\n"
        "apiVersion: unknown.example.com/v1\nkind: Some\nmetadata: {name: e}\n"
    )
    rendered = _render(
        renderer,
        {"a.yaml": objects},
        files={"crds/crd.yaml": CRD.encode()},
        targetNamespace="shop",
        install={"createNamespace": True},
    )
    assert [str(obj.key) for obj in rendered.objects] == [
        "Namespace shop",
        "CustomResourceDefinition things.example.com",
        "ClusterRole c",
        "Service shop/a",
        "Service other/b",
        "Some.unknown.example.com e",
        "Thing.example.com d",
    ]
    assert rendered.objects[0].value["metadata"]["labels"] == {"name": "shop"}


def test_a_namespace_that_git_holds_is_not_made(renderer: HelmRenderer) -> None:
    spec = {"targetNamespace": "shop", "install": {"createNamespace": True}}
    rendered = _render(renderer, {"a.yaml": CONFIG}, kube_object("Namespace", "shop", ""), **spec)
    assert [obj.kind for obj in rendered.objects] == ["ConfigMap"]


def test_skipped_crds_are_left_out(renderer: HelmRenderer) -> None:
    crd = {"crds/crd.yaml": CRD.encode()}
    assert _render(renderer, {}, files=crd, install={"crds": "Skip"}).objects == ()
    assert len(_render(renderer, {}, files=crd).objects) == 1


def test_what_chance_decides_is_masked_and_named(renderer: HelmRenderer) -> None:
    secret = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: app, annotations: {at: '{{ now | unixEpoch }}'}}\n"
        "stringData: {password: {{ randAlphaNum 12 }}, user: me}\n"
    )
    first = _render(renderer, {"a.yaml": secret})
    assert first.objects[0].value["stringData"] == {"password": "random", "user": "me"}
    assert first.unknown == (
        (
            "metadata.annotations.at, stringData.password of Secret app (HelmRelease apps/web)",
            "another at each rendering",
        ),
    )
    again = HelmRenderer(renderer.charts, renderer.helm, renderer.kustomize)
    assert _render(again, {"a.yaml": secret}) == first


def test_lookups_find_nothing_and_that_is_said(renderer: HelmRenderer) -> None:
    found = '  found: "{{ (lookup "v1" "Namespace" "" "default").kind }}"\n'
    rendered = _render(renderer, {"a.yaml": CONFIG + found})
    assert _data(rendered) == {"found": ""}
    assert rendered.unknown == (
        ("lookups of HelmRelease apps/web", "the chart asks the cluster for objects; here it finds none"),
    )


def test_values_that_are_not_in_git_are_named_and_the_rest_is_rendered(renderer: HelmRenderer) -> None:
    refs = [{"kind": "Secret", "name": "passwords"}]
    rendered = _render(renderer, {"a.yaml": CONFIG + "  a: {{ .Values.a }}\n"}, values={"a": "b"}, valuesFrom=refs)
    assert _data(rendered) == {"a": "b"}
    assert rendered.unknown == (
        ("values of HelmRelease apps/web from Secret passwords", "Secret apps/passwords is not in Git"),
    )


@pytest.mark.parametrize(
    ("spec", "error", "reason"),
    [
        ({}, BuildError, ""),
        ({"valuesFrom": [{"kind": "Secret", "name": "s"}]}, NotFetched, "the values of Secret s are not known here"),
        ({"values": {"b": "${DOMAIN}"}}, NotFetched, "hold variables that only the cluster knows"),
    ],
)
def test_a_refusal_is_an_error_only_if_all_is_known(
    renderer: HelmRenderer, spec: dict[str, Any], error: type[InputError], reason: str
) -> None:
    required = {"a.yaml": CONFIG + '  a: {{ required "a is required" .Values.a }}\n'}
    with pytest.raises(error, match="a is required") as caught:
        _render(renderer, required, **spec)
    assert reason in caught.value.message
    assert (caught.value.file, caught.value.line) == (ORIGIN.path, ORIGIN.line)


@pytest.mark.parametrize(
    ("template", "error", "reason"),
    [
        (
            '{{ if not (lookup "v1" "Secret" "x" "y") }}{{ fail "no secret" }}{{ end }}',
            NotFetched,
            "asks the cluster for",
        ),
        (
            '{{ if not (.Capabilities.APIVersions.Has "a.example.com/v1") }}{{ fail "no CRD" }}{{ end }}',
            NotFetched,
            "the chart asks for a.example.com, which nothing in Git defines",
        ),
        ('{{ if .Capabilities.APIVersions.Has "example.com/v1" }}{{ fail "two" }}{{ end }}', BuildError, ""),
        ('{{ if .Capabilities.APIVersions.Has "apps/v1" }}{{ fail "never" }}{{ end }}', BuildError, ""),
    ],
)
def test_a_chart_that_fails_for_what_the_cluster_has_may_be_no_error(
    renderer: HelmRenderer, template: str, error: type[InputError], reason: str
) -> None:
    custom = custom_kinds([KubeObject({"kind": "CustomResourceDefinition", **_crd()}, ORIGIN)])
    with pytest.raises(error) as caught:
        _render(renderer, {"a.yaml": template}, custom=custom)
    assert reason in caught.value.message


class TestSchema:
    SCHEMA = b'{"properties": {"replicas": {"type": "integer"}}}'

    def test_values_are_held_against_the_chart_s_schema(self, renderer: HelmRenderer) -> None:
        files = {"values.schema.json": self.SCHEMA}
        with pytest.raises(BuildError, match=r"values don't meet the specifications of the schema"):
            _render(renderer, {"a.yaml": CONFIG}, files=files, values={"replicas": "two"})

    def test_unless_the_release_says_otherwise(self, renderer: HelmRenderer) -> None:
        spec = {"values": {"replicas": "two"}, "install": {"disableSchemaValidation": True}}
        assert _render(renderer, {"a.yaml": CONFIG}, files={"values.schema.json": self.SCHEMA}, **spec).objects

    def test_a_schema_that_refers_elsewhere_is_not_followed(self, renderer: HelmRenderer) -> None:
        schema = b'{"allOf": [{"$ref": "file:///etc/passwd"}, {"$ref": "http://127.0.0.1:1/x"}]}'
        rendered = _render(renderer, {"a.yaml": CONFIG}, files={"values.schema.json": schema})
        assert rendered.unknown == (
            (
                "check of the values of HelmRelease apps/web",
                "the chart's schema refers to others, which are not fetched",
            ),
        )


class TestCharts:
    """Charts from a repository."""

    REPOSITORY = source("HelmRepository", "stable", url="https://charts.example.com")
    CHART: ClassVar = {"chart": "app", "sourceRef": {"kind": "HelmRepository", "name": "stable"}}

    def test_one_that_is_fetched_is_rendered(self, renderer: HelmRenderer) -> None:
        files = chart_files({"a.yaml": CONFIG + "  chart: {{ .Chart.Name }}-{{ .Chart.Version }}\n"})
        charts = MemoryCharts({("https://charts.example.com", "app", ""): fetched(files)})
        own = HelmRenderer(charts, renderer.helm, renderer.kustomize)
        rendered = own.render(job(release(chart=self.CHART), home(self.REPOSITORY)))
        assert _data(rendered) == {"chart": "app-1.2.3"}

    def test_one_that_is_not_at_hand_is_said_at_its_release(self) -> None:
        renderer, _ = scripted("")
        with pytest.raises(NotFetched, match="offline") as caught:
            renderer.render(job(release(chart=self.CHART), home(self.REPOSITORY)))
        assert (caught.value.file, caught.value.line) == (ORIGIN.path, ORIGIN.line)


class TestWork:
    """How often helm is run."""

    OUTPUT = "---\n# Source: app/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"

    def test_equal_renderings_are_one(self) -> None:
        renderer, helm = scripted(self.OUTPUT)
        of = job(release(), home(tree=tree_with(chart_files({}))))
        assert renderer.render(of) == renderer.render(of)
        assert len(helm.asked) == 1

    def test_one_more_crd_renders_only_charts_anew_that_ask_for_apis(self) -> None:
        crd = custom_kinds([KubeObject({"kind": "CustomResourceDefinition", **_crd()}, ORIGIN)])
        for template, runs in (("{{ .Values.a }}", 1), ("{{ .Capabilities.APIVersions }}", 2)):
            renderer, helm = scripted(self.OUTPUT)
            at = home(tree=tree_with(chart_files({"a.yaml": template})))
            renderer.render(job(release(), at))
            renderer.render(job(release(), at, custom=crd))
            assert len(helm.asked) == runs

    def test_a_chart_that_depends_on_chance_is_rendered_twice_and_on_time_later(self) -> None:
        for template, later in (("{{ uuidv4 }}", [False, False]), ("{{ now }}", [False, True])):
            renderer, helm = scripted(self.OUTPUT)
            renderer.render(job(release(), home(tree=tree_with(chart_files({"a.yaml": template})))))
            assert helm.later == later

    def test_many_are_rendered_side_by_side_and_errors_stay_their_own(self) -> None:
        renderer, _ = scripted(self.OUTPUT)
        at = home(tree=tree_with(chart_files({})))
        jobs = [job(release(f"r{number}"), at) for number in range(8)]
        jobs[3] = job(release(chart={"chart": "gone", "sourceRef": {"kind": "GitRepository"}}), at)
        found = renderer.render_all(jobs)
        assert [type(each) for each in found] == [Installed] * 3 + [ChartError] + [Installed] * 4
        labels = [each.objects[0].metadata["labels"] for each in found if isinstance(each, Installed)]
        assert [each["helm.toolkit.fluxcd.io/name"] for each in labels] == ["r0", "r1", "r2", "r4", "r5", "r6", "r7"]

    def test_what_is_left_when_the_work_ends_is_named(self) -> None:
        renderer, helm = scripted(self.OUTPUT)
        jobs = [job(release(), home(tree=tree_with(chart_files({}))))] * 3
        found = replace(renderer, threads=1).render_all(jobs, stop=lambda: "out of time" if helm.asked else "")
        assert [str(each) for each in found[1:]] == ["out of time", "out of time"]
