"""SLW709: images that are not pinned to a version."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, findings, helm_release

POD = {"containers": [{"name": "web", "image": "ghcr.io/acme/web:latest"}]}


def some(api_version: str, kind: str, spec: object) -> str:
    metadata = {"name": "web", "namespace": "default"}
    return dump({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})


def pod(image: object, field: str = "containers") -> str:
    return some("v1", "Pod", {field: [{"name": "web", "image": image}]})


def cluster(obj: str) -> list[Finding]:
    return findings({"clusters/staging/web.yaml": obj}, "SLW709")


@pytest.mark.parametrize("image", ["web", "acme/web", "ghcr.io/acme/web:latest", "localhost:5000/web", "web:latest"])
def test_neither_tag_nor_digest_is_a_warning(image: str) -> None:
    [finding] = cluster(pod(image))

    assert finding.rule.severity == "warning"
    assert finding.where == at("clusters/staging/web.yaml", 9)


@pytest.mark.parametrize(
    "image",
    [
        "web:1",
        "localhost:5000/web:1",
        "web@sha256:" + "0" * 64,
        "web:latest@sha256:" + "0" * 64,
        "${IMAGE}",
        "auto",
        "ko://acme.example/cmd/web",
        "",
        7,
    ],
)
def test_what_has_one_or_is_not_known_is_none(image: object) -> None:
    assert cluster(pod(image)) == []


@pytest.mark.parametrize(
    ("api_version", "kind", "spec"),
    [
        ("apps/v1", "Deployment", {"template": {"spec": POD}}),
        ("apps/v1", "StatefulSet", {"template": {"spec": POD}}),
        ("apps/v1", "DaemonSet", {"template": {"spec": POD}}),
        ("batch/v1", "Job", {"template": {"spec": POD}}),
        ("batch/v1", "CronJob", {"jobTemplate": {"spec": {"template": {"spec": POD}}}}),
        ("v1", "Pod", {"initContainers": POD["containers"]}),
    ],
)
def test_every_kind_that_runs_pods_is_looked_at(api_version: str, kind: str, spec: object) -> None:
    assert len(cluster(some(api_version, kind, spec))) == 1


@pytest.mark.parametrize(
    "spec", [None, {"containers": None}, {"containers": ["web"]}, {"containers": {"image": "web"}}]
)
def test_what_is_no_list_of_containers_is_left_to_the_schema(spec: object) -> None:
    assert cluster(some("v1", "Pod", spec)) == []


def test_what_a_chart_brings_is_a_note() -> None:
    files = {
        "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
        "charts/web/templates/pod.yaml": pod("web"),
        "clusters/staging/web.yaml": helm_release(
            "web",
            chart={
                "spec": {
                    "chart": "./charts/web",
                    "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
                }
            },
        ),
    }

    [finding] = findings(files, "SLW709")
    assert finding.rule.severity == "info"
