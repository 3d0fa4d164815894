"""One contract for the AWS adapters: every case runs against the in-memory twin and against the real one on moto.

What moto does not have, the real one asks a script.
"""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from moto import mock_aws
from moto.dynamodb.models import DynamoDBBackend

from slipway.aws.bucket import S3Bucket
from slipway.aws.bus import EventBridgeBus
from slipway.aws.clients import Clients
from slipway.aws.cursors import TableSweepCursors
from slipway.aws.deliveries import TableDeliveries
from slipway.aws.eks import ClusterVersions
from slipway.aws.leases import TableLeases
from slipway.aws.memory import (
    MemoryBucket,
    MemoryBus,
    MemoryDeliveries,
    MemoryEksVersions,
    MemoryLeases,
    MemoryQueue,
    MemoryRates,
    MemorySecrets,
    MemorySecretText,
    MemorySweepCursors,
)
from slipway.aws.protocol import (
    Bucket,
    Bus,
    BusEvent,
    Claim,
    Deliveries,
    EksVersions,
    Leases,
    Queue,
    Rates,
    Secrets,
    StoredSecret,
    SweepCursor,
    SweepCursors,
    Walk,
)
from slipway.aws.queue import SqsQueue
from slipway.aws.rates import TableRates
from slipway.aws.secrets import SecretsManager, SecretText
from slipway.aws.table import Table
from tests.unit.aws_script import Answer, Aws

ANY = {"body_key": "deliveries/a.json", "event": "pull_request"}


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.25

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    """All adapters, and eyes for what they have done."""

    clock: Clock
    deliveries: Deliveries
    leases: Leases
    cursors: SweepCursors
    bucket: Bucket
    bus: Bus
    secrets: Secrets
    queue: Queue
    secret_text: StoredSecret
    rates: Rates

    eks: EksVersions
    rotate: Callable[[dict[str, str]], object]
    events_seen: Callable[[], list[BusEvent]]
    messages_waiting: Callable[[], list[str]]


@pytest.fixture(scope="module")
def clients() -> Clients:
    """Made once, since that takes long; moto forgets everything between two cases all the same."""
    return Clients()


