"""The fleet as it was seen last."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from slipway.fleet.tree import Tree
from slipway.generation.kept import KeptWorld
from slipway.generation.world import Repository, World
from tests.unit.small_fleets import builder, schemas, sync

TODAY = date(2026, 11, 26)
SYSTEM, WORKLOADS = "acme/gitops-system", "acme/gitops-workloads"
FILES = {path: text.encode() for path, text in sync("staging").items()}


def repositories(sha: str = "a", *, first: str = SYSTEM, branch: str = "main") -> list[Repository]:
    return [Repository(name, branch, sha * 40, Tree(FILES, name=name)) for name in (first, WORKLOADS)]


class Keeping:
    """A fleet that is kept, and what the next one goes on from."""

    def __init__(self) -> None:
        self.kept = KeptWorld()
        self.lasts: list[World | None] = []
        self.first = self.get()

    def get(self, *, installation: int = 1, found: list[Repository] | None = None, today: date = TODAY) -> World:
        found = found or repositories()

        def make(last: World | None) -> World:
            self.lasts.append(last)
            return World(found, "github.com", builder(), None, schemas(), today, last=last)

        return self.kept.get(installation, found, today, make)


def test_a_fleet_whose_branches_are_where_they_were_is_the_same() -> None:
    keeping = Keeping()
    assert keeping.get() is keeping.first
    assert keeping.lasts == [None]


@pytest.mark.parametrize(
    ("found", "today"),
    [(repositories("b"), TODAY), (repositories(branch="trunk"), TODAY), (None, TODAY + timedelta(days=1))],
    ids=["a branch has moved", "another branch", "another day"],
)
def test_one_that_has_moved_goes_on_from_it(found: list[Repository] | None, today: date) -> None:
    keeping = Keeping()
    assert keeping.get(found=found, today=today) is not keeping.first
    assert keeping.lasts == [None, keeping.first]


@pytest.mark.parametrize(
    ("installation", "found"), [(2, None), (1, repositories(first="acme/other"))], ids=["who reads", "what is read"]
)
def test_nothing_is_taken_over_from_another_fleet(installation: int, found: list[Repository] | None) -> None:
    keeping = Keeping()
    keeping.get(installation=installation, found=found)
    assert keeping.lasts == [None, None]
