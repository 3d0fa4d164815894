"""SLW704: clusters that have one name."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import findings

EKS = "eks.aws.m.upbound.io/v1beta1"
OWN = "acme.example/v1"


def defined(namespace: str, name: str = "shop", **fields: Any) -> str:
    """A managed resource."""
    spec = {"forProvider": {"region": fields.pop("region", "eu-west-1"), "version": "1.35"}, **fields}
    return dump(
        {"apiVersion": EKS, "kind": "Cluster", "metadata": {"name": name, "namespace": namespace}, "spec": spec}
    )


def composite(namespace: str, name: str = "shop", **spec: Any) -> str:
    spec = {"kubernetesVersion": "1.35", "region": "eu-west-1", **spec}
    metadata = {"name": name, "namespace": namespace}
    return dump({"apiVersion": OWN, "kind": "EKSCluster", "metadata": metadata, "spec": spec})


def found(*objects: str) -> list[Finding]:
    return findings({"clusters/staging/objects.yaml": "---\n".join(objects)}, "SLW704")


@pytest.mark.parametrize("make", [defined, composite])
def test_two_of_one_name_and_region_are_one_cluster(make: Any) -> None:
    [finding] = found(make("a"), make("b"))

    assert finding.rule.severity == "error"
    assert finding.message.startswith("the cluster shop in eu-west-1 is that of ")


def test_a_composite_and_a_resource_may_be_one_cluster() -> None:
    assert len(found(composite("a"), defined("b"))) == 1


def test_the_name_in_aws_counts() -> None:
    assert len(found(composite("a", "one", clusterName="shop"), composite("b", "two", clusterName="shop"))) == 1
    assert found(composite("a", "one", clusterName="shop"), composite("b", "one", clusterName="office")) == []


@pytest.mark.parametrize(
    "other",
    [
        defined("b", region="eu-central-1"),
        defined("b", "office"),
        defined("b", managementPolicies=["Observe"]),
        defined("b", "${NAME}"),
        defined("b", providerConfigRef={"name": "other-account"}),
    ],
    ids=["region", "name", "observes", "unknown", "account"],
)
def test_what_is_or_may_be_another_cluster_is_none(other: str) -> None:
    assert found(defined("a", providerConfigRef={"name": "account"}), other) == []


def test_two_that_may_be_in_two_accounts_are_a_warning() -> None:
    [finding] = found(defined("a", providerConfigRef={"name": "account"}), defined("b"))

    assert finding.rule.severity == "warning"