@pytest.fixture(params=["twin", "real"])
def world(
    request: pytest.FixtureRequest, clients: Clients, aws_environment: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    if request.param == "twin":
        yield twin()
        return
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")  # S3 makes buckets elsewhere only on request
    monkeypatch.setattr(DynamoDBBackend, "update_item", one_at_a_time(DynamoDBBackend.update_item))
    with mock_aws():
        yield real(clients)


def twin() -> World:
    clock, bus, queue = Clock(), MemoryBus(), MemoryQueue()
    secrets = MemorySecrets({"webhook": {"current": "one"}})
    return World(
        clock=clock,
        deliveries=MemoryDeliveries(clock),
        leases=MemoryLeases(clock),
        cursors=MemorySweepCursors(),
        bucket=MemoryBucket(),
        bus=bus,
        secrets=secrets,
        queue=queue,
        secret_text=MemorySecretText(),
        rates=MemoryRates(clock),
        eks=MemoryEksVersions(frozenset({"1.34", "1.35"})),
        rotate=lambda secret: secrets.secrets.update(webhook=secret),
        events_seen=lambda: list(bus.events),
        messages_waiting=lambda: [body for body, delay in queue.sent if delay == 0],
    )


def one_at_a_time(function: Callable[..., object]) -> Callable[..., object]:
    """DynamoDB updates an item in one step; moto's two (make it, then fill it) could be seen by other threads."""
    lock = threading.Lock()

    def locked(*args: object, **kwargs: object) -> object:
        with lock:
            return function(*args, **kwargs)

    return locked


_VERSIONS = Answer(
    {
        "clusterVersions": [
            {"clusterVersion": "1.34", "versionStatus": "EXTENDED_SUPPORT"},
            {"clusterVersion": "1.35", "versionStatus": "STANDARD_SUPPORT"},
        ]
    }
)


def real(clients: Clients) -> World:
    clock = Clock()
    clients.s3.create_bucket(Bucket="slipway-bucket")
    clients.dynamodb.create_table(
        TableName="slipway",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
    )
    clients.secretsmanager.create_secret(Name="webhook", SecretString='{"current": "one"}')
    clients.secretsmanager.create_secret(Name="sealing-key")
    queue_url = clients.sqs.create_queue(QueueName="validation")["QueueUrl"]
    heard_url = clients.sqs.create_queue(QueueName="heard")["QueueUrl"]
    clients.events.create_event_bus(Name="slipway")
    clients.events.put_rule(Name="all", EventBusName="slipway", EventPattern='{"source": ["slipway.ingress"]}')
    heard = {"Id": "heard", "Arn": "arn:aws:sqs:us-east-1:123456789012:heard"}
    clients.events.put_targets(Rule="all", EventBusName="slipway", Targets=[heard])

    def received(url: str) -> list[str]:
        bodies = []
        while messages := clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            bodies += [message["Body"] for message in messages]
        return bodies

    def events_seen() -> list[BusEvent]:
        seen = [json.loads(body) for body in received(heard_url)]
        return [BusEvent(event["detail-type"], event["detail"]) for event in seen]

    def rotate(secret: dict[str, str]) -> None:
        clients.secretsmanager.put_secret_value(SecretId="webhook", SecretString=json.dumps(secret))
        clock.now += 31

    table = Table(clients.dynamodb, "slipway")
    return World(
        clock=clock,
        deliveries=TableDeliveries(table, clock),
        leases=TableLeases(table, clock),
        cursors=TableSweepCursors(table),
        bucket=S3Bucket(clients.s3, "slipway-bucket"),
        bus=EventBridgeBus(clients.events, "slipway"),
        secrets=SecretsManager(clients.secretsmanager, clock),
        queue=SqsQueue(clients.sqs, queue_url),
        secret_text=SecretText(clients.secretsmanager, "sealing-key"),
        rates=TableRates(table, clock),
        eks=ClusterVersions(Aws(_VERSIONS).behind(Clients().eks)),
        rotate=rotate,
        events_seen=events_seen,
        messages_waiting=lambda: received(queue_url),
    )


# Deliveries


def test_a_new_delivery_is_taken(world: World) -> None:
    assert world.deliveries.claim("1#guid", "a", 60, **ANY) == Claim("taken")


def test_a_delivery_that_somebody_works_on_is_in_flight_until_the_lease_is_over(world: World) -> None:
    world.deliveries.claim("1#guid", "a", 60, **ANY)
    world.clock.now += 20
    assert world.deliveries.claim("1#guid", "b", 60, **ANY) == Claim("in flight", wait=40)


def test_a_claim_that_lapsed_is_taken_over(world: World) -> None:
    world.deliveries.claim("1#guid", "a", 60, **ANY)
    world.clock.now += 60
    assert world.deliveries.claim("1#guid", "b", 60, **ANY) == Claim("taken")
    assert world.deliveries.claim("1#guid", "a", 60, **ANY) == Claim("in flight", wait=60)


def test_the_owner_may_claim_again_because_its_first_answer_may_have_got_lost(world: World) -> None:
    world.deliveries.claim("1#guid", "a", 60, **ANY)
    assert world.deliveries.claim("1#guid", "a", 60, **ANY) == Claim("taken")


def test_a_published_delivery_is_published_for_everybody_and_for_ever(world: World) -> None:
    world.deliveries.claim("1#guid", "a", 60, **ANY)
    world.deliveries.mark_published("1#guid")
    world.clock.now += 100_000
    assert [world.deliveries.claim("1#guid", owner, 60, **ANY) for owner in "ab"] == [Claim("published")] * 2


def test_the_same_guid_from_another_hook_is_another_delivery(world: World) -> None:
    world.deliveries.claim("1#guid", "a", 60, **ANY)
    assert world.deliveries.claim("2#guid", "b", 60, **ANY) == Claim("taken")


def test_of_many_claims_at_once_one_is_taken(world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        claims = pool.map(lambda owner: world.deliveries.claim("1#guid", str(owner), 60, **ANY), range(16))
    assert sorted(claim.state for claim in claims) == ["in flight"] * 15 + ["taken"]


# Leases


def test_a_lease_keeps_others_away_until_it_is_over(world: World) -> None:
    assert world.leases.acquire("pr", "a", 60) is not None
    assert world.leases.acquire("pr", "b", 60) is None
    assert world.leases.acquire("other", "b", 60) is not None
    world.clock.now += 60
    assert world.leases.acquire("pr", "b", 60) is not None


def test_the_owner_may_acquire_again(world: World) -> None:
    first = world.leases.acquire("pr", "a", 60)
    world.clock.now += 10
    again = world.leases.acquire("pr", "a", 60)
    assert first is not None
    assert again == replace(first, until=first.until + 10)


def test_a_renewed_lease_holds_from_now_on(world: World) -> None:
    lease = world.leases.acquire("pr", "a", 60)
    assert lease is not None
    world.clock.now += 50
    assert world.leases.renew(lease, 60) == replace(lease, until=lease.until + 50)
    world.clock.now += 50
    assert world.leases.acquire("pr", "b", 60) is None


def test_a_released_lease_is_free(world: World) -> None:
    lease = world.leases.acquire("pr", "a", 60)
    assert lease is not None
    world.leases.release(lease)
    assert world.leases.acquire("pr", "b", 60) is not None


def test_what_somebody_else_took_over_cannot_be_renewed_released_or_done(world: World) -> None:
    lost = world.leases.acquire("pr", "a", 60)
    assert lost is not None
    world.clock.now += 60
    world.leases.acquire("pr", "b", 60)
    world.leases.release(lost)
    assert world.leases.renew(lost, 60) is None
    assert world.leases.mark_done(lost, "marker") is False
    assert world.leases.done("pr") is None
    assert world.leases.acquire("pr", "c", 60) is None


def test_done_work_is_remembered_with_its_marker_and_its_lease_is_free(world: World) -> None:
    lease = world.leases.acquire("pr", "a", 60)
    assert lease is not None
    assert world.leases.done("pr") is None
    assert world.leases.mark_done(lease, "delivery-1") is True
    assert world.leases.done("pr") == "delivery-1"
    again = world.leases.acquire("pr", "b", 60)
    assert again is not None
    assert world.leases.done("pr") == "delivery-1"
    world.leases.mark_done(again, "delivery-2")
    assert world.leases.done("pr") == "delivery-2"


# Sweep cursor

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_the_first_cursor_is_empty(world: World) -> None:
    assert world.cursors.read() == SweepCursor()


@pytest.mark.parametrize(
    "cursor",
    [
        SweepCursor(settled_until=NOON),
        SweepCursor(walk=Walk("v1_7", NOON, None)),
        SweepCursor(settled_until=NOON, walk=Walk("v1_7", NOON + timedelta(hours=1), NOON + timedelta(minutes=1))),
        SweepCursor(walk=Walk("v1_7", NOON, NOON, arrived=("guid-1", "guid-2"))),
    ],
)
def test_a_cursor_is_read_as_it_was_written(world: World, cursor: SweepCursor) -> None:
    assert world.cursors.write(cursor) is True
    assert world.cursors.read() == cursor


def test_a_walk_that_is_over_is_forgotten(world: World) -> None:
    world.cursors.write(SweepCursor(walk=Walk("v1_7", NOON, NOON, ("guid-1",))))
    world.cursors.write(SweepCursor(settled_until=NOON))
    assert world.cursors.read() == SweepCursor(settled_until=NOON)


@pytest.mark.parametrize("back", [SweepCursor(), SweepCursor(settled_until=NOON - timedelta(microseconds=1))])
def test_a_cursor_never_moves_back(world: World, back: SweepCursor) -> None:
    world.cursors.write(SweepCursor(settled_until=NOON))
    assert world.cursors.write(back) is False
    assert world.cursors.read() == SweepCursor(settled_until=NOON)


# Bucket


@pytest.mark.parametrize("key", ["deliveries/2026/07/01/1-guid.json", "reports/a b/ü+%41.md"])
def test_an_object_is_read_as_it_was_put_last(world: World, key: str) -> None:
    world.bucket.put(key, b"first")
    world.bucket.put(key, b"\x00\xff last", content_type="text/markdown")
    assert world.bucket.get(key) == b"\x00\xff last"
    assert world.bucket.exists(key) is True


def test_a_missing_object_is_none(world: World) -> None:
    assert world.bucket.get("cache/none") is None
    assert world.bucket.exists("cache/none") is False


# Bus


def test_all_events_reach_the_bus_however_many(world: World) -> None:
    events = [BusEvent("pull_request", {"number": number, "title": "ü"}) for number in range(23)]
    world.bus.put(events)
    assert sorted(world.events_seen(), key=lambda event: event.detail["number"]) == events


# Secrets


def test_a_secret_is_cached_until_it_is_fetched_again(world: World) -> None:
    assert world.secrets.get("webhook") == {"current": "one"}
    world.rotate({"current": "two", "previous": "one"})
    assert world.secrets.get("webhook") == {"current": "one"}
    assert world.secrets.refetch("webhook") == {"current": "two", "previous": "one"}
    assert world.secrets.get("webhook") == {"current": "two", "previous": "one"}


def test_a_secret_without_a_value_has_none_until_one_is_written(world: World) -> None:
    assert world.secret_text.read() is None
    for text in ("first", '{"last": "ü"}'):
        world.secret_text.write(text)
        assert world.secret_text.read() == text


# Rates


def test_what_is_used_up_comes_back_in_the_next_while(world: World) -> None:
    used = [world.rates.spend("values", amount, 10, 3600) for amount in (4, 6, 1)]
    assert used == [True, True, False]
    assert world.rates.spend("others", 10, 10, 3600)
    world.clock.now += 3600
    assert world.rates.spend("values", 10, 10, 3600)


def test_of_many_at_once_no_more_than_the_limit_is_used(world: World) -> None:
    with ThreadPoolExecutor(4) as pool:
        used = list(pool.map(lambda _: world.rates.spend("values", 1, 5, 3600), range(12)))
    assert sum(used) == 5


# EKS


def test_the_versions_that_eks_offers(world: World) -> None:
    assert world.eks.offered() == {"1.34", "1.35"}


# Queue


def test_a_message_without_delay_waits_in_the_queue_and_a_delayed_one_does_not_yet(world: World) -> None:
    world.queue.send('{"now": 1}', delay=0)
    world.queue.send('{"later": 1}', delay=5000)
    assert world.messages_waiting() == ['{"now": 1}']
