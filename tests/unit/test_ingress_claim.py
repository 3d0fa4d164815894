"""The claim as a state machine: attempts that crash at any step, overlap, and come again lose nothing.

Each attempt makes four steps that change something (store, claim, publish, mark); before and after each of them it may
crash, or another attempt of the same delivery may run as a whole, at once or after the first one's lease is over.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.unit.ingress_world import LEASE_SECONDS, World, pull_request, request

GUIDS = ("guid-a", "guid-b")
POINTS = tuple(f"{when} {step}" for step in ("store", "claim", "publish", "mark") for when in ("before", "after"))
HELD = POINTS[POINTS.index("after claim") : POINTS.index("after mark")]
"""Where an attempt holds the claim."""
REPEATS = ("after publish", "before mark")
"""Where a crash leaves an event on the bus that the next attempt publishes again."""


class Crash(BaseException):
    """The invocation is gone: memory, time out, power."""


class Stepped:
    """A twin one of whose methods is a step, with something that happens before and after it."""

    def __init__(self, inner: object, steps: dict[str, str], reach: Callable[[str], None]) -> None:
        self._inner, self._steps, self._reach = inner, steps, reach

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name not in self._steps:
            return method

        def step(*args: object, **kwargs: object) -> object:
            self._reach(f"before {self._steps[name]}")
            result = method(*args, **kwargs)
            self._reach(f"after {self._steps[name]}")
            return result

        return step


class Claims(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.plans: list[dict[str, Callable[[], None]]] = []
        self.claims = self.world.deliveries.claims
        self.world.bucket = Stepped(self.world.bucket, {"put": "store"}, self.reach)
        self.world.deliveries = Stepped(self.world.deliveries, {"claim": "claim", "mark_published": "mark"}, self.reach)
        self.world.bus = Stepped(self.world.bus, {"put": "publish"}, self.reach)
        self.attempts = 0
        self.tried: set[str] = set()
        self.acknowledged: set[str] = set()
        self.may_repeat: set[str] = set()

    def reach(self, point: str) -> None:
        self.plans[-1].get(point, lambda: None)()

    def published(self, guid: str) -> int:
        return sum(event.detail["delivery"]["id"] == guid for event in self.world.bus.events)

    def completed(self, guid: str) -> bool:
        return f"42#{guid}" in self.claims and self.claims[f"42#{guid}"].published

    def attempt(self, guid: str, plan: dict[str, Callable[[], None]]) -> str:
        """GitHub delivers; the answer, or `crashed`."""
        self.attempts += 1
        self.tried.add(guid)
        was_completed, before = self.completed(guid), self.published(guid)
        self.plans.append(plan)
        try:
            answer = self.world.receiver.receive(request(pull_request(), delivery=guid), f"owner-{self.attempts}")
        except Crash:
            return "crashed"
        finally:
            self.plans.pop()
        if was_completed:
            assert (answer.status, self.published(guid)) == ("duplicate", before)
        if answer.http_status == 202:
            self.acknowledged.add(guid)
        return answer.status

    @rule(guid=st.sampled_from(GUIDS))
    def deliver(self, guid: str) -> None:
        self.attempt(guid, {})

    @rule(guid=st.sampled_from(GUIDS), point=st.sampled_from(POINTS))
    def crash(self, guid: str, point: str) -> None:
        def crash() -> None:
            raise Crash

        before = self.published(guid)
        if self.attempt(guid, {point: crash}) == "crashed" and point in REPEATS and self.published(guid) > before:
            self.may_repeat.add(guid)

    @rule(guid=st.sampled_from(GUIDS), point=st.sampled_from(POINTS), lapsed=st.booleans(), dies=st.booleans())
    def overlap(self, guid: str, point: str, lapsed: bool, dies: bool) -> None:
        def another() -> None:
            if lapsed:
                self.world.clock.now += LEASE_SECONDS
                self.may_repeat.add(guid)
            before, was_completed = self.published(guid), self.completed(guid)
            status = self.attempt(guid, {})
            if point in HELD and not lapsed and not was_completed:
                assert (status, self.published(guid)) == ("in flight", before)
            if dies:
                raise Crash

        before = self.published(guid)
        if self.attempt(guid, {point: another}) == "crashed" and point in REPEATS and self.published(guid) > before:
            self.may_repeat.add(guid)

    @rule(seconds=st.integers(1, LEASE_SECONDS))
    def wait(self, seconds: int) -> None:
        self.world.clock.now += seconds

    @invariant()
    def what_was_acknowledged_is_stored_and_published(self) -> None:
        for guid in self.acknowledged:
            assert self.published(guid) >= 1
            assert self.completed(guid)

    @invariant()
    def a_claim_names_a_body_that_is_stored(self) -> None:
        for claim in self.claims.values():
            assert self.world.bucket.exists(claim.body_key)

    @invariant()
    def nothing_is_published_twice_but_after_a_crash_between_publishing_and_marking(self) -> None:
        for guid in set(GUIDS) - self.may_repeat:
            assert self.published(guid) <= 1

    def teardown(self) -> None:
        """The sweep has everything delivered again, once the leases are over: nothing is lost, and all is settled."""
        self.world.clock.now += LEASE_SECONDS
        for guid in self.tried:
            assert self.attempt(guid, {}) in ("accepted", "duplicate")
            self.what_was_acknowledged_is_stored_and_published()
            assert self.attempt(guid, {}) == "duplicate"


TestClaims = Claims.TestCase
TestClaims.settings = settings(max_examples=150, stateful_step_count=12, deadline=None)
