"""The rendering of a base branch, kept in memory for the next pull request.

One function renders the same fleet over and over, each time with a few changes since the last time. So the last
rendering of the base is where the next one goes on from.
"""

from __future__ import annotations

from dataclasses import dataclass

from slipway.fleet.render import Rendering

MAX_GENERATIONS = 8
"""How often a rendering may go on from another one: it keeps the files of all of them in memory."""


@dataclass(frozen=True)
class Base:
    """A base branch as it was rendered last."""

    rendering: Rendering
    chart_repositories: frozenset[str]
    """URLs of those that it has charts from."""


class KeptBase:
    """The last one of one fleet; another fleet's takes its place."""

    def __init__(self) -> None:
        self._key: tuple[int, str] | None = None
        self._base: Base | None = None

    def get(self, installation: int, repository: str) -> Base | None:
        """What was kept, if it is of this fleet and may be gone on from.

        Args:
            installation: who reads: what one installation may see, another may not.
            repository: `owner/name` that the fleet starts in.
        """
        if self._key != (installation, repository) or self._base is None:
            return None
        return self._base if self._base.rendering.generation < MAX_GENERATIONS else None

    def put(self, installation: int, repository: str, base: Base) -> None:
        """Keep a base in place of the last one."""
        self._key, self._base = (installation, repository), base
