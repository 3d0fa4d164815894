"""SLW814 to SLW816: what managed resources stand for, what they refer to, and who makes them."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.crossplane_world import Object, composition, crd, function, xrd
from tests.unit.small_fleets import findings

NAME = "crossplane.io/external-name"


def found(*objects: Object, rule: str) -> list[Finding]:
    return findings({"clusters/staging/objects.yaml": "---\n".join(map(dump, objects))}, rule)


def managed(place: str, name: str = "web", namespace: str = "web", /, **spec: Any) -> Object:
    """A managed resource of `<service> <kind>`, of Crossplane 1 if it has no namespace."""
    service, kind = place.split()
    group = f"{service}.aws.m.upbound.io" if namespace else f"{service}.aws.upbound.io"
    metadata: Object = {"name": name, **({"namespace": namespace} if namespace else {})}
    if "annotations" in spec:
        metadata["annotations"] = spec.pop("annotations")
    return {"apiVersion": f"{group}/v1beta1", "kind": kind, "metadata": metadata, "spec": spec}


def table(name: str, namespace: str = "web", /, key: str = "id", **fields: Any) -> Object:
    return managed("dynamodb Table", name, namespace, forProvider={"region": "eu-west-1", "hashKey": key}, **fields)


def severities(rule: str, *objects: Object) -> list[str]:
    return [finding.rule.severity for finding in found(*objects, rule=rule)]


def test_a_name_that_is_written_may_be_that_of_another_object() -> None:
    [finding] = found(table("orders"), table("old", "web", "key", annotations={NAME: "orders"}), rule="SLW814")

    assert finding.rule.severity == "error"
    assert finding.object == "Table.dynamodb.aws.m.upbound.io web/old"
    assert finding.message == "it stands for the same orders as Table.dynamodb.aws.m.upbound.io web/orders"


def test_two_namespaces_do_not_make_two_tables() -> None:
    assert severities("SLW814", table("orders", "a"), table("orders", "b")) == ["warning"]


CONFIG = {"kind": "ProviderConfig", "name": "default"}
OWN_CONFIG = table("orders", "b", providerConfigRef=CONFIG)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (table("orders", "a"), OWN_CONFIG),
        (table("orders", "a", providerConfigRef=CONFIG), OWN_CONFIG),
        (table("orders", "a"), table("orders", "b", managementPolicies=["Observe", "LateInitialize"])),
        (table("orders", "a"), table("orders", "b", annotations={NAME: "others"})),
        (table("orders-${x}", "a"), table("orders-${x}", "b")),
        (managed("ec2 VPC", "main", "a", forProvider={}), managed("ec2 VPC", "main", "b", forProvider={"a": 1})),
    ],
)
def test_what_may_be_two_things_is_no_clash(one: Object, other: Object) -> None:
    assert found(one, other, rule="SLW814") == []


@pytest.mark.parametrize(
    ("parents", "expected"),
    [
        (({"clusterName": "a"}, {"clusterName": "b"}), 0),
        (({"clusterNameRef": {"name": "a"}}, {"clusterNameRef": {"name": "b"}}), 0),
        (({"clusterName": "a"}, {"clusterName": "a"}), 1),
    ],
)
def test_node_groups_of_one_name_belong_to_their_clusters(parents: tuple[Object, Object], expected: int) -> None:
    groups = [
        managed("eks NodeGroup", name, annotations={NAME: "main"}, forProvider={"region": "eu-west-1", **parent})
        for name, parent in zip(("one", "two"), parents, strict=True)
    ]

    assert len(found(*groups, rule="SLW814")) == expected


def attachment(namespace: str = "web", /, **fields: Any) -> Object:
    return managed("iam RolePolicyAttachment", "web", namespace, forProvider=fields)


def role(name: str = "payments", namespace: str = "web") -> Object:
    return managed("iam Role", name, namespace, forProvider={})


@pytest.mark.parametrize("namespace", ["web", ""])
def test_a_role_that_is_referred_to_has_to_be_there(namespace: str) -> None:
    there, near = role(namespace=namespace), attachment(namespace, roleRef={"name": "payment"})
    [finding] = found(there, near, rule="SLW815")

    assert found(there, attachment(namespace, roleRef={"name": "payments"}), rule="SLW815") == []
    assert finding.rule.severity == "error"
    assert finding.hint.endswith("payments")


def test_one_with_another_name_altogether_is_a_warning() -> None:
    assert severities("SLW815", role(), attachment(roleRef={"name": "web"})) == ["warning"]


def test_one_of_another_namespace_is_another_one() -> None:
    [finding] = found(role(namespace="b"), attachment(roleRef={"name": "payments"}), rule="SLW815")
    there = attachment(roleRef={"name": "payments", "namespace": "b"})

    assert finding.rule.severity == "warning"
    assert finding.hint.endswith("there is Role.iam.aws.m.upbound.io b/payments")
    assert found(role(namespace="b"), there, rule="SLW815") == []


def test_lists_of_references_are_looked_through() -> None:
    subnets = [managed("ec2 Subnet", name, forProvider={}) for name in ("private-one", "private-two")]
    refs = [{"name": "private-one"}, {"name": "private-tow"}]
    cluster = managed("eks Cluster", forProvider={"vpcConfig": {"subnetIdRefs": refs}})

    [finding] = found(*subnets, cluster, rule="SLW815")

    assert finding.message == "it refers to Subnet.ec2.aws.m.upbound.io web/private-tow, which nothing in Git makes"


@pytest.mark.parametrize(
    "fields",
    [
        {"roleRef": {"name": "payment"}, "role": "payment"},
        {"roleRef": {"name": "payment", "policy": {"resolution": "Optional"}}},
        {"roleRef": {"name": "${role}"}},
        {"roleSelector": {"matchLabels": {"name": "payment"}}},
        {"otherRef": {"name": "payment"}},
    ],
)
def test_what_is_not_resolved_or_not_known_is_not_looked_for(fields: Object) -> None:
    assert found(role(), attachment(**fields), rule="SLW815") == []


def test_where_something_is_composed_only_a_letter_too_few_is_told() -> None:
    platform = (xrd(), crd(), function(), composition())

    assert severities("SLW815", *platform, role(), attachment(roleRef={"name": "web"})) == []
    assert severities("SLW815", *platform, role(), attachment(roleRef={"name": "payment"})) == ["error"]


def test_what_another_object_names_may_be_made_by_it() -> None:
    maker: Object = {
        "apiVersion": "acme.example/v1",
        "kind": "App",
        "metadata": {"name": "payment", "namespace": "web"},
    }
    maker["spec"] = {"role": "payment"}

    assert severities("SLW815", maker, role(), attachment(roleRef={"name": "payment"})) == ["warning"]


def provider(package: str) -> Object:
    name = package.partition(":")[0].rpartition("/")[2]
    return {
        "apiVersion": "pkg.crossplane.io/v1",
        "kind": "Provider",
        "metadata": {"name": name},
        "spec": {"package": f"xpkg.crossplane.io/{package}"},
    }


QUEUE = managed("sqs Queue", forProvider={"region": "eu-west-1"})
OTHERS = "crossplane-contrib/provider-aws-dynamodb:v2.6.0"
CONFIGURATION = {**provider("acme/platform:v1.0.0"), "kind": "Configuration"}


@pytest.mark.parametrize(
    ("installed", "expected"),
    [
        ([OTHERS], ["warning"]),
        ([OTHERS, "crossplane-contrib/provider-aws-sqs:v2.6.0"], []),
        ([OTHERS, "mirror/upbound/provider-aws-sqs@sha256:00"], []),
        ([OTHERS, "crossplane-contrib/provider-aws:v0.50.0"], []),
        ([OTHERS, "acme/aws-for-all:v1"], []),
        (["crossplane-contrib/provider-family-aws:v2.6.0"], []),
        (["crossplane-contrib/provider-kubernetes:v1.0.0"], []),
        ([], []),
    ],
)
def test_a_queue_has_a_provider_where_others_have_one(installed: list[str], expected: list[str]) -> None:
    assert severities("SLW816", QUEUE, *map(provider, installed)) == expected


def test_a_configuration_may_bring_it() -> None:
    assert severities("SLW816", QUEUE, provider(OTHERS), CONFIGURATION) == []
