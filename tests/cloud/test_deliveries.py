"""What comes in by the webhook: delivered twice, late, forged, malformed, too large, or of no use."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.cloud import Cloud
from local.github.control import Control
from slipway.ingress.request import MAX_BODY_BYTES
from tests.cloud.deliver import Letter, held_back, letters, post, webhook_secret
from tests.cloud.fleet import COLLECTOR, edited
from tests.cloud.follow import Pull, kill, open_pull, runs, settle, verdict

CHANGE = edited(COLLECTOR, "memory: 256Mi", "memory: 512Mi")
CREATE = "POST /repos/{owner}/{repo}/check-runs"

Spoil = Callable[[Letter, str], Letter]
"""Makes something bad of a delivery, given the secret."""


@pytest.fixture(scope="module")
def bus(local_cloud: Cloud) -> Iterator[Callable[[], set[str]]]:
    """Ids of the deliveries that reached the bus, by a rule of our own."""
    sqs, events = local_cloud.client("sqs"), local_cloud.client("events")
    name = "everything-on-the-bus"
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rule = {"EventBusName": local_cloud.outputs["BusName"], "Rule": name}
    events.put_rule(EventBusName=rule["EventBusName"], Name=name, EventPattern='{"source": [{"prefix": ""}]}')
    events.put_targets(**rule, Targets=[{"Id": "queue", "Arn": arn}])
    found: set[str] = set()

    def delivered() -> set[str]:
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            found.update(json.loads(it["Body"])["detail"]["delivery"]["id"] for it in messages)
            handles = [{"Id": it["MessageId"], "ReceiptHandle": it["ReceiptHandle"]} for it in messages]
            sqs.delete_message_batch(QueueUrl=queue, Entries=handles)
        return found

    yield delivered
    events.remove_targets(**rule, Ids=["queue"])
    events.delete_rule(EventBusName=rule["EventBusName"], Name=name)
    sqs.delete_queue(QueueUrl=queue)


def opened(cloud: Cloud) -> tuple[Pull, Letter]:
    """A pull request, and GitHub's word that it was opened, which has not been delivered."""
    with held_back(cloud) as receiver:
        pull = open_pull(cloud.github, CHANGE)
    return pull, *letters(receiver, "opened", pull)


def bodies(cloud: Cloud, prefix: str, letter: Letter) -> list[bytes]:
    """What the bucket keeps of a delivery."""
    s3, bucket = cloud.client("s3"), cloud.outputs["Bucket"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [found["Key"] for page in pages for found in page.get("Contents", ()) if letter.id in found["Key"]]
    return [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]


def claim(cloud: Cloud, letter: Letter) -> dict[str, str] | None:
    """What the table says of a delivery."""
    key = {"pk": {"S": letter.claim}, "sk": {"S": "CLAIM"}}
    item = cloud.client("dynamodb").get_item(TableName=cloud.outputs["Table"], Key=key, ConsistentRead=True).get("Item")
    return item and {name: next(iter(value.values())) for name, value in item.items()}


def put_claim(cloud: Cloud, letter: Letter, *, until: float) -> None:
    """The claim of a worker that has got no further."""
    item = {
        "pk": {"S": letter.claim},
        "sk": {"S": "CLAIM"},
        "state": {"S": "claimed"},
        "owner": {"S": "a worker that died"},
        "lease": {"N": str(int(until))},
    }
    cloud.client("dynamodb").put_item(TableName=cloud.outputs["Table"], Item=item)


# Good ones


def test_a_delivery_is_kept_claimed_and_put_on_the_bus(
    local_cloud: Cloud, github: Control, bus: Callable[[], set[str]]
) -> None:
    pull, letter = opened(local_cloud)
    answer = post(local_cloud, letter)
    assert (answer.status, answer.body) == (202, {"status": "accepted", "event": "pull_request", "action": "opened"})
    assert verdict(local_cloud, pull)["conclusion"] == "success"
    assert bodies(local_cloud, "deliveries/", letter) == [letter.body]
    kept = claim(local_cloud, letter)
    assert kept and kept["state"] == "published"
    assert letter.id in bus()


def test_a_delivery_that_comes_twice_counts_once(local_cloud: Cloud, github: Control) -> None:
    pull, letter = opened(local_cloud)
    github.reset_requests()
    assert [post(local_cloud, letter).body["status"] for _ in range(3)] == ["accepted", "duplicate", "duplicate"]
    verdict(local_cloud, pull)
    assert github.requests()[CREATE] == 1


def test_of_many_at_once_one_counts(local_cloud: Cloud, github: Control) -> None:
    pull, letter = opened(local_cloud)
    github.reset_requests()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: post(local_cloud, letter), range(12)))
    assert sum(answer.body["status"] == "accepted" for answer in answers) == 1
    # Those that came while the first was at it may come again: it might have failed.
    assert {(answer.status, answer.body["status"]) for answer in answers} <= {
        (202, "accepted"),
        (202, "duplicate"),
        (503, "in flight"),
    }
    verdict(local_cloud, pull)
    assert github.requests()[CREATE] == 1


