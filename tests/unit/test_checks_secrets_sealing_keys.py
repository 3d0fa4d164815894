"""SLW626: sealing keys that a cluster renews by itself."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, findings, helm_release, helm_repository

FILE = "clusters/staging/sealed.yaml"
LABELS = {"sealedsecrets.bitnami.com/sealed-secrets-key": "active"}


def key(labels: dict[str, str]) -> str:
    template = {"type": "kubernetes.io/tls", "metadata": {"labels": labels}}
    spec = {"secretStoreRef": {"kind": "ClusterSecretStore", "name": "aws"}, "target": {"template": template}}
    metadata = {"name": "sealing-key", "namespace": "flux-system"}
    return dump({"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": metadata, "spec": spec})


def cluster(*, labels: dict[str, str] | None = None, chart: str = "sealed-secrets", **spec: Any) -> list[Finding]:
    release = helm_release(chart, **spec)
    return findings(
        {FILE: "---\n".join((release, helm_repository(), key(LABELS if labels is None else labels)))}, "SLW626"
    )


def test_a_controller_that_gets_its_key_makes_another_one_by_default() -> None:
    [finding] = cluster()

    assert finding.rule.severity == "warning"
    assert finding.where == at(FILE, 4)
    assert "ExternalSecret.external-secrets.io flux-system/sealing-key" in finding.message


@pytest.mark.parametrize("period", ["720h", "", "1m"])
def test_a_period_is_none_only_if_it_is_zero(period: str) -> None:
    [finding] = cluster(values={"keyrenewperiod": period})

    assert finding.where != at(FILE, 4)


@pytest.mark.parametrize("period", ["0", "0s", 0, "${PERIOD}"])
def test_a_period_of_zero_or_one_that_is_not_known_is_no_finding(period: str | int) -> None:
    assert cluster(values={"keyrenewperiod": period}) == []


def test_a_key_that_the_cluster_makes_itself_is_its_own() -> None:
    assert cluster(labels={}) == []
    assert cluster(chart="podinfo") == []


def test_values_from_elsewhere_may_set_it() -> None:
    assert cluster(valuesFrom=[{"kind": "ConfigMap", "name": "values"}]) == []
    assert cluster(values={"args": ["--key-renew-period=0"]}) == []
