"""Policies of AWS in Crossplane's and ACK's objects."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.policy_validation import IAMPolicyDocumentValidator, IAMTrustPolicyDocumentValidator

from slipway.checks.tenancy.escalation import matches, ways
from slipway.checks.tenancy.policy import Use, read_policy, size
from slipway.checks.tenancy.trust import openings
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import findings

VERSION = "2012-10-17"
ANY_TOKEN = "whoever has a token of the OIDC provider may take the role: no condition is on its subject"
ANY_ACCOUNT = "every AWS account may take the role"
WEB, EVERY = "system:serviceaccount:web:*", "system:serviceaccount:*:*"
SUBJECT, AUDIENCE = "oidc.example.com:sub", "oidc.example.com:aud"
SEND = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/oidc.example.com"
TOKEN = {
    "Effect": "Allow",
    "Principal": {"Federated": PROVIDER},
    "Action": "sts:AssumeRoleWithWebIdentity",
}
BASE = {"apiVersion": "iam.aws.upbound.io/v1beta1", "kind": "Policy", "spec": {"forProvider": {"policy": "?"}}}
BARE, POLICY_FIELD = {**BASE, "spec": {"forProvider": {}}}, "spec.forProvider.policy"
FORMAT = {"type": "string", "string": {"fmt": "?"}}


def policy_of(*statements: Any, **more: Any) -> dict[str, Any]:
    return {"Version": VERSION, "Statement": list(statements), **more}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in SEND.items() if key != name}


REFUSED: list[tuple[str, Use, str]] = [
    ("{", "identity", "it is no JSON: Expecting property name enclosed in double quotes in its line 1"),
    ("[]", "identity", "it is no JSON object"),
    (json.dumps({"Version": VERSION}), "identity", "it has no Statement"),
    (
        json.dumps(policy_of(SEND, Name="x")),
        "identity",
        "a policy has no element 'Name'; it has Version, Id and Statement",
    ),
    (json.dumps({**policy_of(SEND), "Version": "2012-10-18"}), "identity", "Version is '2012-10-18'; it is 2012-10-17"),
    (json.dumps(policy_of("send")), "identity", "a statement is no JSON object"),
    (json.dumps(policy_of(without("Effect"))), "identity", "a statement has no Effect"),
    (json.dumps(policy_of({**SEND, "Effect": "permit"})), "identity", "Effect is 'permit'; it is Allow or Deny"),
    (json.dumps(policy_of(without("Action"))), "identity", "a statement has no Action"),
    (json.dumps(policy_of({**SEND, "NotAction": "s3:*"})), "identity", "a statement has both Action and NotAction"),
    (json.dumps(policy_of({**SEND, "Action": []})), "identity", "Action is empty"),
    (json.dumps(policy_of({**SEND, "Action": [1]})), "identity", "Action is neither a text nor a list of texts"),
    (
        json.dumps(policy_of({**SEND, "Action": "SendMessage"})),
        "identity",
        "'SendMessage' is no action; one is like s3:GetObject",
    ),
    (
        json.dumps(policy_of({**SEND, "Action": "s3:Get:Object"})),
        "identity",
        "'s3:Get:Object' is no action; one is like s3:GetObject",
    ),
    (json.dumps(policy_of({**SEND, "Actions": "s3:*"})), "identity", "a statement has no element 'Actions'"),
    (json.dumps(policy_of(without("Resource"))), "identity", "a statement has no Resource"),
    (json.dumps(policy_of({**SEND, "Resource": "web"})), "identity", "'web' is no resource; one is an ARN or *"),
    (
        json.dumps(policy_of({**SEND, "Condition": {"StringIs": {"a": "b"}}})),
        "identity",
        "there is no condition operator 'StringIs'",
    ),
    (json.dumps(policy_of({**SEND, "Condition": []})), "identity", "Condition is no JSON object"),
    (json.dumps(policy_of({**SEND, "Sid": "a"}, {**SEND, "Sid": "a"})), "identity", "two statements have the Sid 'a'"),
    (json.dumps(policy_of({**TOKEN, "Resource": "*"})), "trust", "who may take a role is said without Resource"),
]


@pytest.mark.parametrize(("document", "use", "message"), REFUSED, ids=[message for _, _, message in REFUSED])
def test_what_aws_refuses_is_refused(document: str, use: Use, message: str) -> None:
    policy = read_policy(document, use)

    assert policy
    assert [wrong.message for wrong in policy.refused] == [message]


@pytest.mark.parametrize(("document", "use", "message"), REFUSED, ids=[message for _, _, message in REFUSED])
def test_what_is_refused_is_refused_by_a_validator_written_against_aws(document: str, use: Use, message: str) -> None:
    validator = IAMTrustPolicyDocumentValidator if use == "trust" else IAMPolicyDocumentValidator

    with pytest.raises(MalformedPolicyDocument):
        validator(document).validate()


def test_a_principal_is_for_those_who_take_roles_and_use_resources_only() -> None:
    with_principal = {**SEND, "Principal": "*"}

    assert refused(policy_of(with_principal), "identity") == [
        "what somebody may do is said without Principal: it is who has the policy"
    ]
    assert refused(policy_of(with_principal), "resource") == []
    assert refused(policy_of(SEND), "trust")[-1] == "a statement has no Principal"


@pytest.mark.parametrize(
    "statement",
    [
        SEND,
        {**SEND, "Action": "*"},
        {**SEND, "Action": ["s3:Get*", "s3:List?uckets"]},
        {**SEND, "Resource": ["arn:aws:s3:::web", "arn:aws-cn:s3:::web/*"]},
        {**SEND, "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a", "b"]}}},
        {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:iam::1:role/a"},
    ],
)
def test_what_aws_takes_is_not_refused(statement: dict[str, Any]) -> None:
    IAMPolicyDocumentValidator(json.dumps(policy_of(statement))).validate()

    assert refused(policy_of(statement), "identity") == []


def test_what_variables_stand_for_is_not_judged() -> None:
    document = policy_of({"Effect": "${EFFECT}", "Action": "${ACTION}", "Resource": "${BUCKET}"})

    assert refused(document, "identity") == []
    assert read_policy('{"Version": "2012-10-17", "Statement": ${STATEMENTS}}', "identity") is None


def test_white_space_does_not_count() -> None:
    assert size('{ "a":\n "b" }') == len('{"a":"b"}')
    assert size({"a": "b"}) == len('{"a":"b"}')


@pytest.mark.parametrize(
    ("pattern", "action", "is_match"),
    [
        ("iam:*", "iam:PassRole", True),
        ("*", "iam:PassRole", True),
        ("iam:pass*", "iam:PassRole", True),
        ("iam:*role", "iam:PassRole", True),
        ("iam:pass?ole", "iam:PassRole", True),
        ("iam:pass", "iam:PassRole", False),
        ("iam:get*", "iam:PassRole", False),
        ("*".join("a" * 200), "a" * 40, False),
        ("", "iam:PassRole", False),
    ],
)
def test_wildcards_stand_for_any_letters(pattern: str, action: str, is_match: bool) -> None:
    assert matches(pattern, action) is is_match


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ([{**SEND, "Action": "iam:CreatePolicyVersion"}], [("iam:CreatePolicyVersion",)]),
        (
            [{**SEND, "Action": "iam:Put*Policy"}],
            [("iam:PutUserPolicy",), ("iam:PutGroupPolicy",), ("iam:PutRolePolicy",)],
        ),
        ([{**SEND, "Action": "iam:PassRole"}], [("iam:PassRole",)]),
        ([{**SEND, "Action": ["iam:PassRole", "ec2:*"]}], [("iam:PassRole", "ec2:RunInstances")]),
        ([{**SEND, "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/*"}], [("sts:AssumeRole",)]),
        ([{**SEND, "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::1:role/web"}], []),
        (
            [
                {
                    **SEND,
                    "Action": "iam:PassRole",
                    "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
                }
            ],
            [],
        ),
        ([{**SEND, "Action": "iam:PassRole"}, {**SEND, "Effect": "Deny", "Action": "iam:*"}], []),
        ([{**SEND, "Effect": "Deny", "Action": "iam:PassRole"}], []),
        ([{**SEND, "Action": ["iam:Get*", "iam:List*"]}], []),
        ([{**SEND, "Action": "iam:*"}], []),
    ],
)
def test_ways_to_further_rights_are_found(statements: list[Any], found: list[tuple[str, ...]]) -> None:
    policy = read_policy(json.dumps(policy_of(*statements)), "identity")

    assert policy
    assert [way.actions for way in ways(policy)] == found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Principal": "*", "Action": "sts:AssumeRole"}, ANY_ACCOUNT),
        ({"Principal": {"AWS": ["*"]}, "Action": "sts:AssumeRole"}, ANY_ACCOUNT),
        (
            {
                "Principal": {"AWS": "*"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
            },
            "",
        ),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}, ""),
        ({"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}, ""),
        ({}, ANY_TOKEN),
        ({"Condition": {"StringEquals": {AUDIENCE: "sts.amazonaws.com"}}}, ANY_TOKEN),
        ({"Condition": {"StringEquals": {SUBJECT: "system:serviceaccount:web:web"}}}, ""),
        ({"Condition": {"StringLike": {"${OIDC}:sub": WEB}}}, ""),
        ({"Condition": {"StringLike": {"oidc.example.com:${CLAIM}": WEB}}}, ""),
        ({"Condition": {"StringLike": {SUBJECT: EVERY}}}, f"every subject matches {EVERY!r}"),
        (
            {"Condition": {"StringEquals": {SUBJECT: WEB}}},
            f"StringEquals takes {WEB!r} as it is, so that no subject matches",
        ),
        ({"Effect": "Deny", "Principal": "*"}, ""),
    ],
)
def test_trust_in_everybody_is_found(change: dict[str, Any], message: str) -> None:
    policy = read_policy(json.dumps(policy_of({**TOKEN, **change})), "trust")

    assert policy
    assert policy.refused == ()
    assert [opening.message for opening in openings(policy, "trust")] == ([message] if message else [])


def test_a_queue_that_everybody_may_send_to_is_open() -> None:
    document = json.dumps(policy_of({**SEND, "Principal": {"AWS": "*"}}))

    assert said("sqs.aws.upbound.io/v1beta1", "QueuePolicy", policy=document) == [
        "SLW523 everybody may do this, with no account"
    ]


@pytest.mark.parametrize(
    ("api_version", "kind", "spec"),
    [
        ("iam.aws.upbound.io/v1beta1", "Policy", {"forProvider": {"policy": "?"}}),
        ("iam.aws.m.upbound.io/v1beta1", "RolePolicy", {"initProvider": {"policy": "?"}}),
        ("iam.aws.upbound.io/v1beta1", "Role", {"forProvider": {"inlinePolicy": [{"name": "a", "policy": "?"}]}}),
        ("iam.aws.crossplane.io/v1beta1", "Policy", {"forProvider": {"document": "?"}}),
        ("iam.services.k8s.aws/v1alpha1", "Policy", {"policyDocument": "?"}),
        ("iam.services.k8s.aws/v1alpha1", "Role", {"inlinePolicies": {"a": "?"}}),
        (
            "apiextensions.crossplane.io/v1",
            "Composition",
            {"pipeline": [{"input": {"resources": [{"base": BASE}]}}]},
        ),
        (
            "apiextensions.crossplane.io/v1",
            "Composition",
            {"resources": [{"base": BARE, "patches": [{"toFieldPath": POLICY_FIELD, "transforms": [FORMAT]}]}]},
        ),
    ],
)
def test_policies_are_found_wherever_objects_have_them(api_version: str, kind: str, spec: dict[str, Any]) -> None:
    document = json.dumps(policy_of({**SEND, "Action": "sqs:*"}))
    filled = json.loads(json.dumps(spec).replace('"?"', json.dumps(document)))

    assert said(api_version, kind, filled) == ["SLW521 it allows every action of sqs on every resource"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Action": "dynamodb:DeleteTable"}, "it allows dynamodb:DeleteTable on every resource, whoever it belongs to"),
        ({"Action": "s3:Delete*"}, "it allows s3:DeleteBucket on every resource, whoever it belongs to"),
        ({"Action": "dynamodb:DeleteTable", "Resource": "arn:aws:dynamodb:*:1:table/web"}, ""),
        ({"Action": "ec2:DeleteVolume", "Condition": {"StringLike": {"ec2:ResourceTag/a": "*"}}}, ""),
        ({"Action": "ec2:DeleteVolume", "Effect": "Deny"}, ""),
        ({"Action": "ec2:Describe*"}, ""),
    ],
)
def test_deleting_everybodys_data_is_good_to_know(change: dict[str, Any], message: str) -> None:
    document = json.dumps(policy_of({**SEND, **change}))

    assert said("iam.aws.upbound.io/v1beta1", "Policy", policy=document) == ([f"SLW529 {message}"] if message else [])


def test_a_public_website_is_good_to_know() -> None:
    document = json.dumps(policy_of({**SEND, "Action": "s3:GetObject", "Principal": "*"}))
    spec = {"forProvider": {"policy": document}}

    assert [one.rule.severity for one in policy_findings("s3.aws.upbound.io/v1beta1", "BucketPolicy", spec)] == ["info"]


@pytest.mark.parametrize("policy", ["", "to be filled in"])
def test_what_a_composition_fills_in_is_not_judged(policy: str) -> None:
    base = {**BASE, "spec": {"forProvider": {"policy": policy}}}

    assert said("apiextensions.crossplane.io/v1", "Composition", {"resources": [{"base": base}]}) == []


def test_a_format_of_another_service_is_read_by_its_grammar() -> None:
    queue = {"apiVersion": "sqs.aws.upbound.io/v1beta1", "kind": "QueuePolicy", "spec": {"forProvider": {}}}
    text = json.dumps(policy_of({**SEND, "Principal": {"Service": "sns.amazonaws.com"}, "Resource": "%s"}))
    patch = {"toFieldPath": POLICY_FIELD, "combine": {"strategy": "string", "string": {"fmt": text}}}

    assert (
        said("apiextensions.crossplane.io/v1", "Composition", {"resources": [{"base": queue, "patches": [patch]}]})
        == []
    )


def test_services_have_grammars_of_their_own() -> None:
    document = json.dumps({"Name": "data", "Version": "2021-06-01", "Statement": [{"Operation": {"Audit": {}}}]})

    assert said("cloudwatchlogs.aws.upbound.io/v1beta1", "AccountPolicy", policyDocument=document) == []


def test_other_documents_are_none() -> None:
    rules = json.dumps({"rules": [{"rulePriority": 1}]})

    assert said("ecr.aws.upbound.io/v1beta1", "LifecyclePolicy", policy=rules) == []
    assert said("acme.example/v1", "Policy", policy="{") == []


def test_a_policy_that_is_too_long_is_refused() -> None:
    names = [f"sqs:SendMessage{number}" for number in range(400)]

    assert said("iam.aws.upbound.io/v1beta1", "Policy", policy=json.dumps(policy_of({**SEND, "Action": names}))) == [
        "SLW520 it has 8,373 characters, white space not counted; AWS takes 6,144"
    ]


def test_everything_of_a_service_under_conditions_is_good_to_know() -> None:
    condition = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    document = json.dumps(policy_of({**SEND, "Action": "*", "Condition": condition}))
    [found] = policy_findings("iam.aws.upbound.io/v1beta1", "Policy", {"forProvider": {"policy": document}})

    assert found.message == "it allows everything in the account on every resource under conditions"
    assert found.rule.severity == "info"


@pytest.mark.parametrize("style", ["|", "|-", "|2", "|  # who may send"])
def test_a_finding_is_on_the_line_of_the_action_in_a_block(style: str) -> None:
    document = json.dumps(policy_of({**SEND, "Action": ["sqs:SendMessage", "ec2:*"]}), indent=2)
    block = "\n".join(f"      {line}" for line in document.splitlines())
    manifest = (
        "apiVersion: iam.aws.upbound.io/v1beta1\nkind: Policy\nmetadata: {name: web}\nspec:\n  forProvider:\n"
        f"    policy: {style}\n{block}\n"
    )
    [found] = findings({"clusters/staging/policy.yaml": manifest}, "SLW5")

    assert '"ec2:*"' in manifest.splitlines()[found.where.line - 1]


def test_a_finding_in_a_folded_text_is_on_its_field() -> None:
    document = json.dumps(policy_of({**SEND, "Action": "ec2:*"}), indent=2).replace("\n", "\n      ")
    manifest = (
        "apiVersion: iam.aws.upbound.io/v1beta1\nkind: Policy\nmetadata: {name: web}\nspec:\n  forProvider:\n"
        f"    policy: >\n      {document}\n"
    )
    [found] = findings({"clusters/staging/policy.yaml": manifest}, "SLW5")

    assert found.where.line == 6


def refused(document: Any, use: Use) -> list[str]:
    policy = read_policy(json.dumps(document), use)
    assert policy
    return [wrong.message for wrong in policy.refused]


def said(api_version: str, kind: str, spec: dict[str, Any] | None = None, **for_provider: Any) -> list[str]:
    found = policy_findings(api_version, kind, spec or {"forProvider": for_provider})
    return [f"{one.rule.id} {one.message}" for one in found]


def policy_findings(api_version: str, kind: str, spec: dict[str, Any]) -> list[Any]:
    value = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, "spec": spec}
    return findings({"clusters/staging/policy.yaml": dump(value)}, "SLW5")
