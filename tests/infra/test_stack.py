"""What the stack holds: the promises that every function and every queue keeps, and who may do what."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

from slipway.requests.event import DETAIL_TYPES
from tests.infra.synth import Synthesised

pytestmark = pytest.mark.xdist_group("infra")

FUNCTIONS = {
    "GenerationFunction": "slipway-generation",
    "GenerationTokensFunction": "slipway-tokens-generation",
    "IdentitiesFunction": "slipway-identities",
    "IdentitiesTokensFunction": "slipway-tokens-identities",
    "IngressFunction": "slipway-ingress",
    "RotationFunction": "slipway-rotation",
    "RotationKeysFunction": "slipway-keys-rotation",
    "RotationTokensFunction": "slipway-tokens-rotation",
    "SweepFunction": "slipway-sweep",
    "ValidationFunction": "slipway-validation",
    "ValidationKeysFunction": "slipway-keys-validation",
    "ValidationTokensFunction": "slipway-tokens-validation",
}
"""Functions by the beginning of their logical ids."""


# Every function


def test_these_are_all_functions(production: Synthesised) -> None:
    functions = production.resources("Lambda::Function").values()
    assert sorted(it["FunctionName"] for it in functions) == sorted(FUNCTIONS.values())


def test_every_function_has_a_role_of_its_own(production: Synthesised) -> None:
    roles = [it["Role"]["Fn::GetAtt"][0] for it in production.resources("Lambda::Function").values()]
    assert len(set(roles)) == len(FUNCTIONS)


def test_no_role_has_a_managed_policy(production: Synthesised) -> None:
    assert [it for it in production.resources("IAM::Role").values() if "ManagedPolicyArns" in it] == []


def test_every_function_has_a_log_that_ends(production: Synthesised) -> None:
    groups = production.resources("Logs::LogGroup")
    for function in production.resources("Lambda::Function").values():
        group = groups[function["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group == {"LogGroupName": f"/aws/lambda/{function['FunctionName']}", "RetentionInDays": 90}


def test_every_function_is_traced(production: Synthesised) -> None:
    assert {it["TracingConfig"]["Mode"] for it in production.resources("Lambda::Function").values()} == {"Active"}


def test_every_function_runs_where_its_bundle_fits(production: Synthesised) -> None:
    platforms = {(it["Runtime"], *it["Architectures"]) for it in production.resources("Lambda::Function").values()}
    assert platforms == {("python3.13", "x86_64")}


def test_every_handler_is_that_of_its_capability(production: Synthesised) -> None:
    for name, function in production.resources("Lambda::Function").items():
        service = function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
        assert function["Handler"] == f"slipway.{service}.handler.handler", name


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("which", ["production", "local"])
def test_every_function_gets_the_configuration_that_it_asks_for_and_no_more(
    which: str, function: str, request: pytest.FixtureRequest
) -> None:
    stack: Synthesised = request.getfixturevalue(which)
    variables = stack.only("Lambda::Function", function)["Environment"]["Variables"]
    asked = _Recording({key: it if isinstance(it, str) else "known at deployment" for key, it in variables.items()})
    importlib.import_module(f"slipway.{variables['POWERTOOLS_SERVICE_NAME']}.config").Config.from_env(asked)
    ours = {key for key in variables if key.startswith("SLIPWAY_")}
    assert ours - asked.keys_read <= {"SLIPWAY_KUBECTL", "SLIPWAY_HELM"}


class _Recording(dict[str, str]):
    """Remembers which keys were asked for."""

    def __init__(self, environ: dict[str, str]) -> None:
        super().__init__(environ)
        self.keys_read: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.keys_read.add(key)
        return super().get(key, default)


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_has_an_alarm(production: Synthesised, metric: str) -> None:
    watched = {
        alarm["Dimensions"][0]["Value"]["Ref"]
        for alarm in production.resources("CloudWatch::Alarm").values()
        if (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", metric)
    }
    assert watched == set(production.resources("Lambda::Function"))


# Every queue


def _dead_letter_queues(stack: Synthesised) -> set[str]:
    redriven = {
        it["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for it in stack.resources("SQS::Queue").values()
        if "RedrivePolicy" in it
    }
    scheduled = {
        it["Target"]["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]
        for it in stack.resources("Scheduler::Schedule").values()
    }
    return redriven | scheduled


def test_every_queue_has_or_is_a_dead_letter_queue(production: Synthesised) -> None:
    dead = _dead_letter_queues(production)
    without = {name for name, it in production.resources("SQS::Queue").items() if "RedrivePolicy" not in it}
    assert without == dead


def test_every_rule_and_schedule_keeps_what_it_cannot_deliver(production: Synthesised) -> None:
    targets = [it["Target"] for it in production.resources("Scheduler::Schedule").values()]
    targets += [target for it in production.resources("Events::Rule").values() for target in it["Targets"]]
    assert len(targets) == 7
    assert [target for target in targets if "DeadLetterConfig" not in target] == []


def test_every_dead_letter_queue_raises_an_alarm_at_its_first_message(production: Synthesised) -> None:
    watched = {
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0]: (alarm["Threshold"], alarm["Statistic"])
        for alarm in production.resources("CloudWatch::Alarm").values()
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    }
    assert watched == dict.fromkeys(_dead_letter_queues(production), (1, "Maximum"))


def test_every_queue_is_encrypted(production: Synthesised) -> None:
    assert {it.get("SqsManagedSseEnabled") for it in production.resources("SQS::Queue").values()} == {True}


def test_every_queue_refuses_plain_http(production: Synthesised) -> None:
    refusing = {
        queue["Ref"]
        for policy in production.resources("SQS::QueuePolicy").values()
        for queue in policy["Queues"]
        if _refuses_plain_http(policy["PolicyDocument"])
    }
    assert refusing == set(production.resources("SQS::Queue"))


def _refuses_plain_http(document: dict[str, Any]) -> bool:
    return any(
        it["Effect"] == "Deny" and it["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for it in document["Statement"]
    )


# Who may do what


@pytest.mark.parametrize(
    "role",
    [*FUNCTIONS, "IdentitiesSchedulerRole", "RotationMachineRole", "RotationSchedulerRole", "SweepSchedulerRole"],
)
def test_no_action_is_a_wildcard(production: Synthesised, role: str) -> None:
    assert production.actions(role)
    assert [action for action in production.actions(role) if "*" in action] == []


@pytest.mark.parametrize("role", FUNCTIONS)
def test_only_what_knows_no_resources_goes_to_any(production: Synthesised, role: str) -> None:
    anywhere = [action for it in production.allowed(role + "Role") if "*" in it["Resource"] for action in it["Action"]]
    versions = ["eks:DescribeClusterVersions"] if role == "GenerationFunction" else []
    assert sorted(anywhere) == [*versions, "xray:PutTelemetryRecords", "xray:PutTraceSegments"]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("IngressFunction", {"secretsmanager", "dynamodb", "s3", "events"}),
        ("SweepFunction", {"secretsmanager", "dynamodb"}),
        ("ValidationTokensFunction", {"secretsmanager"}),
        ("ValidationFunction", {"lambda", "dynamodb", "s3", "sqs"}),
        ("GenerationTokensFunction", {"secretsmanager"}),
        ("GenerationFunction", {"lambda", "dynamodb", "s3", "sqs", "eks"}),
        ("IdentitiesTokensFunction", {"secretsmanager"}),
        ("IdentitiesFunction", {"lambda", "sqs"}),
        ("RotationTokensFunction", {"secretsmanager"}),
        ("RotationKeysFunction", {"secretsmanager", "dynamodb", "kms"}),
        ("ValidationKeysFunction", {"secretsmanager", "dynamodb", "kms"}),
        ("RotationFunction", {"lambda", "states"}),
    ],
)
def test_a_function_reaches_these_services_only(production: Synthesised, role: str, expected: set[str]) -> None:
    services = {action.partition(":")[0] for action in production.actions(role + "Role")}
    assert services == expected | {"logs", "xray"}


@pytest.mark.parametrize(
    ("role", "secrets"),
    [
        ("IngressFunction", ["StorageWebhookSecret"]),
        ("SweepFunction", ["StorageAppSecret"]),
        ("ValidationTokensFunction", ["StorageAppSecret"]),
        ("ValidationFunction", []),
        ("GenerationTokensFunction", ["StorageAppSecret"]),
        ("GenerationFunction", []),
        ("IdentitiesTokensFunction", ["StorageAppSecret"]),
        ("IdentitiesFunction", []),
        ("RotationTokensFunction", ["StorageAppSecret"]),
        ("RotationKeysFunction", ["SealingKeySecret"]),
        ("ValidationKeysFunction", ["SealingKeySecret"]),
        ("RotationFunction", []),
    ],
)
def test_a_function_reads_one_secret_or_none(production: Synthesised, role: str, secrets: list[str]) -> None:
    read = [
        _short(resource["Ref"])
        for statement in production.allowed(role + "Role")
        if "secretsmanager:GetSecretValue" in statement["Action"]
        for resource in statement["Resource"]
    ]
    assert read == secrets


def test_each_capability_invokes_functions_of_its_own_and_no_others(production: Synthesised) -> None:
    invoked = {
        role: [
            resource["Fn::GetAtt"][0]
            for statement in production.allowed(role)
            if "lambda:InvokeFunction" in statement["Action"]
            for resource in statement["Resource"]
        ]
        for role in production.resources("IAM::Policy")
    }
    begun = {role.partition("Role")[0]: [_short(name) for name in names] for role, names in invoked.items() if names}
    assert begun == {
        "GenerationFunction": ["GenerationTokensFunction"],
        "IdentitiesFunction": ["IdentitiesTokensFunction"],
        "ValidationFunction": ["ValidationTokensFunction", "ValidationKeysFunction"],
        "RotationFunction": ["RotationTokensFunction", "RotationKeysFunction"],
        "RotationMachine": ["RotationFunction"],
        "SweepScheduler": ["SweepFunction"],
    }


def _short(logical_id: str) -> str:
    """A logical id without the digest at its end."""
    return logical_id[: -len("4434E342")]


@pytest.mark.parametrize(
    ("role", "keys"),
    [
        ("IngressFunction", ["DELIVERY#*"]),
        ("SweepFunction", ["SWEEP"]),
        ("ValidationFunction", ["LEASE#*"]),
        ("GenerationFunction", ["LEASE#*"]),
        ("RotationKeysFunction", ["LEASE#sealing-key"]),
        ("ValidationKeysFunction", ["RATE#sealed values of *"]),
    ],
)
def test_a_function_touches_its_own_items_only(production: Synthesised, role: str, keys: list[str]) -> None:
    conditions = [
        statement.get("Condition")
        for statement in production.allowed(role + "Role")
        if any(action.startswith("dynamodb:") for action in statement["Action"])
    ]
    assert conditions == [{"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}}]


def test_generation_may_do_this_and_nothing_else(production: Synthesised) -> None:
    allowed = [
        (sorted(statement["Action"]), [_named(resource) for resource in statement["Resource"]])
        for statement in production.allowed("GenerationFunctionRole")
    ]
    expected = [
        (["logs:CreateLogStream", "logs:PutLogEvents"], ["GenerationFunctionLog"]),
        (["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"]),
        (["lambda:InvokeFunction"], ["GenerationTokensFunction"]),
        (["dynamodb:GetItem", "dynamodb:UpdateItem"], ["StorageTable"]),
        (["s3:GetObject", "s3:PutObject"], ["StorageBucket/requests/*"]),
        (["s3:ListBucket"], ["StorageBucket"]),
        (["sqs:SendMessage"], ["GenerationWorkQueue"]),
        (["eks:DescribeClusterVersions"], ["*"]),
        (
            [
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                "sqs:ReceiveMessage",
            ],
            ["GenerationWorkQueue"],
        ),
    ]
    assert sorted(allowed) == sorted(expected)


def _named(resource: Any) -> str:
    """What a statement is about: the logical id without its digest, and what follows it."""
    if isinstance(resource, str):
        return resource
    if "Fn::GetAtt" in resource:
        return _short(resource["Fn::GetAtt"][0])
    _, parts = resource["Fn::Join"]
    return "".join(part if isinstance(part, str) else _named(part) for part in parts)


@pytest.mark.parametrize(
    ("consumer", "permissions"),
    [
        ("Validation", {"contents": "read", "checks": "write", "pull_requests": "read"}),
        (
            "Generation",
            {
                "checks": "read",
                "contents": "write",
                "issues": "write",
                "members": "read",
                "pull_requests": "write",
                "statuses": "read",
            },
        ),
        ("Identities", {"administration": "write", "contents": "read", "pull_requests": "read"}),
        (
            "Rotation",
            {
                "checks": "read",
                "contents": "write",
                "issues": "write",
                "pull_requests": "write",
                "statuses": "read",
            },
        ),
    ],
)
def test_the_permissions_of_the_tokens_are_fixed(
    production: Synthesised, consumer: str, permissions: dict[str, str]
) -> None:
    variables = production.only("Lambda::Function", f"{consumer}Tokens")["Environment"]["Variables"]
    assert json.loads(variables["SLIPWAY_PERMISSIONS"]) == permissions


# Each capability


def test_github_posts_to_the_ingress(production: Synthesised) -> None:
    assert production.only("ApiGatewayV2::Route")["RouteKey"] == "POST /github"
    stage = production.only("ApiGatewayV2::Stage")
    assert stage["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 500, "ThrottlingRateLimit": 100}
    assert "$context.requestId" in stage["AccessLogSettings"]["Format"]
    assert production.only("Logs::LogGroup", "IngressAccessLog")["RetentionInDays"] == 90


def test_the_ingress_answers_before_github_hangs_up(production: Synthesised) -> None:
    assert production.only("Lambda::Function", "Ingress")["Timeout"] <= 10


@pytest.mark.parametrize(
    ("rule", "pattern", "queue"),
    [
        (
            "ValidationRule",
            {"source": ["slipway.ingress"], "detail-type": ["pull_request"]},
            "ValidationWorkQueue",
        ),
        (
            "GenerationRule",
            {"source": ["slipway.ingress"], "detail-type": ["request", "proposal", "base"]},
            "GenerationWorkQueue",
        ),
        (
            "IdentitiesRule",
            {
                "source": ["slipway.ingress"],
                "detail-type": ["pull_request", "proposal"],
                "detail": {"delivery": {"event": ["pull_request"]}, "branch": [{"prefix": "slipway/"}]},
            },
            "IdentitiesWorkQueue",
        ),
        # From whatever source: a service catalogue has a name of its own.
        ("GenerationRequested", {"detail-type": list(DETAIL_TYPES)}, "GenerationWorkQueue"),
    ],
)
def test_events_go_from_the_bus_to_the_queue_of_their_capability(
    production: Synthesised, rule: str, pattern: dict[str, Any], queue: str
) -> None:
    assert production.only("Events::EventBus")["Name"] == "slipway"
    found = production.only("Events::Rule", rule)
    assert found["EventPattern"] == pattern
    (target,) = found["Targets"]
    assert _short(target["Arn"]["Fn::GetAtt"][0]) == queue


@pytest.mark.parametrize(("capability", "concurrency"), [("Validation", 10), ("Generation", 5)])
def test_a_capability_takes_one_message_at_a_time_and_says_which_failed(
    production: Synthesised, capability: str, concurrency: int
) -> None:
    mapping = production.only("Lambda::EventSourceMapping", capability)
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert (mapping["BatchSize"], mapping["ScalingConfig"]) == (1, {"MaximumConcurrency": concurrency})


@pytest.mark.parametrize("capability", ["Validation", "Generation", "Identities"])
@pytest.mark.parametrize("which", ["production", "local"])
def test_a_message_stays_hidden_for_six_runs(which: str, capability: str, request: pytest.FixtureRequest) -> None:
    stack: Synthesised = request.getfixturevalue(which)
    function = stack.only("Lambda::Function", f"{capability}Function")
    queue = stack.only("SQS::Queue", f"{capability}WorkQueue")
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5


@pytest.mark.parametrize("capability", ["Validation", "Generation"])
def test_a_lease_lasts_as_long_as_a_run(production: Synthesised, capability: str) -> None:
    function = production.only("Lambda::Function", f"{capability}Function")
    assert function["Environment"]["Variables"]["SLIPWAY_LEASE_SECONDS"] == str(function["Timeout"])


def test_without_a_fleet_there_is_nothing_to_request(without_a_fleet: Synthesised) -> None:
    resources = without_a_fleet.template["Resources"]
    assert [name for name in resources if name.startswith(("Generation", "Identities"))] == []
    outputs = without_a_fleet.template["Outputs"]
    assert [name for name in outputs if name.startswith(("Generation", "Identities"))] == []


def test_the_queues_of_requests_are_told(production: Synthesised) -> None:
    expected = {"GenerationQueue", "GenerationDeadLetters", "IdentitiesQueue", "IdentitiesDeadLetters"}
    assert expected <= production.template["Outputs"].keys()


def test_the_sweep_runs_every_five_minutes_and_never_twice_at_once(production: Synthesised) -> None:
    function = production.only("Lambda::Function", "Sweep")
    assert production.only("Scheduler::Schedule", "Sweep")["ScheduleExpression"] == "rate(5 minutes)"
    assert function["ReservedConcurrentExecutions"] == 1
    assert function["Timeout"] < 300
    assert production.only("Lambda::EventInvokeConfig")["MaximumRetryAttempts"] == 0


def test_identities_are_looked_through_every_hour_and_many_messages_at_once(production: Synthesised) -> None:
    schedule = production.only("Scheduler::Schedule", "Identities")
    assert schedule["ScheduleExpression"] == "rate(1 hour)"
    assert _short(schedule["Target"]["Arn"]["Fn::GetAtt"][0]) == "IdentitiesWorkQueue"
    assert json.loads(schedule["Target"]["Input"]) == {"detail-type": "schedule", "detail": {}}
    mapping = production.only("Lambda::EventSourceMapping", "Identities")
    assert (mapping["BatchSize"], mapping["ScalingConfig"]) == (10, {"MaximumConcurrency": 2})


def test_the_schedule_of_identities_sends_to_its_queues_only(production: Synthesised) -> None:
    allowed = [
        (statement["Action"], [_named(resource) for resource in statement["Resource"]])
        for statement in production.allowed("IdentitiesSchedulerRole")
    ]
    queues = ("IdentitiesWorkQueue", "IdentitiesWorkDeadLettersQueue")
    assert allowed == [(["sqs:SendMessage"], [queue]) for queue in queues]


def test_what_is_wrong_with_an_identity_raises_an_alarm(production: Synthesised) -> None:
    alarm = production.only("CloudWatch::Alarm", "IdentitiesProblems")
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Threshold"]) == ("Slipway", "Problems", 1)
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "identities"}]


def test_identities_can_be_left_to_people(by_hand: Synthesised, production: Synthesised) -> None:
    resources = by_hand.template["Resources"]
    assert [name for name in resources if name.startswith("Identities")] == []
    assert [name for name in by_hand.template["Outputs"] if "Identities" in name] == []
    for stack, flag in ((by_hand, "false"), (production, "true")):
        variables = stack.only("Lambda::Function", "GenerationFunction")["Environment"]["Variables"]
        assert variables["SLIPWAY_GIT_IDENTITIES"] == flag


def test_the_table(production: Synthesised) -> None:
    table = production.only("DynamoDB::Table")
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_the_bucket(production: Synthesised) -> None:
    bucket = production.only("S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert "BucketEncryption" in bucket
    assert _refuses_plain_http(production.only("S3::BucketPolicy")["PolicyDocument"])
    rules = bucket["LifecycleConfiguration"]["Rules"]
    days = {it["Prefix"]: it["ExpirationInDays"] for it in rules if "Prefix" in it}
    assert days == {"deliveries/": 30, "rejected/": 30, "cache/": 30, "reports/": 90, "requests/": 400}


def test_no_secret_is_written_into_the_template(production: Synthesised) -> None:
    webhook = production.only("SecretsManager::Secret", "StorageWebhook")
    assert webhook["GenerateSecretString"]["GenerateStringKey"] == "current"
    app = production.only("SecretsManager::Secret", "StorageApp")
    assert json.loads(app["SecretString"]) == {"appId": "fill in", "privateKey": "fill in"}


# Production and the local cloud


_STATEFUL = ("AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::S3::Bucket", "AWS::SecretsManager::Secret")


def test_production_keeps_its_state_when_the_stack_goes(production: Synthesised) -> None:
    policies = {
        name: (it["DeletionPolicy"], it["UpdateReplacePolicy"])
        for name, it in production.template["Resources"].items()
        if it["Type"] in _STATEFUL
    }
    assert set(policies.values()) == {("Retain", "Retain")}
    assert len(policies) == 6
    assert production.only("DynamoDB::Table")["DeletionProtectionEnabled"] is True


def test_the_local_cloud_keeps_nothing(local: Synthesised) -> None:
    assert {it.get("DeletionPolicy", "Delete") for it in local.template["Resources"].values()} == {"Delete"}


def test_the_local_cloud_differs_by_what_the_emulator_cannot_do_and_nothing_else(
    production: Synthesised, local: Synthesised
) -> None:
    kinds = {
        name: sorted(it["Type"] for it in stack.template["Resources"].values())
        for name, stack in (("production", production), ("local", local))
    }
    missing = [kind for kind in kinds["production"] if kind not in kinds["local"]]
    assert sorted(set(missing)) == ["AWS::Events::Archive", "AWS::Lambda::LayerVersion"]
    assert [kind for kind in kinds["production"] if kind not in missing] == kinds["local"]


@pytest.mark.parametrize("capability", ["Validation", "Generation"])
def test_kubectl_and_helm_come_from_the_layer_or_in_the_local_cloud_from_paths(
    production: Synthesised, local: Synthesised, capability: str
) -> None:
    function = production.only("Lambda::Function", f"{capability}Function")
    assert len(function["Layers"]) == 1
    assert not {"SLIPWAY_KUBECTL", "SLIPWAY_HELM"} & function["Environment"]["Variables"].keys()
    function = local.only("Lambda::Function", f"{capability}Function")
    assert "Layers" not in function
    assert function["Environment"]["Variables"]["SLIPWAY_KUBECTL"] == "/somewhere/kubectl"
    assert function["Environment"]["Variables"]["SLIPWAY_HELM"] == "/somewhere/helm"
