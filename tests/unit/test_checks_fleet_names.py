"""SLW703: names that AWS does not take."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, checked, findings, sync, tree_of


def some(api_version: str, kind: str, name: str, spec: object = None, **annotations: str) -> str:
    named = {key.replace("__", "/"): value for key, value in annotations.items()}
    metadata = {"name": name, "namespace": "default", "annotations": named}
    return dump({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec or {}})


def external(api_version: str, kind: str, name: str) -> str:
    text = some(api_version, kind, "web", {"forProvider": {}})
    return text.replace("annotations: {}", f"annotations:\n    crossplane.io/external-name: {name!r}")


def cluster(*objects: str) -> list[Finding]:
    return findings({"clusters/staging/objects.yaml": "---\n".join(objects)}, "SLW703")


IAM, EKS, RDS = "iam.aws.upbound.io/v1beta1", "eks.aws.upbound.io/v1beta1", "rds.aws.upbound.io/v1beta1"
SQS, S3, LAMBDA = "sqs.aws.upbound.io/v1beta1", "s3.aws.upbound.io/v1beta1", "lambda.aws.upbound.io/v1beta1"
DYNAMODB = "dynamodb.aws.upbound.io/v1beta1"


@pytest.mark.parametrize(
    ("api_version", "kind", "name"),
    [
        (IAM, "Role", "r" * 65),
        ("iam.aws.crossplane.io/v1beta1", "Role", "r" * 65),
        ("iam.aws.m.upbound.io/v1beta1", "Role", "r" * 65),
        (IAM, "Policy", "p" * 129),
        (DYNAMODB, "Table", "t" * 256),
        (DYNAMODB, "Table", "ab"),
        (SQS, "Queue", "q" * 81),
        (SQS, "Queue", "orders.priority"),
        (S3, "Bucket", "b" * 64),
        (S3, "Bucket", "Orders"),
        (S3, "Bucket", "or..ders"),
        (S3, "Bucket", "10.0.0.1"),
        (S3, "Bucket", "orders-s3alias"),
        (RDS, "Instance", "1st"),
        (RDS, "Instance", "orders--db"),
        (RDS, "Cluster", "orders-"),
        (EKS, "Cluster", "c" * 101),
        (EKS, "Cluster", "staging.eu"),
        (EKS, "NodeGroup", "n" * 64),
        (LAMBDA, "Function", "f" * 65),
    ],
)
def test_a_name_that_aws_refuses_is_an_error(api_version: str, kind: str, name: str) -> None:
    [finding] = cluster(external(api_version, kind, name))

    assert finding.rule.severity == "error"
    assert finding.where == at("clusters/staging/objects.yaml", 7)
    assert finding.message.startswith(name[:100])


@pytest.mark.parametrize(
    ("api_version", "kind", "name"),
    [
        (IAM, "Role", "r" * 64),
        (IAM, "Role", "web@acme+all=1.2"),
        (SQS, "Queue", "orders.fifo"),
        (S3, "Bucket", "orders.acme-example.com"),
        (S3, "Bucket", "b" * 63),
        (RDS, "Instance", "orders-1"),
        (EKS, "Cluster", "staging_1"),
        (SQS, "Queue", "https://sqs.eu-west-1.amazonaws.com/111122223333/" + "q" * 80),
        ("sns.aws.upbound.io/v1beta1", "Topic", "arn:aws:sns:eu-west-1:111122223333:orders"),
        ("ec2.aws.upbound.io/v1beta1", "SecurityGroup", "sg-0123456789abcdef0"),
        ("acme.example/v1", "Role", "r" * 200),
    ],
)
def test_a_name_that_it_takes_is_none(api_version: str, kind: str, name: str) -> None:
    assert cluster(external(api_version, kind, name)) == []


def test_without_an_external_name_it_is_the_objects_own() -> None:
    [finding] = cluster(some(IAM, "Role", "r" * 65, {"forProvider": {}}))

    assert finding.where == at("clusters/staging/objects.yaml", 4)
    assert finding.hint == "set the annotation crossplane.io/external-name to one that fits"


def test_a_field_goes_before_the_objects_own_name() -> None:
    classic = some("iam.aws.crossplane.io/v1beta1", "Policy", "p" * 129, {"forProvider": {"name": "short"}})
    ack = some("iam.services.k8s.aws/v1alpha1", "Role", "web", {"name": "r" * 65})

    [finding] = cluster(classic, ack)
    assert finding.object == "Role.iam.services.k8s.aws default/web"
    assert finding.hint == ""


def test_what_aws_gives_an_id_to_is_named_by_its_field_only() -> None:
    group = "ec2.aws.upbound.io/v1beta1"

    assert cluster(some(group, "SecurityGroup", "s" * 253, {"forProvider": {"region": "eu-west-1"}})) == []
    assert len(cluster(some(group, "SecurityGroup", "web", {"forProvider": {"name": "sg-web"}}))) == 1


@pytest.mark.parametrize(
    ("kind", "annotation"),
    [
        ("Service", "service.beta.kubernetes.io__aws-load-balancer-name"),
        ("Ingress", "alb.ingress.kubernetes.io__load-balancer-name"),
    ],
)
def test_a_load_balancer_has_32_characters(kind: str, annotation: str) -> None:
    api_version = "v1" if kind == "Service" else "networking.k8s.io/v1"

    assert len(cluster(some(api_version, kind, "web", **{annotation: "web-" + "x" * 29}))) == 1
    assert cluster(some(api_version, kind, "web", **{annotation: "web-" + "x" * 28})) == []


def test_a_name_with_a_variable_is_counted() -> None:
    files = {**sync("staging"), "clusters/staging/role.yaml": external(IAM, "Role", "external-secrets-${CLUSTER}")}
    verdict = checked(tree_of(files))

    assert [(item.what, item.count) for item in verdict.not_validated if "its name in AWS" in item.why] == [
        (f"{IAM} Role", 1)
    ]
