"""The messages of a capability's queue."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from slipway.errors import Busy, InputError, RetryLater
from slipway.events import Delivery, PullRequestEvent
from slipway.messages import MAX_DELAY_SECONDS, MAX_RECEIVES, MAX_TRIES, Message

EVENT = PullRequestEvent(
    Delivery("d", "1", "pull_request", "opened", 1, "acme/gitops-system", "dora", "2026-11-22T12:00:00Z", "k"),
    7,
    "a" * 40,
)
BODY = json.dumps({"id": "from-eventbridge", "detail-type": "pull_request", "detail": EVENT.to_detail()})


def test_a_message_is_the_event_as_the_bus_delivered_it() -> None:
    message = Message.from_body(BODY)
    assert (message.detail_type, PullRequestEvent.from_detail(message.detail), message.tries) == (
        "pull_request",
        EVENT,
        0,
    )


def test_a_postponed_message_keeps_its_event_and_counts() -> None:
    again = Message.from_body(BODY).postponed(RetryLater("busy", after=30))
    assert again
    assert again.delay == 30
    second = Message.from_body(again.body)
    assert (second.detail, second.tries, second.envelope["id"]) == (EVENT.to_detail(), 1, "from-eventbridge")


@pytest.mark.parametrize(
    ("tries", "after", "delay"),
    [(0, 0, 1), (0, 42.5, 42.5), (5, 10, 32), (9, 10, 512), (30, 10, 512), (0, 3600, MAX_DELAY_SECONDS)],
)
def test_the_delay_grows_and_is_never_shorter_than_asked_for(tries: int, after: float, delay: float) -> None:
    message = Message("pull_request", {}, tries, {})
    again = message.postponed(RetryLater("busy", after=after), on_average)
    assert again
    assert again.delay == delay


@pytest.mark.parametrize(("tries", "delay"), [(0, 2), (4, 4), (12, 8), (39, 21.5)])
def test_while_somebody_else_is_at_it_the_delay_grows_slowly(tries: int, delay: float) -> None:
    again = Message("request", {}, tries, {}).postponed(Busy("another worker is at it", after=2), on_average)
    assert again
    assert again.delay == delay


def test_nobody_is_waited_for_in_vain_who_may_be_at_it_for_five_minutes() -> None:
    delays = [
        Message("request", {}, tries, {}).postponed(Busy("busy", after=2), lambda: 0.2) for tries in range(MAX_TRIES)
    ]
    assert sum(each.delay for each in delays if each) > 300


@pytest.mark.parametrize(("chance", "delay"), [(0.0, 16), (0.999, 47.968)])
def test_those_that_were_in_each_others_way_do_not_meet_again(chance: float, delay: float) -> None:
    again = Message("pull_request", {}, 5, {}).postponed(RetryLater("busy", after=10), lambda: chance)
    assert again
    assert again.delay == delay


def on_average() -> float:
    return 0.5


def test_a_message_is_not_postponed_for_ever() -> None:
    assert Message("pull_request", {}, MAX_TRIES, {}).postponed(RetryLater("busy", after=1)) is None


def test_an_outage_of_four_hours_is_survived() -> None:
    delays = [
        Message("pull_request", {}, tries, {}).postponed(RetryLater("down", after=1), on_average)
        for tries in range(MAX_TRIES)
    ]
    assert sum(each.delay for each in delays if each) > 4 * 3600


@pytest.mark.parametrize("body", ["", "{", "[]", '"x"', "{}", '{"detail": []}'])
def test_what_is_no_event_is_refused_in_words(body: str) -> None:
    with pytest.raises(InputError, match="malformed"):
        Message.from_body(body)


@pytest.mark.parametrize(("count", "last"), [("1", False), (str(MAX_RECEIVES), True), ("9", True)])
def test_the_last_receive_is_known(count: str, last: bool) -> None:
    record = SimpleNamespace(attributes={"ApproximateReceiveCount": count})
    assert Message.from_body(BODY).is_last_receive(record) is last
