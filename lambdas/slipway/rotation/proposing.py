"""Pull requests of a rotation: one for the certificate, and one for each branch whose files are sealed anew."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from slipway.fleet.settings import Settings
from slipway.fleet.tree import Tree
from slipway.github.proposals import BRANCH_PREFIX, NothingToChange, Proposal, Proposals
from slipway.github.protocol import GitHub
from slipway.merging import merge_all
from slipway.rotation.view import Target

KIND, SUBJECT = "rotate-sealing-key", "sealing-key"
"""What `requests.autoMerge` of slipway.yaml calls it."""
LABEL = "slipway/rotation"


@dataclass(frozen=True)
class Change:
    """What a pull request is to bring."""

    target: Target
    sha: str
    """Of the commit that it stands on."""
    tree: Tree
    """Its files."""
    files: Mapping[str, bytes]
    title: str
    body: str


class Proposing:
    """Branches and pull requests that are written once, and anew only if what they change has changed."""

    def __init__(
        self, proposals: Callable[[str], Proposals], github: Callable[[str], GitHub], settings: Settings, to: str
    ) -> None:
        """Write nothing yet.

        Args:
            proposals: to write, by repository.
            github: to read, likewise.
            settings: of the fleet, which say whether Slipway merges.
            to: fingerprint of the key that the rotation goes to.
        """
        self._proposals = proposals
        self._github = github
        self._settings = settings
        self._to = to

    def branch(self, target: Target, what: str) -> str:
        """The name of the branch for a target: another one for each rotation."""
        mark = hashlib.sha256(f"{self._to} {target.branch}".encode()).hexdigest()[:12]
        return f"{BRANCH_PREFIX}{what}-{mark}"

    def propose(self, change: Change, what: str) -> Proposal | None:
        """The open pull request that brings a change, merged by now if policy lets Slipway merge it.

        What is sealed is never the same twice, so one that is there already stays as it is, approvals and all, unless
        the files that it changes have changed since. None if there is nothing to change any more.
        """
        name, branch = change.target.repository, self.branch(change.target, what)
        proposals = self._proposals(name)
        there = self._open(name, branch)
        if there is None or not self._fits(there, change):
            try:
                proposals.put_branch(name, branch, change.sha, change.files, f"{change.title}\n")
            except NothingToChange:
                return None
            there = proposals.put_pull(name, branch, change.target.branch, change.title, change.body, [LABEL])
        how = self._settings.requests.merge(KIND, (SUBJECT,))
        if how is not None:
            merge_all([(name, there)], how, self._proposals, self._github)
        return there

    def withdraw(self, target: Target, what: str) -> None:
        """Close a pull request that has nothing to bring any more, and remove its branch."""
        name, branch = target.repository, self.branch(target, what)
        there = self._open(name, branch)
        if there is not None:
            self._proposals(name).close_pull(name, there.number)
        self._proposals(name).delete_branch(name, branch)

    def _open(self, name: str, branch: str) -> Proposal | None:
        pulls: Sequence[Proposal] = self._proposals(name).pulls_of(name, branch)
        return next((pull for pull in pulls if pull.state == "open"), None)

    def _fits(self, pull: Proposal, change: Change) -> bool:
        """True if we have made its commit, and that changes these files, and stands on one that had the same ones.

        What somebody else has pushed onto our branch is not what was sealed here, whatever files it changes.
        """
        github, name = self._github(change.target.repository), change.target.repository
        if not self._proposals(name).is_own_commit(name, pull.head_sha):
            return False
        parents = github.commit(name, pull.head_sha).parents
        if pull.base != change.target.branch or len(parents) != 1:
            return False
        if parents[0] == change.sha:
            before = change.tree
        else:
            before = github.tree(name, parents[0])
        head = github.tree(name, pull.head_sha)
        changed = {path for path in head if path not in before or head.digest(path) != before.digest(path)}
        return changed == set(change.files) and all(_same(path, before, change.tree) for path in changed)


def _same(path: str, one: Tree, other: Tree) -> bool:
    if path not in one or path not in other:
        return path not in one and path not in other
    return one.digest(path) == other.digest(path)
