"""All payloads that Octokit collected from GitHub, signed and sent through the ingress, and very large ones."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from slipway.events import PullRequestEvent
from slipway.ingress.answer import Rejected
from slipway.ingress.request import MAX_BODY_BYTES
from tests.unit.ingress_world import World, request

INDEX = Path(__file__).parents[2] / "node_modules/@octokit/webhooks-examples/api.github.com/index.json"
EXAMPLES = {event["name"]: event["examples"] for event in json.loads(INDEX.read_text("utf-8"))}

PUBLISHED = Counter(
    {
        ("pull_request", "opened"): 4,
        ("pull_request", "ready_for_review"): 3,
        ("pull_request", "reopened"): 2,
        ("pull_request", "synchronize"): 1,
        ("check_suite", "rerequested"): 2,
        ("pull_request_review", "dismissed"): 1,
    }
)
"""What the collection holds of events that somebody needs. Its two re-runs of check runs name no pull request."""


def test_the_collection_is_the_one_that_we_know() -> None:
    assert (len(EXAMPLES), sum(map(len, EXAMPLES.values()))) == (58, 329)


@pytest.mark.parametrize("event", EXAMPLES)
def test_every_payload_is_accepted_or_ignored_by_name(event: str) -> None:
    world = World()
    for number, payload in enumerate(EXAMPLES[event]):
        body = json.dumps(payload, ensure_ascii=bool(number % 2)).encode()
        answer = world.receiver.receive(
            request(body, event=event, delivery=f"guid-{number}", encoded=bool(number % 3)), "owner"
        )
        action = payload.get("action", "")
        assert (answer.event, answer.action, answer.http_status) == (event, action, 202)
        assert answer.status == ("accepted" if answer.events else "ignored")

    seen = Counter((each.detail["delivery"]["event"], each.detail["delivery"]["action"]) for each in world.bus.events)
    assert seen == Counter({key: count for key, count in PUBLISHED.items() if key[0] == event})
    assert len(world.bucket.objects) == len(world.deliveries.claims) == seen.total()


@pytest.mark.parametrize(
    ("event", "action", "number", "installation", "sender"),
    [
        ("pull_request", "synchronize", 2, 1, "Codertocat"),
        ("check_suite", "rerequested", 2, 957387, "octocoders-linter[bot]"),
    ],
)
def test_an_event_says_what_githubs_payload_says(
    event: str, action: str, number: int, installation: int, sender: str
) -> None:
    world = World()
    payload = next(each for each in EXAMPLES[event] if each["action"] == action)
    world.receiver.receive(request(payload, event=event), "owner")
    [published] = [PullRequestEvent.from_detail(each.detail) for each in world.bus.events]
    assert (published.number, published.rerun) == (number, event == "check_suite")
    assert published.head_sha == "ec26c3e57ca3a959ca5aad62de7213c562f8c821"
    assert published.delivery.repository == "Codertocat/Hello-World"
    assert (published.delivery.installation, published.delivery.sender) == (installation, sender)


def of_size(size: int) -> bytes:
    """A pull request's payload of so many bytes, with quotes and letters of several bytes in its description."""
    payload: dict[str, Any] = json.loads(json.dumps(EXAMPLES["pull_request"][0]))
    payload["pull_request"]["body"] = ""
    filler = '"ü' * ((size - len(json.dumps(payload, ensure_ascii=False).encode())) // 4)
    payload["pull_request"]["body"] = filler
    body = json.dumps(payload, ensure_ascii=False).encode()
    return body + b" " * (size - len(body))


@pytest.mark.parametrize("encoded", [True, False])
@pytest.mark.parametrize("size", [200_000, 1_000_000, MAX_BODY_BYTES])
def test_a_large_payload_is_accepted_and_stored_byte_by_byte_while_its_event_stays_small(
    size: int, encoded: bool
) -> None:
    world, body = World(), of_size(size)
    assert world.receiver.receive(request(body, encoded=encoded), "owner").status == "accepted"
    assert list(world.bucket.objects.values()) == [body]
    [published] = world.bus.events
    assert len(json.dumps(published.detail)) < 1000


@pytest.mark.parametrize("encoded", [True, False])
@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 10_000_000])
def test_a_payload_above_the_limit_is_refused_and_leaves_no_trace(size: int, encoded: bool) -> None:
    world = World()
    with pytest.raises(Rejected) as info:
        world.receiver.receive(request(of_size(size), encoded=encoded), "owner")
    assert info.value.http_status == 413
    assert world.is_untouched()
