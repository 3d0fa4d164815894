"""Which commits the refs of sources are on GitHub."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from slipway.fleet.gitref import GitRef, newest_tag
from slipway.github.protocol import GitHub

GitHubFor = Callable[[str], GitHub]
"""GitHub with a token for one repository (`owner/name`)."""


class Refs:
    """Commits by repository and ref, each asked for once: all clusters on both sides see the same ones."""

    def __init__(self, github: GitHubFor) -> None:
        """Ask nothing yet."""
        self._github = github
        self._commits: dict[tuple[str, GitRef], str] = {}

    def commit(self, repository: str, ref: GitRef) -> str:
        """The full id of a commit.

        Raises:
            BuildError: the ref is a range of versions that is none, or that no tag is in.
            InputError: GitHub knows no such repository or ref.
            RetryLater: GitHub is down or asks us to wait.
        """
        asked = repository, ref
        if asked not in self._commits:
            github = self._github(repository)
            is_range = ref.kind == "range"
            self._commits[asked] = (
                _newest(github, repository, ref) if is_range else github.commit(repository, ref.path).sha
            )
        return self._commits[asked]


def _newest(github: GitHub, repository: str, wanted: GitRef) -> str:
    """The commit of the newest tag in a range."""
    tags = {tag.name: tag.sha for tag in github.tags(repository)}

    def committed(tag: str) -> float:
        when = github.commit(repository, tags[tag]).committed
        return datetime.fromisoformat(when).timestamp() if when else 0.0

    return tags[newest_tag(wanted, tags, committed).name]
