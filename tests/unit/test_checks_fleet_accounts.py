"""SLW712: the numbers of AWS accounts."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import config_map, findings

ACCOUNT = "210000000002"


def found(value: object, api_version: str = "v1", kind: str = "ServiceAccount", **fields: object) -> list[Finding]:
    metadata = {"name": "web", "namespace": "web", **({"annotations": value} if isinstance(value, dict) else {})}
    obj = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}
    return findings({"clusters/staging/web.yaml": dump(obj)}, "SLW712")


def in_data(text: str) -> list[Finding]:
    return findings({"clusters/staging/web.yaml": config_map("web", value=text)}, "SLW712")


def of_aws(kind: str = "RolePolicyAttachment", service: str = "iam", **fields: object) -> list[Finding]:
    return found(None, f"{service}.aws.m.upbound.io/v1beta1", kind, spec={"forProvider": fields})


@pytest.mark.parametrize("number", ["1", "21000000002", "2100000000021"])
def test_the_number_of_a_role_has_twelve_digits(number: str) -> None:
    [finding] = found({"eks.amazonaws.com/role-arn": f"arn:aws:iam::{number}:role/web"})

    assert finding.rule.severity == "error"
    assert finding.message == (
        f"arn:aws:iam::{number}:role/web has an account's number of {len(number)} digits; that of an AWS account has 12"
    )


def test_a_digit_short_may_be_a_number_that_yaml_took_its_zero_from() -> None:
    short, shorter = (in_data(f"arn:aws:sns:eu-west-1:{number}:web")[0] for number in ("21000000002", "2100000000"))

    assert "starts with 0" in short.hint
    assert "starts with 0" not in shorter.hint


def test_in_what_aws_may_not_read_it_is_a_warning() -> None:
    [finding] = in_data("arn:aws:sqs:eu-west-1:2100:web")

    assert finding.rule.severity == "warning"


@pytest.mark.parametrize(
    "text",
    [
        f"arn:aws:iam::{ACCOUNT}:role/web",
        f"arn:aws-cn:iam::{ACCOUNT}:role/web",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:s3:::acme-1234",
        "arn:aws:iam::*:role/web",
        "arn:aws:iam::${ACCOUNT}:role/web",
        "arn:aws:iam::${ACCOUNT}02:role/web",
        "arn:aws:apigateway:eu-west-1:lambda:path/functions",
        "arn:minio:sqs::1:webhook",
        "an ARN such as arn:aws:iam::1234:role/web",
        "arn:aws:iam::1234:role/web is no role",
        f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/web:1",
        "1234.example.com/web:1",
    ],
)
def test_what_has_no_number_of_an_account_or_a_sound_one_is_fine(text: str) -> None:
    assert in_data(text) == []


def test_an_image_of_ecr_has_the_number_in_its_registry() -> None:
    [finding] = in_data("21000000002.dkr.ecr.eu-west-1.amazonaws.com/web:1")

    assert "11 digits" in finding.message


def test_a_policy_has_arns_in_its_text() -> None:
    policy = '{"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:a:2100:web"}]}'

    [finding] = of_aws("Policy", policy=policy)

    assert finding.message.startswith("arn:aws:sqs:a:2100:web has an account's number of 4 digits")
    assert finding.rule.severity == "error"


@pytest.mark.parametrize(("value", "expected"), [("2100", 1), (2100, 1), (ACCOUNT, 0), (int(ACCOUNT), 0), ("own", 0)])
def test_fields_for_accounts_of_awss_resources_hold_twelve_digits(value: object, expected: int) -> None:
    assert len(of_aws("VPCPeeringConnection", "ec2", peerOwnerId=value)) == expected


def test_of_others_such_fields_mean_something_else() -> None:
    assert found(None, "dns.example.com/v1", "Zone", spec={"accountId": "2100"}) == []


def test_the_values_of_secrets_are_not_looked_at() -> None:
    assert found(None, "v1", "Secret", stringData={"role": "arn:aws:iam::2100:role/web"}) == []
