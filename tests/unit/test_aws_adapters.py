"""What the AWS adapters do beyond the contract that they share with their twins (tests/contract/test_stores.py)."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from slipway.aws.bus import EventBridgeBus
from slipway.aws.client import AwsClient, AwsError
from slipway.aws.deliveries import TableDeliveries
from slipway.aws.functions import LambdaTokenFunction
from slipway.aws.leases import TableLeases
from slipway.aws.protocol import BusEvent, Lease
from slipway.aws.queue import SqsQueue
from slipway.aws.secrets import SecretsManager
from slipway.aws.signing import Credentials
from slipway.aws.table import KEEP_SECONDS, Table
from slipway.aws.transport import Request, Response
from slipway.errors import ConfigError, RetryLater
from slipway.github.tokens import InstallationToken, failed_answer

NOW = 1_800_000_000


class Aws:
    """A client whose every call gets one answer; remembers the documents that it was sent."""

    def __init__(self, answer: Mapping[str, object], *, status: int = 200, headers: Mapping[str, str] = {}) -> None:
        self.answer, self.status, self.headers = answer, status, headers
        self.documents: list[dict[str, object]] = []
        self.urls: list[str] = []
        self.client = AwsClient(region="eu-west-1", credentials=Credentials("AKID", "secret"), transport=self)

    def __call__(self, request: Request) -> Response:
        self.documents.append(json.loads(request.body))
        self.urls.append(request.url)
        return Response(self.status, self.headers, json.dumps(self.answer).encode())


def condition_failed(item: Mapping[str, Mapping[str, str]]) -> Aws:
    return Aws({"__type": "x#ConditionalCheckFailedException", "Item": item}, status=400)


# Table


def test_a_claim_is_an_item_with_the_agreed_keys_and_an_expiry_after_githubs_redelivery_window() -> None:
    aws = Aws({})
    TableDeliveries(Table(aws.client, "slipway"), lambda: NOW).claim("1#g", "a", 60, body_key="key", event="push")
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
    leases = TableLeases(Table(condition_failed({"done": {"S": "delivery-1"}}).client, "slipway"))
    assert leases.mark_done(Lease("pr", "a", NOW), "delivery-1") is True


@pytest.mark.parametrize("owner", [{}, {"owner": {"S": "b"}}])
def test_done_work_of_somebody_else_is_not_ours(owner: dict[str, dict[str, str]]) -> None:
    leases = TableLeases(Table(condition_failed({"done": {"S": "delivery-2"}, **owner}).client, "slipway"))
    assert leases.mark_done(Lease("pr", "a", NOW), "delivery-1") is False


@pytest.mark.parametrize(
    "call",
    [
        lambda table: TableLeases(table).acquire("pr", "a", 60),
        lambda table: TableDeliveries(table).mark_published("1#g"),
    ],
)
def test_a_missing_table_is_not_taken_for_a_condition(call: Callable[[Table], object]) -> None:
    aws = Aws({"__type": "x#ResourceNotFoundException", "message": "no table"}, status=400)
    with pytest.raises(AwsError, match="ResourceNotFoundException no table"):
        call(Table(aws.client, "slipway"))


# Bus


def test_an_event_that_the_bus_does_not_accept_is_an_error_although_the_status_is_200() -> None:
    aws = Aws({"FailedEntryCount": 1, "Entries": [{"EventId": "1"}, {"ErrorCode": "ThrottlingException"}]})
    with pytest.raises(RetryLater, match="bus slipway did not accept 1 of 2 events: ThrottlingException"):
        EventBridgeBus(aws.client, "slipway").put([BusEvent("pull_request", {})] * 2)


def test_more_events_than_fit_into_a_request_go_in_several() -> None:
    aws = Aws({"FailedEntryCount": 0})
    EventBridgeBus(aws.client, "slipway").put([BusEvent("pull_request", {})] * 21)
    assert [len(document["Entries"]) for document in aws.documents] == [10, 10, 1]  # type: ignore[arg-type]


# Secrets


def test_forged_signatures_cause_few_fetches() -> None:
    now = 1000.0
    aws = Aws({"SecretString": '{"current": "one"}'})
    secrets = SecretsManager(aws.client, lambda: now)
    for _ in range(100):
        secrets.refetch("webhook")
    assert len(aws.documents) == 1
    now += 30
    secrets.refetch("webhook")
    assert len(aws.documents) == 2


def test_a_secret_is_fetched_again_after_five_minutes() -> None:
    now = 1000.0
    aws = Aws({"SecretString": '{"current": "one"}'})
    secrets = SecretsManager(aws.client, lambda: now)
    secrets.get("webhook")
    now += 299
    secrets.get("webhook")
    assert len(aws.documents) == 1
    now += 1
    aws.answer = {"SecretString": '{"current": "two"}'}
    assert secrets.get("webhook") == {"current": "two"}


@pytest.mark.parametrize("text", ["hunter2", '["hunter2"]', '{"current": 5, "x": "hunter2"}', None])
def test_a_secret_of_another_shape_is_named_but_not_told(text: str | None) -> None:
    secrets = SecretsManager(Aws({"SecretString": text} if text else {"SecretBinary": "aHVudGVyMg=="}).client)
    with pytest.raises(ConfigError) as info:
        secrets.get("webhook")
    assert str(info.value) == "secret webhook is not a JSON object of texts"
    assert info.value.__context__ is None


def test_what_holds_secrets_does_not_show_them() -> None:
    secrets = SecretsManager(Aws({"SecretString": '{"current": "hunter2"}'}).client)
    secrets.get("webhook")
    assert repr(secrets) == "SecretsManager(webhook)"


# Token function

FUNCTION = "arn:aws:lambda:eu-west-1:1:function:tokens"
TOKEN = InstallationToken("ghs_1", datetime(2026, 7, 1, tzinfo=UTC), 12)


def test_a_token_is_asked_of_the_function_by_name_or_arn() -> None:
    aws = Aws(TOKEN.to_answer())
    assert LambdaTokenFunction(aws.client, FUNCTION).token(7, ["acme/app"]) == TOKEN
    assert aws.documents == [{"installation": 7, "repositories": ["acme/app"], "renew": False}]
    assert aws.urls[0].endswith("/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Atokens/invocations")


def test_a_refusal_that_the_function_answers_is_raised_as_what_it_was() -> None:
    aws = Aws(failed_answer(RetryLater("rate limit", after=77)))
    with pytest.raises(RetryLater, match="rate limit") as info:
        LambdaTokenFunction(aws.client, FUNCTION).token(7, ["acme/app"])
    assert info.value.after == 77


def test_a_function_that_breaks_is_asked_later() -> None:
    aws = Aws({"errorMessage": "out of memory"}, headers={"x-amz-function-error": "Unhandled"})
    with pytest.raises(RetryLater, match="no token for installation 7: out of memory"):
        LambdaTokenFunction(aws.client, FUNCTION).token(7, ["acme/app"])


# Queue


@pytest.mark.parametrize(("delay", "seconds"), [(0, 0), (0.2, 1), (900, 900), (3600, 900)])
def test_a_delay_is_whole_seconds_and_no_more_than_sqs_allows(delay: float, seconds: int) -> None:
    aws = Aws({})
    SqsQueue(aws.client, "https://sqs/validation").send("{}", delay=delay)
    assert aws.documents == [{"QueueUrl": "https://sqs/validation", "MessageBody": "{}", "DelaySeconds": seconds}]
