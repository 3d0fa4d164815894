"""Runs of the sweep: what is asked for again, and how far the cursor moves."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipway.aws.protocol import SweepCursor, Walk
from slipway.errors import InputError, RetryLater
from slipway.sweep.event import MAX_ATTEMPTS
from slipway.sweep.run import LOOK_BACK, MAX_REDELIVERIES, PAUSE_SECONDS
from tests.unit.sweep_world import World


@pytest.fixture
def world() -> World:
    return World()


def test_a_delivery_that_failed_is_asked_for_again_and_one_that_arrived_is_not(world: World) -> None:
    world.deliver("fine", minutes=30)
    missed = world.fail("missed", minutes=20)
    world.deliver("fine too", minutes=10)
    report = world.run()
    assert world.github.asked == [missed.id]
    assert (report.deliveries, report.gaps, report.redelivered, report.given_up) == (3, 1, 1, ())
    assert report.complete


def test_what_arrived_at_the_second_attempt_is_left_alone(world: World) -> None:
    world.fail("missed", minutes=20)
    world.run()
    world.time += timedelta(minutes=30)
    assert world.run().gaps == 0
    assert world.github.status_of("missed") == [503, 202]


def test_a_fresh_failure_is_given_time_because_it_may_be_in_flight(world: World) -> None:
    world.fail("fresh", minutes=4)
    assert world.run().gaps == 1
    assert world.github.asked == []
    world.time += timedelta(minutes=1)
    world.run()
    assert world.github.status_of("fresh") == [503, 202]


def test_the_latest_attempt_is_redelivered_and_the_oldest_event_first(world: World) -> None:
    world.fail("older", minutes=60)
    again = world.github.attempt("older", world.ago(minutes=40), 500, redelivery=True)
    newer = world.fail("newer", minutes=30)
    world.run()
    assert world.github.asked == [again.id, newer.id]


def test_there_is_a_pause_between_redeliveries(world: World) -> None:
    for guid in "abc":
        world.fail(guid, minutes=20)
    world.run()
    assert world.slept == [PAUSE_SECONDS] * 3


def test_a_run_asks_for_so_many_and_leaves_the_rest_to_the_next(world: World) -> None:
    for number in range(MAX_REDELIVERIES + 5):
        world.fail(f"guid-{number}", minutes=20)
    assert world.run(seconds=600).redelivered == MAX_REDELIVERIES
    world.time += timedelta(minutes=5)
    assert world.run(seconds=600).redelivered == 5


def test_the_ingress_still_failing_is_asked_less_and_less_often_and_then_given_up(world: World) -> None:
    world.github.answer = lambda guid: 503
    world.fail("hopeless", minutes=20)
    given_up = []
    for _ in range(80):
        given_up += world.run().given_up
        world.time += timedelta(hours=1)
    assert 20 < len(world.github.asked) < MAX_ATTEMPTS
    assert {event.first.guid for event in given_up} == {"hopeless"}


def test_an_outage_of_two_days_loses_nothing(world: World) -> None:
    back = world.time + timedelta(hours=48)
    world.github.answer = lambda guid: 202 if world.time >= back else 0
    for number in range(40):
        world.fail(f"guid-{number}", status=0, minutes=number + 6)
    while world.time < back + timedelta(hours=3):
        assert world.run().given_up == ()
        world.time += timedelta(minutes=5)
    assert all(world.github.status_of(f"guid-{number}")[-1] == 202 for number in range(40))
    assert world.run().gaps == 0


def test_what_github_refuses_to_redeliver_is_given_up_and_does_not_hold_the_others(world: World) -> None:
    world.fail("refused", minutes=30)
    missed = world.fail("missed", minutes=20)
    world.github.refused.add("refused")
    report = world.run()
    assert [event.first.guid for event in report.given_up] == ["refused"]
    assert (report.gaps, report.redelivered) == (2, 1)
    assert world.github.status_of("missed") == [503, 202]
    assert world.settled_until == missed.delivered_at


# The cursor


def test_the_cursor_moves_to_the_newest_delivery_when_all_is_settled(world: World) -> None:
    world.deliver("older", minutes=20)
    newest = world.deliver("newest", minutes=10)
    world.run()
    assert world.settled_until == newest.delivered_at


def test_the_cursor_never_passes_what_is_not_settled(world: World) -> None:
    world.github.answer = lambda guid: 503
    missed = world.fail("missed", hours=3)
    world.deliver("newer", minutes=10)
    for _ in range(5):
        world.run()
        assert world.settled_until == missed.delivered_at
        world.time += timedelta(minutes=30)
    world.github.answer = lambda guid: 202
    world.time += timedelta(hours=2)
    world.run()
    world.run()
    assert world.settled_until is not None
    assert world.settled_until > missed.delivered_at


def test_a_given_up_event_lets_the_cursor_pass(world: World) -> None:
    world.fail("too old", hours=72.5)
    newest = world.deliver("newest", minutes=10)
    assert [event.first.guid for event in world.run().given_up] == ["too old"]
    assert world.settled_until == newest.delivered_at
    assert world.run().given_up == ()


def test_no_deliveries_at_all_are_no_reason_to_move(world: World) -> None:
    assert world.run().complete
    assert world.settled_until is None


def test_the_first_run_looks_back_as_far_as_github_redelivers_and_no_further(world: World) -> None:
    world.github.page_size = 10
    for hour in range(200):
        world.deliver(f"guid-{hour}", hours=hour)
    assert world.run().deliveries == LOOK_BACK / timedelta(hours=1) + 1
    assert len(world.github.pages) == 8


def test_a_later_run_looks_back_to_the_cursor_and_a_little_further(world: World) -> None:
    world.github.page_size = 10
    for minute in range(500):
        world.deliver(f"guid-{minute}", minutes=minute)
    world.run()
    world.time += timedelta(minutes=5)
    world.deliver("new", minutes=0)
    world.github.pages.clear()
    assert world.run().deliveries == 12
    assert len(world.github.pages) == 2


def test_an_attempt_that_is_listed_late_is_seen_all_the_same(world: World) -> None:
    world.deliver("newest", minutes=10)
    world.run()
    before = world.settled_until
    world.fail("listed late", minutes=14)
    world.run()
    assert world.github.status_of("listed late") == [503, 202]
    assert world.settled_until == before


def test_an_attempt_that_is_listed_late_does_not_keep_a_walk_from_ending(world: World) -> None:
    settled_until = world.ago(minutes=10)
    missed = world.fail("listed late", minutes=14)
    world.cursors.write(SweepCursor(settled_until, Walk(str(missed.id), world.ago(minutes=1), None)))
    assert world.run().complete
    assert world.cursors.read() == SweepCursor(settled_until)


def test_a_long_pause_is_made_up_for(world: World) -> None:
    world.deliver("old", minutes=1)
    world.run()
    world.time += timedelta(days=10)
    world.fail("lost", days=5)
    world.fail("missed", days=2)
    report = world.run()
    assert world.github.status_of("missed") == [503, 202]
    assert report.deliveries == 1


# Running out of time


def test_a_walk_that_runs_out_of_time_goes_on_in_the_next_run(world: World) -> None:
    world.github.page_size = 10
    missed = world.fail("missed", hours=2)
    for minute in range(100):
        world.deliver(f"guid-{minute}", minutes=minute)
    report = world.run(seconds=63)
    assert (report.complete, len(world.github.pages), world.github.asked) == (False, 4, [])
    assert world.settled_until is None

    assert world.run(seconds=240).complete
    assert world.github.asked == [missed.id]
    assert world.settled_until == missed.delivered_at


def test_what_a_part_of_a_walk_finds_is_asked_for_at_once_and_holds_the_cursor(world: World) -> None:
    world.github.page_size = 10
    world.github.answer = lambda guid: 503
    missed = world.fail("missed", minutes=30)
    for minute in range(100):
        world.deliver(f"guid-{minute}", minutes=minute)
    assert not world.run(seconds=63).complete
    assert world.github.asked == [missed.id]
    assert world.run(seconds=240).complete
    assert world.settled_until == missed.delivered_at


def test_a_walk_remembers_what_arrived_at_a_later_attempt_until_it_meets_the_first(world: World) -> None:
    world.github.page_size = 10
    world.fail("missed", minutes=90)
    world.github.attempt("missed", world.ago(minutes=5), 202, redelivery=True)
    for minute in range(100):
        world.deliver(f"guid-{minute}", minutes=minute)
    assert not world.run(seconds=63).complete
    assert world.run().complete
    assert world.github.asked == []
    assert world.settled_until == world.time


def test_every_run_reads_at_least_one_page_so_that_the_sweep_always_comes_to_an_end(world: World) -> None:
    world.github.page_size = 10
    for minute in range(95):
        world.deliver(f"guid-{minute}", minutes=minute)
    runs = 1
    while not world.run(seconds=1).complete:
        runs += 1
    assert runs == 10
    assert world.settled_until == world.time


def test_redelivering_stops_in_time_to_keep_the_cursor(world: World) -> None:
    for number in range(10):
        world.fail(f"guid-{number}", hours=10 - number)
    assert world.run(seconds=20).redelivered == 5
    assert world.settled_until == world.ago(hours=10)


def test_a_page_that_github_has_forgotten_begins_the_walk_anew(world: World) -> None:
    missed = world.fail("missed", minutes=20)
    world.cursors.write(SweepCursor(walk=Walk("gone", world.ago(hours=1), None)))
    world.github.forgotten.add("gone")
    assert world.run().complete
    assert world.github.asked == [missed.id]
    assert world.cursors.read() == SweepCursor(missed.delivered_at)


# GitHub is down


def test_nothing_is_learned_while_github_is_down(world: World) -> None:
    world.github.down_after = 0
    with pytest.raises(RetryLater):
        world.run()
    assert world.cursors.read() == SweepCursor()


def test_github_going_down_during_the_walk_is_as_running_out_of_time(world: World) -> None:
    world.github.page_size = 10
    for minute in range(30):
        world.deliver(f"guid-{minute}", minutes=minute)
    world.github.down_after = 2
    assert not world.run().complete
    world.github.down_after = None
    assert world.run().complete
    assert world.settled_until == world.time


def test_github_going_down_while_redelivering_leaves_the_rest_to_the_next_run(world: World) -> None:
    for number in range(3):
        world.fail(f"guid-{number}", minutes=30 - number)
    world.github.down_after = 2
    assert world.run().redelivered == 1
    assert world.settled_until == world.ago(minutes=30)
    world.github.down_after = None
    assert world.run().redelivered == 2


def test_a_request_that_github_does_not_accept_is_a_mistake_of_ours(world: World) -> None:
    world.github.forgotten.add("")
    with pytest.raises(InputError):
        world.run()


# Together


def test_two_runs_at_once_ask_twice_and_move_the_cursor_forward_only(world: World) -> None:
    missed = world.fail("missed", minutes=20)
    newest = world.deliver("newest", minutes=10)
    read = world.cursors.read
    stale = read()
    world.run()
    world.time += timedelta(minutes=5)
    world.run()
    moved = world.settled_until
    world.cursors.read = lambda: stale  # type: ignore[method-assign]
    world.github.attempts = [missed, newest]
    world.run()
    world.cursors.read = read  # type: ignore[method-assign]
    assert world.settled_until == moved


HISTORIES = st.lists(
    st.tuples(st.integers(0, 40 * 60), st.booleans()),  # minute of the event, and whether it arrived
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(history=HISTORIES, back_after=st.integers(0, 30), page_size=st.integers(1, 9), seconds=st.sampled_from([20, 65]))
def test_every_event_arrives_in_the_end_however_short_the_runs(
    history: list[tuple[int, bool]], back_after: int, page_size: int, seconds: float
) -> None:
    world = World()
    world.github.page_size = page_size
    begun = world.time
    back = begun + timedelta(hours=back_after)
    world.github.answer = lambda guid: 202 if world.time >= back else 500
    coming = sorted(history)
    cursors = []
    while world.time < begun + timedelta(hours=70):
        while coming and begun + timedelta(minutes=coming[0][0]) <= world.time:
            minute, arrived = coming.pop(0)
            at = begun + timedelta(minutes=minute)
            world.github.attempt(f"guid-{len(coming)}", at, 202 if arrived else 503)
        assert world.run(seconds).given_up == ()
        cursors.append(world.settled_until)
        world.time += timedelta(minutes=20)

    for guid in {each.guid for each in world.github.attempts}:
        assert world.github.status_of(guid).count(202) == 1
        assert len(world.github.status_of(guid)) <= MAX_ATTEMPTS
    moved = [cursor for cursor in cursors if cursor]
    assert moved == sorted(moved)
