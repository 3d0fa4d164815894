"""The way of a delivery through the ingress: what is left behind, and what is answered."""

import json
from typing import Any

import pytest

from slipway.aws.protocol import Claim
from slipway.errors import RetryLater
from slipway.events import PullRequestEvent
from slipway.ingress.answer import Answer, Rejected
from tests.unit.ingress_world import GUID, LEASE_SECONDS, SHA, World, pull_request, request

KEY = f"2027/01/15/42-{GUID}.json"


@pytest.fixture
def world() -> World:
    return World()


def test_a_pull_request_is_stored_claimed_and_published(world: World) -> None:
    event = request(pull_request())
    assert world.receiver.receive(event, "a") == Answer("accepted", "pull_request", "opened", events=1)

    assert world.bucket.objects == {f"deliveries/{KEY}": event["body"].encode()}
    [claim] = world.deliveries.claims.items()
    assert claim[0] == f"42#{GUID}"
    assert (claim[1].published, claim[1].body_key, claim[1].event) == (True, f"deliveries/{KEY}", "pull_request")
    [published] = world.bus.events
    assert published.detail_type == "pull_request"
    change = PullRequestEvent.from_detail(json.loads(json.dumps(published.detail)))
    assert (change.number, change.head_sha, change.rerun) == (7, SHA, False)
    assert (change.delivery.id, change.delivery.hook) == (GUID, "42")
    assert (change.delivery.repository, change.delivery.sender) == ("acme/gitops-system", "ada")
    assert (change.delivery.installation, change.delivery.body_key) == (99, f"deliveries/{KEY}")
    assert change.delivery.received_at == "2027-01-15T08:00:00.000+00:00"


def test_a_redelivery_is_a_duplicate_and_publishes_nothing(world: World) -> None:
    world.receiver.receive(request(pull_request()), "a")
    world.clock.now += 3600
    assert world.receiver.receive(request(pull_request()), "b").status == "duplicate"
    assert len(world.bus.events) == 1
    assert len(world.bucket.objects) == 1


def test_the_same_delivery_to_another_hook_is_another_one(world: World) -> None:
    world.receiver.receive(request(pull_request()), "a")
    answer = world.receiver.receive(request(pull_request(), headers={"x-github-hook-id": "43"}), "b")
    assert answer.status == "accepted"


def test_a_delivery_that_another_invocation_works_on_is_not_acknowledged(world: World) -> None:
    world.deliveries.claim(f"42#{GUID}", "another", LEASE_SECONDS, body_key="key", event="pull_request")
    world.clock.now += 4
    answer = world.receiver.receive(request(pull_request()), "b")
    assert (answer.status, answer.http_status, answer.wait) == ("in flight", 503, 6)
    assert world.bus.events == []


def test_an_event_that_nobody_needs_is_ignored_by_name_and_not_stored(world: World) -> None:
    answer = world.receiver.receive(request({"action": "created"}, event="star"), "a")
    assert (answer, answer.http_status) == (Answer("ignored", "star", "created"), 202)
    assert world.is_untouched()


@pytest.mark.parametrize("payload", [{}, {"repository": None, "sender": 5, "installation": {"id": "x"}, "action": 3}])
def test_an_event_that_nobody_needs_may_look_like_anything(world: World, payload: dict[str, Any]) -> None:
    assert world.receiver.receive(request(payload, event="ping"), "a").status == "ignored"


@pytest.mark.parametrize("headers", [{"x-hub-signature-256": None}, {"x-hub-signature-256": "sha256=" + "0" * 64}])
def test_a_forged_delivery_leaves_no_trace(world: World, headers: dict[str, str | None]) -> None:
    with pytest.raises(Rejected) as info:
        world.receiver.receive(request(pull_request(), headers=headers), "a")
    assert (info.value.http_status, info.value.reason) == (401, "signature")
    assert world.is_untouched()


def test_a_forged_body_is_not_even_parsed(world: World) -> None:
    with pytest.raises(Rejected) as info:
        world.receiver.receive(request(b"{ not json", secret="wrong"), "a")
    assert info.value.reason == "signature"
    assert world.is_untouched()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "json"),
        (b"{ not json", "json"),
        (b"[1]", "json"),
        (b"\xff\xfe", "json"),
        (b"[" * 200_000, "json"),
        (b'{"number": ' + b"9" * 5000 + b"}", "json"),
        (b'{"action": "opened"}', "payload"),
    ],
)
def test_a_malformed_body_is_archived_and_refused(world: World, body: bytes, reason: str) -> None:
    with pytest.raises(Rejected) as info:
        world.receiver.receive(request(body, encoded=True), "a")
    assert (info.value.http_status, info.value.reason) == (400, reason)
    assert world.bucket.objects == {f"rejected/{KEY}": body}
    assert not world.deliveries.claims
    assert not world.bus.events


def test_a_rerun_of_several_pull_requests_publishes_all_of_them(world: World) -> None:
    pulls = [{"number": number, "base": {"repo": {"id": 1}}} for number in range(1, 13)]
    payload = {**pull_request("rerequested"), "check_run": {"head_sha": SHA, "pull_requests": pulls}}
    answer = world.receiver.receive(request(payload, event="check_run"), "a")
    assert answer.events == 12
    assert [event.detail["number"] for event in world.bus.events] == list(range(1, 13))


class Down:
    """Stands in for any of AWS's services, and is down."""

    def put(self, *args: object, **kwargs: object) -> None:
        raise RetryLater("down", after=30)

    claim = mark_published = get = refetch = put


@pytest.mark.parametrize("service", ["secrets", "bucket", "deliveries", "bus"])
def test_nothing_is_acknowledged_while_aws_is_down(world: World, service: str) -> None:
    setattr(world, service, Down())
    with pytest.raises(RetryLater):
        world.receiver.receive(request(pull_request()), "a")


def test_a_malformed_body_that_cannot_be_archived_is_not_refused_for_good(world: World) -> None:
    world.bucket = Down()  # type: ignore[assignment]
    with pytest.raises(RetryLater):
        world.receiver.receive(request(b"{ not json"), "a")


def test_the_body_is_stored_before_the_claim_and_the_claim_is_made_before_the_bus_hears(world: World) -> None:
    order: list[str] = []

    class Deliveries:
        def claim(self, *args: object, **kwargs: object) -> Claim:
            order.append("claim")
            return Claim("taken")

        def mark_published(self, delivery: str) -> None:
            order.append("mark")

    world.deliveries = Deliveries()  # type: ignore[assignment]
    world.bucket.put = lambda *args, **kwargs: order.append("store")  # type: ignore[method-assign]
    world.bus.put = lambda events: order.append("publish")  # type: ignore[method-assign]
    world.receiver.receive(request(pull_request()), "a")
    assert order == ["store", "claim", "publish", "mark"]
