"""What a request is called: by where it was asked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from slipway.events import PROPOSAL_BRANCHES

_BRANCH = re.compile(
    re.escape(PROPOSAL_BRANCHES) + r"(?P<name>[A-Za-z0-9._-]{1,100})-(?P<number>[0-9]{1,10})"
    r"(?:-c(?P<comment>[0-9]{1,20}))?-s(?P<step>[0-9]{1,2})"
)


@dataclass(frozen=True)
class Reference:
    """An issue, or a comment, that asks for something."""

    repository: str
    """`owner/name`."""
    number: int
    """Of the issue or pull request."""
    comment: int = 0
    """Id of the comment, 0 if it is the issue itself."""

    def __str__(self) -> str:
        """`acme/gitops-system#7`, as GitHub links it."""
        return f"{self.repository}#{self.number}"

    @property
    def key(self) -> str:
        """Different for every request."""
        return f"{self}/{self.comment}"

    @property
    def marker(self) -> str:
        """Hidden in what Slipway says of it, to be found again."""
        return f"<!-- slipway:request {self.key} -->"

    def branch(self, step: int) -> str:
        """Of the pull requests of a step."""
        name = self.repository.partition("/")[2]
        comment = f"-c{self.comment}" if self.comment else ""
        return f"{PROPOSAL_BRANCHES}{name}-{self.number}{comment}-s{step + 1}"

    @classmethod
    def of_branch(cls, branch: str, owner: str) -> Reference | None:
        """The request that a branch was made for, None if it is not one of ours.

        Args:
            branch: its name.
            owner: of the repository that it is in: all repositories of a fleet have the same.
        """
        found = _BRANCH.fullmatch(branch)
        if found is None:
            return None
        return cls(f"{owner}/{found['name']}", int(found["number"]), int(found["comment"] or 0))
