"""The Crossplane part of the template for gitops-system, as Slipway renders, composes and checks it."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.manifests import dump
from slipway.fleet.model import Fleet
from slipway.fleet.tree import Tree
from tests.templates.crossplane_cases import ROOT, USUAL, VARIABLES, Case, Normal, cases, different, normal, snapshot
from tests.unit.small_fleets import checked, kustomization, rendered, sync, tree_of

CASES = list(cases())
BY_NAME = {case.name: case for case in CASES}
PLURALS = {"AccessEntry": "accessentries", "Policy": "policies", "RolePolicy": "rolepolicies"}
KEPT = [case for case in CASES if case.is_kept]
PRIVATE_CLUSTERS = ("ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticloadbalancing", "logs", "s3", "sts")
"""What AWS names for clusters without a way to the internet (EKS User Guide, “Deploy private clusters”)."""
TOOLS_AND_APPLICATIONS = ("dynamodb", "rds", "secretsmanager", "sqs", "ssm")
"""Of Karpenter, External Secrets, and the kinds of the cloud that applications use."""


def _platform() -> dict[str, str]:
    """A hub and a spoke with what the template has for them."""
    files = {f"crossplane/{path.relative_to(ROOT)}": path.read_text() for path in sorted(ROOT.rglob("*.yaml"))}
    for cluster in ("hub", "spoke"):
        files |= sync(cluster)
        for name, path, after in (("crossplane", "", []), ("accounts", "accounts/", [{"name": "crossplane"}])):
            files[f"clusters/{cluster}/{name}.yaml"] = kustomization(
                name,
                path=f"./crossplane/{path}{cluster}",
                dependsOn=after,
                postBuild={"substitute": dict(VARIABLES)},
            )
    return files


@functools.cache
def _tree() -> Tree:
    """All cases on one hub; that of an application on its spoke."""
    files = _platform()
    for cluster in ("hub", "spoke"):
        stage = kustomization("composites", path=f"./composites/{cluster}", dependsOn=[{"name": "accounts"}])
        files[f"clusters/{cluster}/composites.yaml"] = stage
    for case in CASES:
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": case.cluster}}
        files[f"composites/{_cluster(case)}/{case.name}.yaml"] = f"{dump(case.obj)}---\n{dump(namespace)}"
    return tree_of(files)


def _cluster(case: Case) -> str:
    """Where it is applied."""
    return "spoke" if case.kind == "PodIdentity" else "hub"


@functools.cache
def _fleet() -> Fleet:
    return rendered(_tree())


@functools.cache
def composed(case: Case) -> Normal:
    """All that a case composes, by the way to it."""
    return {
        _way(obj.value, case): normal(obj.value)
        for owner in _fleet().clusters[_cluster(case)].expanded
        if isinstance(owner, Composite) and owner.key.namespace == case.cluster
        for obj in owner.objects
    }


def kept(case: Case) -> Normal:
    """What the snapshot of a case has."""
    usual = BY_NAME[USUAL]
    if case.kind != usual.kind or case is usual:
        return composed(case)
    return different(composed(case), case, composed(usual), usual)


def _way(value: Mapping[str, Any], case: Case) -> str:
    name = str(value["metadata"]["name"])
    prefix = f"{case.obj['metadata']['name']}-${{"
    if name.startswith(prefix):
        return name.removeprefix(prefix).removesuffix("}")
    return str(value["metadata"]["annotations"]["crossplane.io/composition-resource-name"])


@pytest.mark.parametrize("case", KEPT, ids=lambda case: case.name)
def test_what_is_composed_is_what_was_reviewed(case: Case) -> None:
    assert kept(case) == yaml.load(snapshot(case).read_bytes(), yaml.CSafeLoader)


def test_everything_is_composed() -> None:
    assert _fleet().not_rendered == ()
    assert _fleet().problems == ()


def test_no_rule_finds_anything() -> None:
    findings = checked(_tree()).findings

    assert [(one.rule.id, str(one.where), one.message) for one in findings] == []


def test_external_secrets_decrypts_what_all_clusters_share_and_by_secrets_manager_only() -> None:
    policy = composed(BY_NAME[USUAL])["identity-external-secrets"]["spec"]["policy"]
    [statement] = [one for one in policy["Statement"] if any(action.startswith("kms:") for action in one["Action"])]

    assert statement["Action"] == ["kms:Decrypt"]
    assert statement["Resource"] == ["arn:aws:kms:eu-west-1:111122223333:key/*"]
    assert statement["Condition"] == {
        "StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"},
        "StringLike": {
            "kms:EncryptionContext:SecretARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:fleet/shared/*"
        },
    }


@pytest.mark.parametrize(
    ("zones", "nat", "gateways", "routes"),
    [("two", "none", 0, 0), ("two", "single", 1, 2), ("three", "single", 1, 3), ("three", "perzone", 3, 3)],
)
def test_zones_and_nat_gateways_are_as_many_as_asked_for(zones: str, nat: str, gateways: int, routes: int) -> None:
    found = composed(BY_NAME[f"nodes-{zones}-zones-{nat}"])

    assert sum(obj["kind"] == "NATGateway" for obj in found.values()) == gateways
    assert sum(way.endswith(".route-private") for way in found) == routes
    assert sum(obj["kind"] == "Subnet" for obj in found.values()) == {"two": 4, "three": 6}[zones]


@pytest.mark.parametrize(("zones", "count"), [("two", 2), ("three", 3)])
def test_without_nat_gateways_awss_apis_are_inside_the_vpc(zones: str, count: int) -> None:
    found = composed(BY_NAME[f"nodes-{zones}-zones-none"])
    services = {
        obj["spec"]["forProvider"]["serviceName"].removeprefix("com.amazonaws.eu-west-1."): way
        for way, obj in found.items()
        if obj["kind"] == "VPCEndpoint"
    }

    assert set(services) == {*PRIVATE_CLUSTERS, *TOOLS_AND_APPLICATIONS}
    for service in set(services) - {"s3", "dynamodb"}:
        composite = services[service].removesuffix(".endpoint")
        parts = [obj for way, obj in found.items() if way.startswith(f"{composite}.")]
        assert sum(obj["kind"] == "VPCEndpointSubnetAssociation" for obj in parts) == count
        assert sum(obj["kind"] == "VPCEndpointSecurityGroupAssociation" for obj in parts) == 1
    for service in ("s3", "dynamodb"):
        assert sum(way.endswith(f".association-{service}") for way in found) == count
    [rule] = [obj for obj in found.values() if obj["kind"] == "SecurityGroupIngressRule"]
    assert rule["spec"]["forProvider"]["cidrIpv4"] == found["network.vpc"]["spec"]["forProvider"]["cidrBlock"]
    assert found["facts"]["data"]["ISOLATED_VPC"] == "true"


def test_with_nat_gateways_only_the_endpoint_without_charge_is_made() -> None:
    found = composed(BY_NAME["nodes-three-zones-single"])

    assert [way for way, obj in found.items() if obj["kind"] == "VPCEndpoint"] == ["network.endpoint-s3"]
    assert found["facts"]["data"]["ISOLATED_VPC"] == "false"


def test_nothing_is_made_in_an_existing_network() -> None:
    found = composed(BY_NAME["nodes-existing"])

    assert not {obj["kind"] for obj in found.values()} & {"VPC", "Subnet", "Route", "NATGateway", "InternetGateway"}
    subnets = found["cluster"]["spec"]["forProvider"]["vpcConfig"]["subnetIds"]
    assert subnets == found["nodes"]["spec"]["forProvider"]["subnetIds"] == ["subnet-0a1b2c3d", "subnet-1a2b3c4d"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_all_that_takes_tags_has_those_of_the_drift_report(case: Case) -> None:
    tagged = {
        way: obj["spec"]["forProvider"]["tags"]
        for way, obj in composed(case).items()
        if "tags" in obj.get("spec", {}).get("forProvider", {})
    }

    cluster = case.spec.get("clusterName", case.cluster)
    wanted = {"slipway:cluster": cluster, "slipway:fleet": "acme", "slipway:managed-by": "crossplane"}
    assert {way: tags for way, tags in tagged.items() if wanted.items() - tags.items()} == {}
    assert tagged


def test_exactly_the_kinds_that_are_composed_are_active_on_the_hub() -> None:
    assert {kind for case in CASES if _cluster(case) == "hub" for kind in _managed(case)} == _active("hub")


def test_kinds_of_applications_are_active_on_a_spoke() -> None:
    assert _managed(BY_NAME["application"]) < _active("spoke")


def _managed(case: Case) -> set[str]:
    """Plural and group of the managed resources that a case composes."""
    return {
        f"{PLURALS.get(obj['kind'], obj['kind'].lower() + 's')}.{obj['apiVersion'].partition('/')[0]}"
        for obj in composed(case).values()
        if ".aws.m.upbound.io/" in obj["apiVersion"]
    }


def _active(cluster: str) -> set[str]:
    policies = (obj for obj in _fleet().clusters[cluster].objects if obj.kind == "ManagedResourceActivationPolicy")
    return {kind for obj in policies for kind in obj.spec["activate"]}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_roles_of_tools_and_applications_have_no_more_than_they_need(case: Case) -> None:
    for obj in composed(case).values():
        if obj["kind"] == "PodIdentity" and "policy" in obj["spec"]:
            assert _wide(obj["spec"]["policy"]) == []


def test_the_provisioner_of_an_account_has_no_more_than_it_needs() -> None:
    assert _wide(json.loads((ROOT / "accounts/provisioner/policy.json").read_text())) == []


def _wide(policy: Mapping[str, Any]) -> list[str]:
    """Actions that are allowed on everything and do more than read, and such that stand for many."""
    return [
        action
        for statement in policy["Statement"]
        for action in statement["Action"]
        if "*" in action
        or ("*" in statement["Resource"] and not action.partition(":")[2].startswith(("Describe", "List", "Get")))
    ]


def test_every_usage_finds_what_it_is_of_and_by() -> None:
    for compute in ("nodes", "auto"):
        found = composed(BY_NAME[f"{compute}-two-zones-single"])
        parts = {
            (obj["apiVersion"], obj["kind"], obj["metadata"]["labels"]["fleet.internal/part"])
            for obj in found.values()
            if "fleet.internal/part" in obj.get("metadata", {}).get("labels", {})
        }
        wanted = {
            (end["apiVersion"], end["kind"], end["resourceSelector"]["matchLabels"]["fleet.internal/part"])
            for obj in found.values()
            if obj["kind"] == "Usage"
            for end in (obj["spec"]["of"], obj["spec"]["by"])
        }
        assert wanted - parts == set()
        assert len(wanted) >= 5


def test_karpenter_hears_what_aws_is_about_to_do_to_instances() -> None:
    found = composed(BY_NAME[USUAL])
    queue, target = (found[way]["spec"]["forProvider"] for way in ("interruptions", "interruptions-target"))
    rule = found["interruptions-rule"]
    arn = f"arn:aws:sqs:eu-west-1:111122223333:{queue['name']}"
    [allowed] = [one for one in json.loads(queue["policy"])["Statement"] if one["Effect"] == "Allow"]
    heard = {
        resource
        for one in found["identity-karpenter"]["spec"]["policy"]["Statement"]
        if "sqs:ReceiveMessage" in one["Action"]
        for resource in one["Resource"]
    }

    assert target["arn"] == allowed["Resource"] == arn
    assert heard == {arn}
    name = rule["metadata"]["annotations"]["crossplane.io/external-name"]
    assert allowed["Condition"]["ArnEquals"]["aws:SourceArn"].endswith(f":rule/{name}")
    assert len(json.loads(rule["spec"]["forProvider"]["eventPattern"])["detail-type"]) == 5
    assert not any(way.startswith("interruptions") for way in composed(BY_NAME["auto-two-zones-single"]))


def test_network_policies_count_on_nodes() -> None:
    addon = composed(BY_NAME[USUAL])["addon-vpc-cni"]["spec"]["forProvider"]

    assert json.loads(addon["configurationValues"]) == {"enableNetworkPolicy": "true"}


def test_the_hub_gets_into_a_cluster_of_another_account_without_asking_eks() -> None:
    access = composed(BY_NAME[USUAL])["access-config"]["data"]

    assert access["provider"] == "aws"
    assert {"cluster", "address", "ca.crt"} < set(access)


def test_nodes_start_when_the_network_has_its_role_and_follow_the_control_plane() -> None:
    [composition] = (obj for obj in _fleet().clusters["hub"].objects if obj.name == "cluster-nodes")
    [nodes] = (one for one in composition.spec["pipeline"][0]["input"]["resources"] if one["name"] == "nodes")
    required = {
        patch["fromFieldPath"]: patch["toFieldPath"]
        for patch in nodes["patches"]
        if patch.get("policy", {}).get("fromFieldPath") == "Required"
    }

    assert "status.networkIdentity" in required
    assert required["status.kubernetesVersion"] == "spec.forProvider.version"


def test_private_clusters_have_no_public_endpoint_and_public_ones_a_private_one_too() -> None:
    access = {
        name: composed(BY_NAME[name])["cluster"]["spec"]["forProvider"]["vpcConfig"]
        for name in ("nodes-two-zones-single", "nodes-existing-everything")
    }

    assert [one["endpointPrivateAccess"] for one in access.values()] == [True, True]
    assert [one["endpointPublicAccess"] for one in access.values()] == [False, True]


def test_nodes_for_gpu_workloads_have_a_gpu_and_the_image_for_it() -> None:
    found = composed(BY_NAME["nodes-existing-everything"])

    assert found["nodes"]["spec"]["forProvider"]["amiType"] == "AL2023_x86_64_NVIDIA"
    assert found["launch-template"]["spec"]["forProvider"]["instanceType"].startswith("g6.")
