"""SLW701, SLW702: ranges of networks."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, checked, findings, kustomization, sync, tree_of

EC2 = "ec2.aws.upbound.io/v1beta1"


def managed(kind: str, name: str, api_version: str = EC2, **fields: object) -> str:
    spec = {"forProvider": {"region": "eu-west-1", **fields}}
    return dump({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": spec})


def vpc(name: str, cidr: str, **fields: object) -> str:
    return managed("VPC", name, cidrBlock=cidr, **fields)


def subnet(name: str, cidr: str, network: str = "a") -> str:
    return managed("Subnet", name, cidrBlock=cidr, vpcIdRef={"name": network})


def composite(name: str, kind: str = "EKSCluster", **parameters: object) -> str:
    metadata = {"name": name, "namespace": "default"}
    spec = {"parameters": parameters}
    return dump({"apiVersion": "acme.example/v1", "kind": kind, "metadata": metadata, "spec": spec})


def cluster(*objects: str, rule: str = "SLW70") -> list[Finding]:
    return findings({"clusters/staging/objects.yaml": "---\n".join(objects)}, rule)


def messages(found: list[Finding]) -> list[str]:
    return [f"{finding.rule.severity} {finding.rule.id} {finding.message}" for finding in found]


def test_two_composites_of_one_range_are_told_on_the_second_one() -> None:
    [finding] = cluster(
        composite("prod", **{"vpc-cidrBlock": "10.20.0.0/16"}),
        composite("staging", **{"vpc-cidrBlock": "10.20.0.0/16"}),
    )

    assert finding.rule.severity == "warning"
    assert finding.object == "EKSCluster.acme.example default/staging"
    assert finding.message == "its network's range 10.20.0.0/16 is that of EKSCluster.acme.example default/prod"
    assert finding.where == at("clusters/staging/objects.yaml", 17)
    assert finding.hint.endswith("the other one is at clusters/staging/objects.yaml:8")


@pytest.mark.parametrize(
    "parameters",
    [
        {"vpcCidr": "10.20.0.0/16"},
        {"vpc_cidr_block": "10.20.0.0/16"},
        {"vpc": {"cidr": "10.20.0.0/16"}},
        {"network": {"vpc": {"cidrBlock": "10.20.0.0/16"}}},
        {"vpc": {"cidrBlocks": ["10.99.0.0/16", "10.20.0.0/16"]}},
        {"vpcs": [{"cidr": "10.20.128.0/17"}]},
    ],
)
def test_the_field_is_found_by_its_name(parameters: dict[str, object]) -> None:
    others = {"vpcCidr": "10.20.0.0/16"}

    assert len(cluster(composite("a", **others), composite("b", **parameters), rule="SLW701")) == 1


@pytest.mark.parametrize(
    "parameters",
    [
        {"allowedCidr": "10.20.0.0/16"},
        {"peerVpcCidr": "10.20.0.0/16"},
        {"podCidr": "10.20.0.0/16"},
        {"vpc": {"ingressRules": [{"cidr": "10.20.0.0/16"}]}},
        {"vpcCidr": "fd00::/56"},
        {"vpcCidr": "10.20.0.0"},
        {"vpcCidr": "10.20.0.0/16 and more"},
        {"vpcCidr": 10},
        {"vpcCidr": "10.21.0.0/16"},
    ],
)
def test_ranges_of_others_and_what_is_no_range_are_no_networks(parameters: dict[str, object]) -> None:
    assert cluster(composite("a", vpcCidr="10.20.0.0/16"), composite("b", **parameters), rule="SLW701") == []


def test_kinds_that_may_describe_one_network_are_not_compared() -> None:
    network, eks = composite("a", "Network", vpcCidr="10.20.0.0/16"), composite("a", vpcCidr="10.20.0.0/16")

    assert cluster(network, eks) == []


def test_a_further_range_of_a_network_counts_as_its_own() -> None:
    second = managed("VPCIPv4CidrBlockAssociation", "a-second", cidrBlock="10.30.0.0/16", vpcIdRef={"name": "a"})

    assert cluster(vpc("a", "10.20.0.0/16"), second, subnet("a-1", "10.30.1.0/24")) == []
    [finding] = cluster(vpc("a", "10.20.0.0/16"), second, vpc("b", "10.30.0.0/16"))
    assert finding.rule.id == "SLW701"


def test_a_change_is_told_of_the_network_that_it_brings() -> None:
    """By name it comes first, but the other one was there before."""
    old, new = composite("b", vpcCidr="10.20.0.0/16"), composite("a", vpcCidr="10.20.0.0/16")
    base = {"clusters/staging/b.yaml": old}

    [finding] = findings({**base, "clusters/staging/a.yaml": new}, "SLW701", base=base)
    assert finding.where.path == "clusters/staging/a.yaml"


def test_one_network_that_lands_on_two_clusters_is_made_twice() -> None:
    def fleet(network: str) -> list[str]:
        shared = {"apps/network/network.yaml": network}
        roots = {f"clusters/{name}/network.yaml": kustomization("network") for name in ("blue", "green")}
        found = checked(tree_of({**sync("blue"), **sync("green"), **shared, **roots})).findings
        return [finding.message for finding in found if finding.rule.id == "SLW701"]

    assert fleet(vpc("a", "10.20.0.0/16")) == ["every cluster that it lands on makes a network of 10.20.0.0/16 of it"]
    observed = vpc("a", "10.20.0.0/16").replace("spec:\n", "spec:\n  managementPolicies: [Observe]\n")
    assert fleet(observed) == []


def test_a_range_with_a_variable_is_counted() -> None:
    files = {**sync("staging"), "clusters/staging/vpc.yaml": vpc("a", "10.${SECOND}.0.0/16")}
    verdict = checked(tree_of(files))

    [counted] = [item for item in verdict.not_validated if "range" in item.why]
    assert (counted.what, counted.count) == (f"{EC2} VPC", 1)


CLUSTER = "eks.aws.upbound.io/v1beta1"


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ([subnet("s", "10.21.0.0/24")], "the subnet's range 10.21.0.0/24 is not within its network's, 10.20.0.0/16"),
        (
            [subnet("s", "10.20.0.0/23"), subnet("t", "10.20.1.0/24")],
            "the subnet's range 10.20.1.0/24 overlaps that of another one, 10.20.0.0/23",
        ),
        ([subnet("s", "10.20.0.0/29")], "10.20.0.0/29 is no /16 to /28"),
        ([vpc("b", "10.64.0.0/12")], "10.64.0.0/12 is no /16 to /28"),
        (
            [managed("Cluster", "c", CLUSTER, kubernetesNetworkConfig=[{"serviceIpv4Cidr": "11.0.0.0/16"}])],
            "the range of Services 11.0.0.0/16 is no /12 to /24 of a private range",
        ),
        (
            [managed("Cluster", "c", CLUSTER, kubernetesNetworkConfig={"serviceIpv4Cidr": "10.8.0.0/25"})],
            "the range of Services 10.8.0.0/25 is no /12 to /24 of a private range",
        ),
    ],
)
def test_what_aws_refuses_is_an_error(objects: list[str], expected: str) -> None:
    assert messages(cluster(vpc("a", "10.20.0.0/16"), *objects)) == [f"error SLW702 {expected}"]


def test_subnets_that_name_no_network_or_another_one_are_not_compared() -> None:
    loose = managed("Subnet", "s", cidrBlock="10.99.0.0/24", vpcIdSelector={"matchLabels": {"a": "b"}})
    other = subnet("t", "10.20.1.0/24", "elsewhere")

    assert cluster(vpc("a", "10.20.0.0/16"), subnet("u", "10.20.1.0/24"), loose, other) == []


def test_of_fields_of_a_composite_it_is_a_warning() -> None:
    parameters = {
        "vpcCidr": "10.20.0.0/16",
        "subnets": [{"cidrBlock": "10.20.1.0/24"}, {"cidrBlock": "10.21.1.0/24"}],
        "serviceCidr": "10.20.0.0/20",
    }

    assert sorted(messages(cluster(composite("a", **parameters)))) == [
        "warning SLW702 the range of Services 10.20.0.0/20 overlaps the network's, 10.20.0.0/16",
        "warning SLW702 the subnet's range 10.21.1.0/24 is not within its network's, 10.20.0.0/16",
    ]
