"""What the AWS adapters do beyond the contract that they share with their twins (tests/contract/test_stores.py)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from slipway.answers import failed_answer
from slipway.aws.bus import EventBridgeBus
from slipway.aws.clients import Clients
from slipway.aws.deliveries import TableDeliveries
from slipway.aws.eks import ClusterVersions
from slipway.aws.errors import AwsError
from slipway.aws.executions import StateMachineExecutions
from slipway.aws.functions import LambdaSealingKeys, LambdaTokenFunction
from slipway.aws.leases import TableLeases
from slipway.aws.protocol import BusEvent, Execution, Lease
from slipway.aws.queue import SqsQueue
from slipway.aws.secrets import SecretsManager
from slipway.aws.table import KEEP_SECONDS, Table
from slipway.errors import ConfigError, RetryLater
from slipway.github.tokens import InstallationToken
from tests.unit.aws_script import Answer, Aws, refusal

NOW = 1_800_000_000


pytestmark = pytest.mark.usefixtures("aws_environment")


def table(aws: Aws) -> Table:
    return Table(aws.behind(Clients().dynamodb), "slipway")


def secrets_manager(aws: Aws, clock: Callable[[], float] = lambda: NOW) -> SecretsManager:
    return SecretsManager(aws.behind(Clients().secretsmanager), clock)


def token_function(aws: Aws) -> LambdaTokenFunction:
    return LambdaTokenFunction(aws.behind(Clients().functions), FUNCTION)


# Table


def condition_failed(**item: str) -> Answer:
    return refusal("ConditionalCheckFailedException", Item={name: {"S": value} for name, value in item.items()})


def test_a_claim_is_an_item_with_the_agreed_keys_and_an_expiry_after_githubs_redelivery_window() -> None:
    aws = Aws(Answer())
    TableDeliveries(table(aws), lambda: NOW).claim("1#g", "a", 60, body_key="key", event="push")
    [document] = aws.documents
    assert document["TableName"] == "slipway"
    assert document["Key"] == {"pk": {"S": "DELIVERY#1#g"}, "sk": {"S": "CLAIM"}}
    assert document["ExpressionAttributeValues"] == {
        ":set_state": {"S": "claimed"},
        ":set_owner": {"S": "a"},
        ":set_lease": {"N": str(NOW + 60)},
        ":set_body_key": {"S": "key"},
        ":set_event": {"S": "push"},
        ":set_expires": {"N": str(NOW + KEEP_SECONDS)},
        ":claimed": {"S": "claimed"},
        ":now": {"N": str(NOW)},
        ":owner": {"S": "a"},
    }
    assert KEEP_SECONDS > 3 * 24 * 3600


def test_done_work_is_done_even_if_the_answer_to_our_first_attempt_got_lost() -> None:
    leases = TableLeases(table(Aws(condition_failed(done="delivery-1"))))
    assert leases.mark_done(Lease("pr", "a", NOW), "delivery-1") is True


@pytest.mark.parametrize("owner", [{}, {"owner": "b"}])
def test_done_work_of_somebody_else_is_not_ours(owner: dict[str, str]) -> None:
    leases = TableLeases(table(Aws(condition_failed(done="delivery-2", **owner))))
    assert leases.mark_done(Lease("pr", "a", NOW), "delivery-1") is False


@pytest.mark.parametrize(
    "call",
    [
        lambda table: TableLeases(table).acquire("pr", "a", 60),
        lambda table: TableDeliveries(table).mark_published("1#g"),
    ],
)
def test_a_missing_table_is_not_taken_for_a_condition(call: Callable[[Table], object]) -> None:
    with pytest.raises(AwsError, match=r"table slipway: .*ResourceNotFoundException"):
        call(table(Aws(refusal("ResourceNotFoundException"))))


# Bus


def test_an_event_that_the_bus_does_not_accept_is_an_error_although_the_status_is_200() -> None:
    entries = [{"EventId": "1"}, {"ErrorCode": "ThrottlingException"}]
    aws = Aws(Answer({"FailedEntryCount": 1, "Entries": entries}))
    with pytest.raises(RetryLater, match="bus slipway did not accept 1 of 2 events: ThrottlingException"):
        EventBridgeBus(aws.behind(Clients().events), "slipway").put([BusEvent("pull_request", {})] * 2)


def test_more_events_than_fit_into_a_request_go_in_several() -> None:
    aws = Aws(Answer({"FailedEntryCount": 0}))
    EventBridgeBus(aws.behind(Clients().events), "slipway").put([BusEvent("pull_request", {})] * 21)
    assert [len(document["Entries"]) for document in aws.documents] == [10, 10, 1]


# Secrets


def secret(text: str) -> Answer:
    return Answer({"SecretString": text})


def test_forged_signatures_cause_few_fetches() -> None:
    now = 1000.0
    aws = Aws(secret('{"current": "one"}'))
    secrets = secrets_manager(aws, lambda: now)
    for _ in range(100):
        secrets.refetch("webhook")
    assert len(aws.documents) == 1
    now += 30
    secrets.refetch("webhook")
    assert len(aws.documents) == 2


def test_a_secret_is_fetched_again_after_five_minutes() -> None:
    now = 1000.0
    aws = Aws(secret('{"current": "one"}'), secret('{"current": "two"}'))
    secrets = secrets_manager(aws, lambda: now)
    secrets.get("webhook")
    now += 299
    secrets.get("webhook")
    assert len(aws.documents) == 1
    now += 1
    assert secrets.get("webhook") == {"current": "two"}


@pytest.mark.parametrize("text", ["hunter2", '["hunter2"]', '{"current": 5, "x": "hunter2"}', None])
def test_a_secret_of_another_shape_is_named_but_not_told(text: str | None) -> None:
    secrets = secrets_manager(Aws(secret(text) if text else Answer({"SecretBinary": "aHVudGVyMg=="})))
    with pytest.raises(ConfigError) as info:
        secrets.get("webhook")
    assert str(info.value) == "secret webhook is not a JSON object of texts"
    assert info.value.__context__ is None


def test_what_holds_secrets_does_not_show_them() -> None:
    secrets = secrets_manager(Aws(secret('{"current": "hunter2"}')))
    secrets.get("webhook")
    assert repr(secrets) == "SecretsManager(webhook)"


# Token function

FUNCTION = "arn:aws:lambda:eu-west-1:1:function:tokens"
TOKEN = InstallationToken("ghs_1", datetime(2026, 7, 1, tzinfo=UTC), 12)


def test_a_token_is_asked_of_the_function_by_name_or_arn() -> None:
    aws = Aws(Answer(TOKEN.to_answer()))
    assert token_function(aws).token(7, ["acme/app"]) == TOKEN
    assert aws.documents == [{"installation": 7, "repositories": ["acme/app"], "renew": False}]
    assert aws.requests[0].url.endswith("/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Atokens/invocations")


def test_a_refusal_that_the_function_answers_is_raised_as_what_it_was() -> None:
    aws = Aws(Answer(failed_answer(RetryLater("rate limit", after=77))))
    with pytest.raises(RetryLater, match="rate limit") as info:
        token_function(aws).token(7, ["acme/app"])
    assert info.value.after == 77


def test_a_function_that_breaks_is_asked_later() -> None:
    aws = Aws(Answer({"errorMessage": "out of memory"}, headers={"x-amz-function-error": "Unhandled"}))
    with pytest.raises(RetryLater, match="no token for installation 7: out of memory"):
        token_function(aws).token(7, ["acme/app"])


# Keys function


def test_a_keys_function_that_breaks_is_asked_later() -> None:
    aws = Aws(Answer({"errorMessage": "out of memory"}, headers={"x-amz-function-error": "Unhandled"}))
    with pytest.raises(RetryLater, match="no answer to state: out of memory"):
        LambdaSealingKeys(aws.behind(Clients().functions), "keys").state()


# State machine


def test_the_executions_that_run_are_listed_in_utc() -> None:
    started = 1_764_130_000.5
    found = {
        "executionArn": "arn:e",
        "stateMachineArn": "arn:m",
        "name": "a",
        "status": "RUNNING",
        "startDate": started,
    }
    aws = Aws(Answer({"executions": [found], "nextToken": "more"}), Answer({"executions": [{**found, "name": "b"}]}))
    running = StateMachineExecutions(aws.behind(Clients().stepfunctions), "arn:m").running()
    assert [(each.name, each.started) for each in running] == [
        (name, datetime.fromtimestamp(started, UTC)) for name in ("a", "b")
    ]
    assert aws.documents[0]["statusFilter"] == "RUNNING"


@pytest.mark.parametrize(
    ("name", "seconds", "before"), [("a", 1, False), ("b", 0, True), ("b", -1, False), ("b", 1, True), ("0", 0, False)]
)
def test_of_two_executions_at_once_one_is_before_the_other(name: str, seconds: int, *, before: bool) -> None:
    started = datetime(2026, 11, 26, 12, tzinfo=UTC)
    there = Execution("a", started)
    assert there.is_before(name, (started + timedelta(seconds=seconds)).isoformat()) is before


# EKS


def version(number: str, status: str) -> dict[str, str]:
    return {"clusterVersion": number, "versionStatus": status}


def test_all_pages_of_versions_are_read_and_those_that_are_not_supported_are_none() -> None:
    aws = Aws(
        Answer(
            {
                "clusterVersions": [version("1.36", "STANDARD_SUPPORT"), version("1.29", "UNSUPPORTED")],
                "nextToken": "more",
            }
        ),
        Answer({"clusterVersions": [version("1.32", "EXTENDED_SUPPORT")]}),
    )
    assert ClusterVersions(aws.behind(Clients().eks)).offered() == {"1.32", "1.36"}
    first, second = (request.url.partition("?") for request in aws.requests)
    assert (first[0].rpartition("/")[2], first[2]) == ("cluster-versions", "clusterType=eks")
    assert "nextToken=more" in second[2]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Answer({"clusterVersions": []}), "it names none"),
        (refusal("AccessDeniedException", status=403), "AccessDeniedException"),
        (refusal("InvalidRequestException"), "InvalidRequestException"),
    ],
)
def test_eks_that_tells_no_versions_is_an_error(answer: Answer, text: str) -> None:
    with pytest.raises(AwsError, match=f"EKS's versions of Kubernetes: .*{text}"):
        ClusterVersions(Aws(answer).behind(Clients().eks)).offered()


# Queue


@pytest.mark.parametrize(("delay", "seconds"), [(0, 0), (0.2, 1), (900, 900), (3600, 900)])
def test_a_delay_is_whole_seconds_and_no_more_than_sqs_allows(delay: float, seconds: int) -> None:
    aws = Aws(Answer())
    SqsQueue(aws.behind(Clients().sqs), "https://sqs/validation").send("{}", delay=delay)
    assert aws.documents == [{"QueueUrl": "https://sqs/validation", "MessageBody": "{}", "DelaySeconds": seconds}]
