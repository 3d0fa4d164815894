"""SLW525 of a hub: what belongs to one cluster and is made in the account of another one."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.rbac_world import made, objects
from tests.unit.small_fleets import at, checked, config_map, sync, tree_of

ACCOUNTS = {"hub": "111111111111", "shop": "222222222222", "pay": "333333333333"}
EKS = "eks.aws.m.upbound.io/v1beta1"
FILE = "clusters/hub/spokes.yaml"
SETTINGS = {"slipway.yaml": dump({"clusters": {name: {"account": number} for name, number in ACCOUNTS.items()}})}
COMPOSITION = dump(
    {
        "apiVersion": "apiextensions.crossplane.io/v1",
        "kind": "Composition",
        "metadata": {"name": "networks"},
        "spec": {
            "compositeTypeRef": {"apiVersion": "acme.example/v1", "kind": "Network"},
            "mode": "Pipeline",
            "pipeline": [
                {
                    "step": "make",
                    "functionRef": {"name": "function-patch-and-transform"},
                    "input": {
                        "apiVersion": "pt.fn.crossplane.io/v1beta1",
                        "kind": "Resources",
                        "resources": [
                            {
                                "name": name,
                                "base": {
                                    "apiVersion": "ec2.aws.m.upbound.io/v1beta1",
                                    "kind": "VPC",
                                    "spec": {
                                        "forProvider": {"region": "eu-west-1"},
                                        "providerConfigRef": {"kind": "ClusterProviderConfig", "name": "hub"},
                                    },
                                },
                                "patches": [
                                    {"fromFieldPath": f"spec.{name}", "toFieldPath": "spec.providerConfigRef.name"}
                                ],
                            }
                            for name in ("account", "peer")
                        ],
                    },
                }
            ],
        },
    }
)
XRD = dump(
    {
        "apiVersion": "apiextensions.crossplane.io/v2",
        "kind": "CompositeResourceDefinition",
        "metadata": {"name": "networks.acme.example"},
        "spec": {
            "group": "acme.example",
            "scope": "Namespaced",
            "names": {"kind": "Network", "plural": "networks"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "referenceable": True,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
                }
            ],
        },
    }
)
FUNCTION = dump(
    {
        "apiVersion": "pkg.crossplane.io/v1",
        "kind": "Function",
        "metadata": {"name": "function-patch-and-transform"},
        "spec": {"package": "xpkg.crossplane.io/crossplane-contrib/function-patch-and-transform:v0.9.0"},
    }
)


def config(name: str) -> str:
    chain = [{"roleARN": f"arn:aws:iam::{ACCOUNTS[name]}:role/provisioner"}]
    return made("aws.m.upbound.io/v1beta1", "ClusterProviderConfig", name, assumeRoleChain=chain)


CONFIGS = [config(name) for name in ACCOUNTS]


def hub(*manifests: str, known: dict[str, str] | None = None) -> list[Finding]:
    """A hub with two spokes."""
    files = {path: text for name in ACCOUNTS for path, text in sync(name).items()}
    spokes = {FILE: objects(*manifests, *CONFIGS, COMPOSITION, XRD, FUNCTION)}
    found = checked(tree_of({**files, **(SETTINGS if known is None else known), **spokes})).findings
    return [one for one in found if one.rule.id == "SLW525"]


def addon(by: str, of: str = "shop", kind: str = "Addon") -> str:
    ref = {"kind": "ClusterProviderConfig", "name": by}
    return made(EKS, kind, "ebs", "fleet", forProvider={"clusterName": of}, providerConfigRef=ref)


def network(account: str, peer: str, name: str = "shop", **spec: Any) -> str:
    return made("acme.example/v1", "Network", name, "fleet", account=account, peer=peer, **spec)


def test_a_part_of_a_cluster_in_the_account_of_another_one_is_told() -> None:
    [finding] = hub(addon("pay"))

    assert finding.where == at(FILE, 11)
    assert finding.message == "it is of shop, and is made in the account of pay, 333333333333"
    assert finding.hint == "the account of shop is 222222222222"


@pytest.mark.parametrize("sound", [addon("shop"), addon("pay", "pay"), addon("pay", "other"), addon("pay", "${NAME}")])
def test_its_own_account_or_a_cluster_that_is_not_known_is_no_finding(sound: str) -> None:
    assert hub(sound) == []


def test_a_cluster_of_that_name_in_that_account_is_another_one() -> None:
    ref = {"kind": "ClusterProviderConfig", "name": "pay"}
    plane = dump(
        {
            "apiVersion": EKS,
            "kind": "Cluster",
            "metadata": {"name": "eks", "namespace": "fleet", "annotations": {"crossplane.io/external-name": "shop"}},
            "spec": {"forProvider": {"region": "eu-west-1"}, "providerConfigRef": ref},
        }
    )

    assert hub(addon("pay"), plane) == []


def test_a_composite_that_is_made_in_another_clusters_account_is_told_on_its_own_line() -> None:
    [finding] = hub(network("pay", "pay"))

    assert finding.object == "Network.acme.example fleet/shop"
    assert finding.where == at(FILE, 7)


@pytest.mark.parametrize("sound", [network("shop", "shop"), network("shop", "pay"), network("hub", "hub")])
def test_one_that_connects_accounts_or_is_of_the_hub_is_meant_to(sound: str) -> None:
    assert hub(sound) == []


def test_a_field_with_the_name_of_the_cluster_comes_before_the_composites_own() -> None:
    assert len(hub(network("pay", "pay", "main", clusterName="shop"))) == 1
    assert hub(network("pay", "pay", "shop", clusterName="pay")) == []


def test_the_number_of_an_account_is_compared_too() -> None:
    other = made("acme.example/v1", "Spoke", "shop", "fleet", parameters={"accountId": ACCOUNTS["pay"]})
    own = made("acme.example/v1", "Spoke", "shop", "fleet", parameters={"accountId": ACCOUNTS["shop"]})

    [finding] = hub(other)

    assert finding.where == at(FILE, 8)
    assert hub(own) == []


def test_the_account_is_known_by_what_flux_reaches_the_cluster_by_or_by_its_own_config_map() -> None:
    arns = [
        config_map(name, "flux-system", cluster=f"arn:aws:eks:eu-west-1:{ACCOUNTS[name]}:cluster/{name}")
        for name in ("shop", "pay")
    ]
    infos = {
        f"clusters/{name}/info.yaml": config_map("info", "flux-system", CLUSTER_NAME=name, ACCOUNT_ID=ACCOUNTS[name])
        for name in ("shop", "pay")
    }

    assert len(hub(addon("pay"), *arns, known={})) == 1
    assert len(hub(addon("pay"), known=infos)) == 1
    assert hub(addon("pay"), known={}) == []


def test_of_an_account_of_which_two_things_are_said_nothing_is_known() -> None:
    other = config_map("shop", "flux-system", cluster=f"arn:aws:eks:eu-west-1:{ACCOUNTS['pay']}:cluster/shop")

    assert hub(addon("pay"), other) == []
