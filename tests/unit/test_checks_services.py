"""SLW120: Services that the API server asks."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, findings, helm_release, helm_repository

SERVICE = {"name": "hooks", "namespace": "web"}


def cluster(*objects: str) -> list[Finding]:
    return findings({"clusters/staging/web.yaml": "---\n".join(objects)}, "SLW120")


def service(name: str = "hooks", namespace: str = "web") -> str:
    metadata = {"name": name, "namespace": namespace}
    return dump({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 443}]}})


def webhook(kind: str = "ValidatingWebhookConfiguration", **fields: object) -> str:
    hook = {"name": "web.acme.example", "clientConfig": {"service": SERVICE}, **fields}
    return some("admissionregistration.k8s.io/v1", kind, webhooks=[hook])


def some(api_version: str, kind: str, **fields: object) -> str:
    return dump({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, **fields})


CONVERSION = some(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    spec={"conversion": {"strategy": "Webhook", "webhook": {"clientConfig": {"service": SERVICE}}}},
)
API = some("apiregistration.k8s.io/v1", "APIService", spec={"service": SERVICE, "group": "acme.example"})


@pytest.mark.parametrize(
    ("obj", "consequence"),
    [
        (webhook(), "it refuses whatever the webhook is for"),
        (webhook("MutatingWebhookConfiguration"), "it refuses whatever the webhook is for"),
        (webhook(failurePolicy="Ignore"), "the webhook never sees anything"),
        (CONVERSION, "no object is served in another version than its own"),
        (API, "the API does not answer, and no Namespace can be deleted"),
    ],
    ids=["validation", "mutation", "ignored failures", "conversion", "an aggregated API"],
)
def test_one_that_nothing_brings_is_a_warning(obj: str, consequence: str) -> None:
    [finding] = cluster(obj)

    assert finding.rule.severity == "warning"
    assert finding.message == "the API server is to ask Service web/hooks, which nothing in Git applies"
    assert finding.hint == consequence
    assert cluster(obj, service()) == []


def test_it_is_on_the_line_that_names_the_service() -> None:
    assert cluster(webhook())[0].where == at("clusters/staging/web.yaml", 9)


def test_what_a_chart_may_bring_is_no_finding() -> None:
    assert cluster(webhook(), helm_release("web"), helm_repository()) == []


def test_one_in_another_namespace_is_not_it_whatever_charts_bring() -> None:
    [finding] = cluster(webhook(), service(namespace="default"), helm_release("web"), helm_repository())

    assert finding.hint.endswith("there is Service default/hooks")


@pytest.mark.parametrize(
    "obj",
    [
        webhook(clientConfig={"url": "https://hooks.acme.example"}),
        some("apiextensions.k8s.io/v1", "CustomResourceDefinition", spec={"conversion": {"strategy": "None"}}),
        some("apiregistration.k8s.io/v1", "APIService", spec={"group": "apps"}),
    ],
    ids=["outside", "no conversion", "an API of its own"],
)
def test_what_asks_no_service_needs_none(obj: str) -> None:
    assert cluster(obj) == []