def test_a_delivery_whose_worker_died_is_taken_over_when_its_claim_lapses(local_cloud: Cloud, github: Control) -> None:
    pull, letter = opened(local_cloud)
    put_claim(local_cloud, letter, until=time.time() + 60)
    assert (post(local_cloud, letter).status, bodies(local_cloud, "deliveries/", letter)) == (503, [letter.body])
    put_claim(local_cloud, letter, until=time.time())
    assert post(local_cloud, letter).body["status"] == "accepted"
    assert verdict(local_cloud, pull)["conclusion"] == "success"


def test_a_redelivery_by_github_is_acknowledged_and_does_nothing(local_cloud: Cloud, github: Control) -> None:
    known = len(github.deliveries())
    pull = open_pull(github, CHANGE)
    before = verdict(local_cloud, pull)
    github.reset_requests()
    (delivery,) = (it for it in github.deliveries()[known:] if it["event"] == "pull_request")
    github.redeliver(delivery["id"])
    assert github.settle()
    again = github.delivery(github.deliveries()[-1]["id"])
    assert (again["guid"], again["redelivery"], again["status_code"]) == (delivery["guid"], True, 202)
    assert json.loads(again["response"]["payload"])["status"] == "duplicate"
    assert verdict(local_cloud, pull) == before
    assert [route for route in github.requests() if "/repos/" in route] == []


def test_what_comes_out_of_order_ends_with_the_last_head(local_cloud: Cloud, github: Control) -> None:
    with held_back(local_cloud) as receiver:
        first = open_pull(github, CHANGE)
        head = github.commit(first.repository, first.branch, edited(COLLECTOR, "replicas: 1", "replicas: 2"))
    second = Pull(first.repository, first.number, head, first.branch)
    (late,), (early,) = letters(receiver, "opened", first), letters(receiver, "synchronize", first)
    assert post(local_cloud, early).status == 202
    assert verdict(local_cloud, second)["conclusion"] == "success"
    assert post(local_cloud, late).status == 202
    settle(local_cloud)
    assert runs(github, first) == []


def test_a_delivery_after_the_pull_request_was_closed_does_nothing(local_cloud: Cloud, github: Control) -> None:
    pull, letter = opened(local_cloud)
    github.close_pull_request(pull.repository, pull.number)
    assert post(local_cloud, letter).status == 202
    settle(local_cloud)
    assert runs(github, pull) == []


def test_a_body_in_base64_is_the_same_delivery(local_cloud: Cloud, github: Control) -> None:
    """The emulator, as AWS, hands JSON over as text; so this one goes to the function itself."""
    pull, letter = opened(local_cloud)
    body = base64.b64encode(letter.body).decode()
    answer = local_cloud.invoke("ingress", {"headers": letter.headers, "body": body, "isBase64Encoded": True})
    assert (answer["statusCode"], json.loads(answer["body"])["status"]) == (202, "accepted")
    assert verdict(local_cloud, pull)["conclusion"] == "success"
    assert bodies(local_cloud, "deliveries/", letter) == [letter.body]


@pytest.mark.parametrize("event", ["fork", "star", "check_suite", "an_event_of_tomorrow"])
def test_an_event_of_no_use_is_ignored_by_name(
    local_cloud: Cloud, github: Control, bus: Callable[[], set[str]], event: str
) -> None:
    _, letter = opened(local_cloud)
    answer = post(local_cloud, letter.with_headers({"x-github-event": event}))
    assert (answer.status, answer.body["status"], answer.body["event"]) == (202, "ignored", event)
    assert letter.id not in bus()


# Rotation of the secret


