"""SLW530: policies of AWS's own that are attached by their ARNs."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import findings

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ALL = "AdministratorAccess allows everything in the account"


def found(api_version: str, kind: str, spec: dict[str, Any]) -> list[Finding]:
    metadata = {"name": "web", "namespace": "default"}
    value = {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}
    return findings({"clusters/staging/object.yaml": dump(value)}, "SLW530")


def attachment(arn: str) -> list[Finding]:
    return found("iam.aws.upbound.io/v1beta1", "RolePolicyAttachment", {"forProvider": {"policyArn": arn}})


@pytest.mark.parametrize(
    ("api_version", "kind", "spec"),
    [
        ("iam.aws.m.upbound.io/v1beta1", "RolePolicyAttachment", {"forProvider": {"policyArn": ADMIN}}),
        ("iam.aws.crossplane.io/v1beta1", "UserPolicyAttachment", {"forProvider": {"policyArn": ADMIN}}),
        ("iam.aws.upbound.io/v1beta1", "Role", {"forProvider": {"managedPolicyArns": [ADMIN]}}),
        ("iam.services.k8s.aws/v1alpha1", "Role", {"policies": [ADMIN]}),
    ],
)
def test_whoever_gets_all_of_the_account_is_told_of(api_version: str, kind: str, spec: dict[str, Any]) -> None:
    [finding] = found(api_version, kind, spec)

    assert (finding.rule.severity, finding.message) == ("warning", ALL)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_it_is_the_same_in_every_partition(partition: str) -> None:
    assert [one.message for one in attachment(ADMIN.replace("arn:aws:", f"arn:{partition}:"))] == [ALL]


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("PowerUserAccess", "warning"),
        ("IAMFullAccess", "warning"),
        ("AmazonS3FullAccess", "info"),
        ("AmazonDynamoDBFullAccess_v2", "info"),
        ("job-function/ViewOnlyAccess", None),
        ("ReadOnlyAccess", None),
        ("service-role/AmazonEBSCSIDriverPolicy", None),
    ],
)
def test_how_grave_it_is_depends_on_the_policy(name: str, severity: str | None) -> None:
    assert [one.rule.severity for one in attachment(f"arn:aws:iam::aws:policy/{name}")] == (
        [severity] if severity else []
    )


def test_a_policy_of_ones_own_and_a_limit_on_rights_are_not_told_of() -> None:
    assert attachment("arn:aws:iam::111122223333:policy/AdministratorAccess") == []
    assert attachment("${policy_arn}") == []
    assert found("iam.aws.upbound.io/v1beta1", "Role", {"forProvider": {"permissionsBoundary": ADMIN}}) == []


def test_the_base_of_a_composition_is_told_of() -> None:
    base = {
        "apiVersion": "iam.aws.upbound.io/v1beta1",
        "kind": "RolePolicyAttachment",
        "spec": {"forProvider": {"policyArn": ADMIN}},
    }
    spec = {"pipeline": [{"step": "make", "input": {"resources": [{"name": "admin", "base": base}]}}]}

    assert [one.message for one in found("apiextensions.crossplane.io/v1", "Composition", spec)] == [ALL]
