"""The Lambda: what it answers, logs and counts, on the twins; and one delivery through everything that is real."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from moto import mock_aws

from slipway.aws.clients import Clients
from slipway.errors import ConfigError, RetryLater
from slipway.ingress import handler as module
from slipway.ingress.config import Config
from slipway.ingress.request import MAX_BODY_BYTES
from tests.unit.ingress_world import GUID, LEASE_SECONDS, SECRET, World, pull_request, request


@dataclass(frozen=True)
class Context:
    aws_request_id: str = "request-1"
    function_name: str = "slipway-ingress"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:slipway-ingress"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(module, "receiver", lambda: world.receiver)
    return world


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr(module.logger.registered_handler, "stream", stream)
    return stream


def metrics(printed: str) -> dict[str, Any]:
    """Name and dimensions of the one metric of the one EMF document that was printed."""
    [line] = printed.splitlines()
    document = json.loads(line)
    [directive] = document["_aws"]["CloudWatchMetrics"]
    [metric] = directive["Metrics"]
    return {
        "name": metric["Name"],
        "namespace": directive["Namespace"],
        "dimensions": [{name: document[name] for name in names} for names in directive["Dimensions"]],
    }


OURS = {"service": "ingress"}


def test_an_accepted_delivery(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    answer = module.handler(request(pull_request()), Context())
    assert answer == {
        "statusCode": 202,
        "headers": {"content-type": "application/json"},
        "body": '{"status": "accepted", "event": "pull_request", "action": "opened"}',
    }
    assert metrics(capsys.readouterr().out) == {"name": "Accepted", "namespace": "Slipway", "dimensions": [OURS]}


def test_a_duplicate(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.receiver.receive(request(pull_request()), "another")
    answer = module.handler(request(pull_request()), Context())
    assert (answer["statusCode"], json.loads(answer["body"])["status"]) == (202, "duplicate")
    assert metrics(capsys.readouterr().out)["name"] == "Duplicate"


def test_an_ignored_event(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    answer = module.handler(request({"zen": "Keep it logically awesome."}, event="ping"), Context())
    assert (answer["statusCode"], json.loads(answer["body"])) == (
        202,
        {"status": "ignored", "event": "ping", "action": ""},
    )
    assert metrics(capsys.readouterr().out)["name"] == "Ignored"


def test_a_delivery_in_flight(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.deliveries.claim(f"42#{GUID}", "another", LEASE_SECONDS, body_key="key", event="pull_request")
    answer = module.handler(request(pull_request()), Context())
    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "10")
    assert metrics(capsys.readouterr().out)["name"] == "InFlight"


@pytest.mark.parametrize(
    ("event", "status", "reason"),
    [
        (request(pull_request(), secret="forged"), 401, "signature"),
        (request(pull_request(), headers={"x-hub-signature-256": None}), 401, "signature"),
        (request(pull_request(), headers={"content-type": "text/plain"}), 415, "content-type"),
        (request(pull_request(), headers={"x-github-event": None}), 400, "headers"),
        (request(b"x" * (MAX_BODY_BYTES + 1)), 413, "size"),
        (request(b"{"), 400, "json"),
        (request({"action": "opened"}), 400, "payload"),
        ({**request(b"{}"), "body": "%", "isBase64Encoded": True}, 400, "body"),
        ({}, 400, "headers"),
    ],
)
def test_a_rejected_request_is_counted_by_its_reason(
    world: World, capsys: pytest.CaptureFixture[str], event: dict[str, Any], status: int, reason: str
) -> None:
    answer = module.handler(event, Context())
    assert (answer["statusCode"], json.loads(answer["body"])["status"]) == (status, "rejected")
    assert metrics(capsys.readouterr().out) == {
        "name": "Rejected",
        "namespace": "Slipway",
        "dimensions": [OURS, {**OURS, "reason": reason}],
    }


def test_a_reason_does_not_stick_to_the_next_request(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    module.handler({}, Context())
    capsys.readouterr()
    module.handler(request(pull_request()), Context())
    assert metrics(capsys.readouterr().out)["dimensions"] == [OURS]


def test_aws_being_down_is_a_503_so_that_github_counts_it_as_failed(
    world: World, capsys: pytest.CaptureFixture[str], log: io.StringIO
) -> None:
    class Down:
        def put(self, *args: object) -> None:
            raise RetryLater("S3 is down", after=29.5)

    world.bucket = Down()  # type: ignore[assignment]
    answer = module.handler(request(pull_request()), Context())
    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "30")
    assert metrics(capsys.readouterr().out)["name"] == "Unavailable"
    assert json.loads(log.getvalue())["cause"] == "S3 is down"


def test_a_mistake_of_ours_is_raised_which_makes_it_a_500_and_an_alarm(world: World) -> None:
    world.secrets.secrets["webhook"] = {}
    with pytest.raises(ConfigError):
        module.handler(request(pull_request()), Context())


@pytest.mark.parametrize("event", [request(pull_request(title="private matter")), request(b"private matter")])
def test_the_log_names_the_delivery_and_keeps_body_signature_and_secret_to_itself(
    world: World, log: io.StringIO, event: dict[str, Any]
) -> None:
    module.handler(event, Context())
    [line] = log.getvalue().splitlines()
    assert json.loads(line)["correlation_id"] == GUID
    assert json.loads(line)["service"] == "ingress"
    for hidden in ("private matter", SECRET, event["headers"]["x-hub-signature-256"].removeprefix("sha256=")):
        assert hidden not in line


def test_a_wrong_environment_is_told_as_a_whole() -> None:
    with pytest.raises(
        ConfigError, match="SLIPWAY_TABLE is not set; SLIPWAY_BUCKET is not set; SLIPWAY_BUS is not set"
    ):
        Config.from_env({"SLIPWAY_WEBHOOK_SECRET": "webhook", "SLIPWAY_LEASE_SECONDS": "10"})


@pytest.fixture
def aws(aws_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    """AWS, as moto plays it, with everything there that the ingress needs."""
    for name in ("TABLE", "BUCKET", "BUS", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"SLIPWAY_{name}", f"the-{name.lower().replace('_', '-')}")
    monkeypatch.setenv("SLIPWAY_LEASE_SECONDS", "10")
    with mock_aws():
        clients = Clients()
        clients.dynamodb.create_table(
            TableName="the-table",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        )
        clients.s3.create_bucket(Bucket="the-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        clients.events.create_event_bus(Name="the-bus")
        clients.secretsmanager.create_secret(Name="the-webhook-secret", SecretString=json.dumps({"current": SECRET}))
        yield clients
    module.receiver.cache_clear()


def test_a_delivery_by_boto3_to_the_services(aws: Clients) -> None:
    event = request(pull_request(title="ü"), encoded=True)

    answers = [module.handler(event, Context(aws_request_id=each)) for each in ("request-1", "request-2")]

    assert [json.loads(answer["body"])["status"] for answer in answers] == ["accepted", "duplicate"]
    [item] = aws.dynamodb.scan(TableName="the-table")["Items"]
    assert (item["pk"], item["state"]) == ({"S": f"DELIVERY#42#{GUID}"}, {"S": "published"})
    stored = aws.s3.get_object(Bucket="the-bucket", Key=item["body_key"]["S"])["Body"].read()
    assert json.loads(stored)["pull_request"] == pull_request()["pull_request"]
