"""SLW123: what autoscalers scale, and where requests are sent."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, findings, helm_release, helm_repository

FILE = "clusters/staging/web.yaml"


def cluster(*objects: str) -> list[Finding]:
    return findings({FILE: "---\n".join(objects)}, "SLW123")


def some(api_version: str, kind: str, name: str = "web", namespace: str = "web", **fields: object) -> str:
    return dump({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **fields})


def workload(kind: str = "Deployment", name: str = "web", namespace: str = "web") -> str:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}
    return some("apps/v1", kind, name, namespace, spec={"selector": {"matchLabels": labels}, "template": template})


def service(name: str = "web", namespace: str = "web", **spec: object) -> str:
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    return some("v1", "Service", name, namespace, spec={"ports": ports, **spec})


def ingress(name: str = "web", /, **port: object) -> str:
    backend = {"service": {"name": name, "port": port or {"number": 80}}}
    paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
    return some("networking.k8s.io/v1", "Ingress", spec={"rules": [{"http": {"paths": paths}}]})


def route(name: str = "web", /, **fields: object) -> str:
    backends = [{"name": name, "port": 80, **fields}]
    return some("gateway.networking.k8s.io/v1", "HTTPRoute", spec={"rules": [{"backendRefs": backends}]})


def autoscaler(name: str = "web", kind: str = "Deployment", api_version: str = "apps/v1") -> str:
    reference = {"apiVersion": api_version, "kind": kind, "name": name}
    return some("autoscaling/v2", "HorizontalPodAutoscaler", spec={"maxReplicas": 3, "scaleTargetRef": reference})


def scaled(name: str = "web", /, **reference: object) -> str:
    return some(
        "keda.sh/v1alpha1", "ScaledObject", spec={"scaleTargetRef": {"name": name, **reference}, "triggers": []}
    )


def vertical(name: str = "web") -> str:
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    return some("autoscaling.k8s.io/v1", "VerticalPodAutoscaler", spec={"targetRef": reference})


NAMERS = {"of Pods": autoscaler, "of their size": vertical, "of KEDA": scaled, "an Ingress": ingress, "a route": route}
THERE = (workload(), service())


@pytest.mark.parametrize("namer", NAMERS.values(), ids=NAMERS)
def test_what_is_there_is_found(namer: object) -> None:
    assert callable(namer)
    assert cluster(namer(), *THERE) == []


@pytest.mark.parametrize("namer", NAMERS.values(), ids=NAMERS)
def test_a_letter_too_many_is_an_error(namer: object) -> None:
    assert callable(namer)
    [finding] = cluster(namer("webs"), *THERE)

    assert finding.rule.severity == "error"
    assert finding.message.endswith(" web/webs, which nothing in Git applies")
    assert finding.hint.endswith(" web/web")


@pytest.mark.parametrize("namer", NAMERS.values(), ids=NAMERS)
def test_where_a_chart_may_bring_it_it_is_a_warning_with_a_near_name_only(namer: object) -> None:
    assert callable(namer)
    chart = (helm_release("x"), helm_repository())
    [finding] = cluster(namer("webs"), *THERE, *chart)

    assert finding.rule.severity == "warning"
    assert cluster(namer("other"), *THERE, *chart) == []


@pytest.mark.parametrize("namer", [autoscaler, ingress, route])
def test_what_nothing_is_like_is_a_warning(namer: object) -> None:
    assert callable(namer)
    [finding] = cluster(namer("other"), *THERE)

    assert finding.rule.severity == "warning"
    assert "there is" not in finding.hint


def test_it_is_on_the_line_with_the_name() -> None:
    assert cluster(autoscaler("webs"), workload())[0].where == at(FILE, 11)


def test_a_workload_of_another_kind_is_an_error() -> None:
    [finding] = cluster(autoscaler(), workload("StatefulSet"))

    assert finding.rule.severity == "error"
    assert finding.message == "it scales Deployment web/web, which nothing in Git applies"
    assert finding.hint == "nothing is ever scaled; there is StatefulSet web/web"


def test_a_service_of_another_namespace_is_a_warning() -> None:
    [finding] = cluster(ingress(), service(namespace="default"))

    assert finding.rule.severity == "warning"
    assert finding.hint.endswith("there is Service default/web")
    assert cluster(route(namespace="default"), service(namespace="default")) == []


def test_what_operators_may_make_is_no_finding_without_a_near_name() -> None:
    database = some("postgresql.cnpg.io/v1", "Cluster", "database")

    assert cluster(ingress("database-rw"), database) == []
    assert cluster(ingress("webs"), service(), database)[0].rule.severity == "error"
    assert cluster(ingress("webs"), service(), some("acme.example/v1", "Site", "webs"))[0].rule.severity == "warning"


@pytest.mark.parametrize(
    "obj",
    [
        ingress("forward", name="use-annotation"),
        autoscaler(kind="Rollout", api_version="argoproj.io/v1alpha1"),
        scaled(kind="Rollout", apiVersion="argoproj.io/v1alpha1"),
        route(kind="ServiceImport", group="multicluster.x-k8s.io"),
        route(weight=0),
        ingress("web-${SUFFIX}"),
        some("networking.k8s.io/v1", "Ingress", spec={"rules": [{"host": "acme.example"}]}),
        ingress("kubernetes").replace("namespace: web", "namespace: default"),
    ],
    ids=["an annotation", "a Rollout", "one of KEDA", "of many clusters", "no weight", "a variable", "none", "own"],
)
def test_what_is_no_service_or_workload_of_git_is_not_looked_for(obj: str) -> None:
    assert cluster(obj) == []


@pytest.mark.parametrize(
    "namer", [ingress(number=81), ingress(name="https"), route(port=8080)], ids=["number", "name", "of Pods"]
)
def test_a_port_that_the_service_does_not_have_is_an_error(namer: str) -> None:
    [finding] = cluster(namer, service())

    assert finding.rule.severity == "error"
    assert finding.message.endswith("of Service web/web, which does not have it")
    assert finding.hint.startswith("whoever calls gets an error; it has ")


@pytest.mark.parametrize(
    ("namer", "there"),
    [
        (ingress(name="http"), service()),
        (ingress(number=8080), service()),
        (ingress(number=81), service(type="ExternalName", externalName="acme.example")),
        (ingress(number=81), service(ports=[])),
        (
            ingress(number=81),
            service().replace("name: web\n", "name: web\n  labels: {kustomize.toolkit.fluxcd.io/ssa: merge}\n", 1),
        ),
    ],
    ids=["by its name", "the Pods'", "outside", "none", "merged"],
)
def test_a_port_that_may_be_there_is_fine(namer: str, there: str) -> None:
    assert cluster(namer, there) == []
