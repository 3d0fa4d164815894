"""What is to be done about an event, from the attempts to deliver it."""

from datetime import timedelta

import pytest

from slipway.github.hooks import HookDelivery
from slipway.sweep.event import MAX_ATTEMPTS, MAX_WAIT_SECONDS, REDELIVERABLE, Event, events_of
from tests.unit.sweep_world import NOON


def attempt(number: int, status: int, *, guid: str = "guid", redelivery: bool = False) -> HookDelivery:
    at = NOON + timedelta(minutes=number)
    return HookDelivery(number, guid, at, status, "pull_request", "opened", redelivery)


def failed(attempts: int, *, first_ago: timedelta, latest_ago: timedelta) -> Event:
    first, latest = (
        HookDelivery(1, "guid", NOON - ago, 503, "pull_request", "opened", redelivery=False)
        for ago in (first_ago, latest_ago)
    )
    return Event(first, latest, attempts, delivered=False)


def test_attempts_are_gathered_by_event_in_whatever_order_they_come() -> None:
    first, again, other = attempt(1, 503), attempt(9, 0, redelivery=True), attempt(5, 202, guid="other")
    assert events_of([again, other, first]) == [
        Event(first, again, attempts=2, delivered=False),
        Event(other, other, attempts=1, delivered=True),
    ]


@pytest.mark.parametrize(
    ("statuses", "delivered"),
    [([200], True), ([202], True), ([503, 202], True), ([202, 503], True), ([0], False), ([301, 401, 500], False)],
)
def test_an_event_is_delivered_if_any_attempt_was(statuses: list[int], delivered: bool) -> None:
    attempts = [attempt(number, status, redelivery=number > 0) for number, status in enumerate(statuses)]
    [event] = events_of(attempts)
    assert event.delivered is delivered


def test_an_event_is_delivered_if_it_is_known_to_have_arrived() -> None:
    [event] = events_of([attempt(1, 503)], arrived={"guid"})
    assert event.delivered


def test_an_event_whose_first_attempt_is_not_in_sight_is_none_of_this_runs() -> None:
    assert events_of([attempt(1, 503, redelivery=True)]) == []


@pytest.mark.parametrize(
    ("attempts", "wait"),
    [(1, 300), (2, 600), (3, 1200), (5, 4800), (6, MAX_WAIT_SECONDS), (MAX_ATTEMPTS - 1, MAX_WAIT_SECONDS)],
)
def test_after_every_failed_attempt_the_wait_is_twice_as_long_up_to_a_limit(attempts: int, wait: float) -> None:
    def state(seconds: float) -> str:
        event = failed(attempts, first_ago=timedelta(hours=9), latest_ago=timedelta(seconds=seconds))
        return event.state(NOON, 300)

    assert (state(wait - 1), state(wait)) == ("waiting", "due")


@pytest.mark.parametrize(
    ("attempts", "first_ago"), [(MAX_ATTEMPTS, timedelta(hours=1)), (1, REDELIVERABLE + timedelta(seconds=1))]
)
def test_an_event_is_given_up_after_many_attempts_or_when_github_does_not_redeliver_it_any_more(
    attempts: int, first_ago: timedelta
) -> None:
    assert failed(attempts, first_ago=first_ago, latest_ago=timedelta(hours=1)).state(NOON, 300) == "given up"


def test_the_attempts_that_we_allow_last_until_github_refuses() -> None:
    waits = [min(300 * 2.0**done, MAX_WAIT_SECONDS) for done in range(MAX_ATTEMPTS)]
    assert sum(waits) >= REDELIVERABLE.total_seconds()
