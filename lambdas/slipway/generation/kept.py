"""The fleet as it was seen last, kept in memory for the next request.

A request is served several times, for everything that happens to it, and most of the time the branches are where they
were. Where one has moved, the rendering goes on from the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from slipway.generation.world import World
from slipway.repositories import Repository

Key = tuple[int, date, tuple[tuple[str, str, str], ...]]
"""Installation, day, and of each repository its name, branch and tip."""


class KeptWorld:
    """The last one; any other takes its place."""

    def __init__(self) -> None:
        self._kept: tuple[Key, World] | None = None

    def get(
        self,
        installation: int,
        repositories: Sequence[Repository],
        today: date,
        make: Callable[[World | None], World],
    ) -> World:
        """The kept fleet if it is this one, else what is made.

        Args:
            installation: who reads: what one installation may see, another may not.
            repositories: the fleet's, as they are now.
            today: by which versions expire.
            make: gets the last fleet to go on from, None if there is none.
        """
        key = installation, today, tuple((each.name, each.branch, each.sha) for each in repositories)
        if self._kept is None or self._kept[0] != key:
            last = self._kept[1] if self._kept and self._is_of(self._kept[0], key) else None
            self._kept = key, make(last)
        return self._kept[1]

    @staticmethod
    def _is_of(one: Key, other: Key) -> bool:
        """True if two are the same fleet at two times."""
        return (one[0], one[2][0][0]) == (other[0], other[2][0][0])
