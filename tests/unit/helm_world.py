"""What the tests of Helm rendering share: releases, a cluster to look things up on, charts from memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway.fleet.charts import ChartRequest, FetchedChart
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.flux import HELM_GROUP, SOURCE_GROUP
from slipway.fleet.helm import HelmRenderer, Job
from slipway.fleet.helm_chart import pack
from slipway.fleet.helm_release import HelmRelease
from slipway.fleet.helm_source import Home
from slipway.fleet.helm_template import Template
from slipway.fleet.objects import KubeObject, Location, ObjectKey
from slipway.fleet.scope import CustomKinds, ServedApi
from slipway.fleet.tree import Tree

ORIGIN = Location("acme/fleet", "apps/web.yaml", 7)

GIT_CHART = {"chart": "./charts/app", "sourceRef": {"kind": "GitRepository", "name": "fleet"}}

CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Cluster",
        "names": {"kind": "Thing"},
        "versions": [{"name": "v1", "served": True}],
    },
}
"""Defines a kind `Thing` that has no namespace."""


def release(name: str = "web", *, chart: Mapping[str, Any] = GIT_CHART, **spec: Any) -> HelmRelease:
    """A HelmRelease in namespace `apps`, of a chart in Git unless told otherwise."""
    taken = {} if "chartRef" in spec else {"chart": {"spec": chart}}
    value = {
        "apiVersion": f"{HELM_GROUP}/v2",
        "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": "apps"},
        "spec": {**taken, **spec},
    }
    return HelmRelease(KubeObject(value, ORIGIN))


def kube_object(kind: str, name: str, namespace: str = "apps", group: str = "", **fields: Any) -> KubeObject:
    """An object of a cluster."""
    api_version = f"{group}/v1" if group else "v1"
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return KubeObject({"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}, ORIGIN)


def source(kind: str, name: str, **spec: Any) -> KubeObject:
    """A Flux source in namespace `apps`."""
    return kube_object(kind, name, group=SOURCE_GROUP, spec=spec)


def finder(*objects: KubeObject) -> Callable[[ObjectKey], KubeObject | None]:
    """Finds objects by their keys."""
    return {obj.key: obj for obj in objects}.get


def chart_files(templates: Mapping[str, str], **files: str) -> dict[str, bytes]:
    """A chart `app` of version 1.2.3, with files by path; `Chart_yaml` and the like stand for `Chart.yaml`."""
    found = {
        "Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.2.3\n",
        "values.yaml": "{}\n",
        **{f"templates/{path}": content for path, content in templates.items()},
        **{path.replace("_yaml", ".yaml"): content for path, content in files.items()},
    }
    return {path: content.encode() for path, content in found.items()}


def tree_with(files: Mapping[str, bytes], directory: str = "charts/app", revision: str = "") -> Tree:
    """A repository with a chart."""
    return Tree({f"{directory}/{path}": content for path, content in files.items()}, revision=revision)


def home(*objects: KubeObject, tree: Tree | None = None) -> Home:
    """A cluster with objects, all of whose sources are one tree."""

    def tree_of(key: ObjectKey) -> Tree:
        if tree is None:
            raise NotFetched(f"{key} is not at hand")
        return tree

    return Home(finder(*objects), tree_of)


@dataclass
class MemoryCharts:
    """Charts by URL, name and version, tag or digest."""

    charts: Mapping[tuple[str, str, str], FetchedChart] = field(default_factory=dict)
    asked: list[ChartRequest] = field(default_factory=list)

    def get(self, request: ChartRequest) -> FetchedChart:
        self.asked.append(request)
        key = (request.url, request.name, request.digest or request.tag or request.version)
        if not self.charts:
            raise NotFetched("its chart is not fetched: offline")
        if key not in self.charts:
            raise BuildError(f"no {request}")
        return self.charts[key]


def fetched(files: Mapping[str, bytes], digest: str = "") -> FetchedChart:
    """A chart as a repository has it."""
    return FetchedChart(pack(files).archive, digest)


@dataclass
class ScriptedHelm:
    """Answers with the same outputs over and over, and remembers what it was asked."""

    outputs: list[str]
    version: str = "helm v0"
    asked: list[Template] = field(default_factory=list)
    later: list[bool] = field(default_factory=list)

    def template(self, template: Template, *, later: bool = False) -> str:
        self.asked.append(template)
        self.later.append(later)
        return self.outputs[(len(self.asked) - 1) % len(self.outputs)]


class PassingEngine:
    """A kustomize that gives back what it gets."""

    version = "kustomize v0"

    def build(self, files: Mapping[str, bytes], directory: str) -> str:
        return files["helm-output.yaml"].decode()


def job(
    of: HelmRelease, at: Home, *, version: str = "1.35", custom: CustomKinds | None = None, target: Home | None = None
) -> Job:
    """A release to render on a cluster."""
    return Job(of, at, ServedApi(version, custom or {}), (target or at).find)


def scripted(*outputs: str, charts: MemoryCharts | None = None) -> tuple[HelmRenderer, ScriptedHelm]:
    """A renderer whose helm says what it is told to."""
    helm = ScriptedHelm(list(outputs))
    return HelmRenderer(charts or MemoryCharts(), helm, PassingEngine()), helm