@pytest.fixture
def rotated(local_cloud: Cloud) -> Iterator[Callable[[dict[str, str]], None]]:
    """Puts another webhook secret, and starts the ingress anew, which would see it after a while by itself."""
    before = webhook_secret(local_cloud)

    def rotate(secret: dict[str, str]) -> None:
        local_cloud.client("secretsmanager").put_secret_value(
            SecretId=local_cloud.outputs["WebhookSecret"], SecretString=json.dumps(secret)
        )
        kill(local_cloud, "ingress")

    yield rotate
    rotate(before)


def test_while_the_secret_is_rotated_both_are_accepted(
    local_cloud: Cloud, github: Control, rotated: Callable[[dict[str, str]], None]
) -> None:
    _, letter = opened(local_cloud)
    old = webhook_secret(local_cloud)["current"]
    rotated({"current": "the new one", "previous": old})
    assert [post(local_cloud, letter.signed(key)).status for key in (old, "the new one", "another")] == [202, 202, 401]
    rotated({"current": "the new one"})
    assert [post(local_cloud, letter.signed(key)).status for key in (old, "the new one")] == [401, 202]


# Bad ones


def _with_body(body: bytes) -> Spoil:
    return lambda letter, secret: letter.with_body(body).signed(secret)


def _with_headers(**changes: str | None) -> Spoil:
    return lambda letter, _: letter.with_headers({name.replace("_", "-"): text for name, text in changes.items()})


BAD: dict[str, tuple[Spoil, int]] = {
    "signed with another secret": (lambda letter, _: letter.signed("guess"), 401),
    "signed with nothing": (lambda letter, _: letter.signed(""), 401),
    "no signature": (_with_headers(x_hub_signature_256=None), 401),
    "SHA-1 alone": (_with_headers(x_hub_signature_256=None, x_hub_signature="sha1=" + "0" * 40), 401),
    "not a signature": (_with_headers(x_hub_signature_256="sha256="), 401),
    "changed after it was signed": (lambda letter, _: letter.with_body(letter.body.replace(b"opened", b"edited")), 401),
    "a form": (_with_headers(content_type="application/x-www-form-urlencoded"), 415),
    "no content type": (_with_headers(content_type=None), 415),
    "no event": (_with_headers(x_github_event=None), 400),
    "no delivery id": (_with_headers(x_github_delivery=None), 400),
    "a delivery id that is a path": (_with_headers(x_github_delivery="../../x"), 400),
    "too large": (_with_body(b'{"a": "' + b"a" * MAX_BODY_BYTES + b'"}'), 413),
}
MALFORMED: dict[str, bytes] = {
    "not JSON": b"{",
    "empty": b"",
    "not an object": b'["opened"]',
    "nested without end": b"[" * 100_000,
    "without a head": b'{"action": "opened", "number": 1, "pull_request": {}}',
    "a number that is none": b'{"action": "opened", "number": "x", "pull_request": {"head": {"sha": "0"}}}',
}


@pytest.mark.parametrize(("spoil", "status"), BAD.values(), ids=list(BAD))
def test_a_bad_delivery_is_refused_and_goes_nowhere(
    local_cloud: Cloud, github: Control, bus: Callable[[], set[str]], spoil: Spoil, status: int
) -> None:
    pull, letter = opened(local_cloud)
    assert post(local_cloud, spoil(letter, webhook_secret(local_cloud)["current"])).status == status
    settle(local_cloud)
    assert runs(github, pull) == []
    assert letter.id not in bus()
    assert claim(local_cloud, letter) is None
    assert bodies(local_cloud, "", letter) == []


@pytest.mark.parametrize("body", MALFORMED.values(), ids=list(MALFORMED))
def test_a_malformed_delivery_is_refused_and_archived(
    local_cloud: Cloud, github: Control, bus: Callable[[], set[str]], body: bytes
) -> None:
    pull, letter = opened(local_cloud)
    answer = post(local_cloud, letter.with_body(body).signed(webhook_secret(local_cloud)["current"]))
    assert (answer.status, answer.body["status"]) == (400, "rejected")
    settle(local_cloud)
    assert runs(github, pull) == []
    assert letter.id not in bus()
    assert claim(local_cloud, letter) is None
    assert bodies(local_cloud, "rejected/", letter) == [body]
    assert bodies(local_cloud, "deliveries/", letter) == []
