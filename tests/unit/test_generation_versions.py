"""Versions of Kubernetes that a request may ask for."""

from __future__ import annotations

from datetime import date

import pytest

from slipway.aws.errors import AwsError
from slipway.aws.memory import MemoryEksVersions
from slipway.errors import RetryLater
from slipway.fleet.settings import Support
from slipway.generation.versions import KEEP_SECONDS, NOT_ASKED, RETRY_SECONDS, Offer, Versions

TODAY = date(2026, 11, 26)


class World:
    """EKS, a clock, and ears."""

    def __init__(self, answer: frozenset[str] | Exception) -> None:
        self.eks = MemoryEksVersions(answer)
        self.now = 0.0
        self.heard: list[str] = []
        self.versions = Versions(self.eks, self.heard.append, lambda: self.now)

    def offer(self, **known_better: Support) -> Offer:
        return self.versions.offer(known_better, TODAY)


def test_eks_is_asked_once_an_hour() -> None:
    world = World(frozenset({"1.36"}))
    assert [world.offer(), world.offer()] == [Offer(frozenset({"1.36"}))] * 2
    world.eks.versions = frozenset({"1.36", "1.37"})
    world.now = KEEP_SECONDS - 1
    assert world.offer().versions == {"1.36"}
    world.now = KEEP_SECONDS
    assert world.offer().versions == {"1.36", "1.37"}
    assert world.eks.asked == 2


@pytest.mark.parametrize("failure", [AwsError("no", code="AccessDenied"), RetryLater("slow down", after=1)], ids=repr)
def test_while_eks_cannot_be_asked_the_table_counts_with_what_the_fleet_knows_better(failure: Exception) -> None:
    world = World(failure)
    better = {"1.37": Support(date(2027, 1, 1), date(2028, 1, 1)), "1.31": Support(date(2025, 1, 1), date(2026, 1, 1))}

    offer = world.versions.offer(better, TODAY)

    assert offer == Offer(frozenset({"1.32", "1.33", "1.34", "1.35", "1.36", "1.37"}), NOT_ASKED)
    assert world.heard == [str(failure)]


def test_eks_that_could_not_be_asked_is_asked_again_after_minutes() -> None:
    world = World(AwsError("no", code="AccessDenied"))
    for _ in range(2):
        assert world.offer().note
    assert world.eks.asked == 1
    world.eks.versions = frozenset({"1.36"})
    world.now = RETRY_SECONDS
    assert world.offer() == Offer(frozenset({"1.36"}))
    assert len(world.heard) == 1
