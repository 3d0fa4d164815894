"""A branch of ours: one commit on top of a base, made anew when it is to hold something else.

The commit is made through GitHub's API without an author, so that GitHub signs it for the App. Such a commit holds the
time, so two workers never make the same one; what they make holds the same files, though, and then the branch is as it
should be, whoever's commit it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from slipway.errors import InputError
from slipway.github.failures import OutcomeUnknown
from slipway.github.names import is_branch, is_sha
from slipway.github.proposals import BRANCH_PREFIX, NothingToChange
from slipway.github.proposing.files import Changes, Entry, changed, changes_of, check_files
from slipway.github.rounds import until_known

SOON = 1.0
"""Seconds after which to look again at a branch that comes and goes."""


@dataclass(frozen=True)
class StoredCommit:
    """A commit, as git has it."""

    sha: str
    parents: tuple[str, ...]
    tree: str
    """Git's id of all that it holds."""


class Branches(Protocol):
    """The branches and objects of one repository."""

    def tip(self, name: str) -> str | None:
        """The sha that a branch names."""
        ...

    def commit(self, sha: str) -> StoredCommit:
        """A commit by its sha."""
        ...

    def listing(self, tree: str) -> Mapping[str, Entry]:
        """Everything in a tree, by its path, but the folders."""
        ...

    def write_tree(self, base: str, changes: Changes) -> str:
        """Make a tree of another one; returns its id."""
        ...

    def write_commit(self, tree: str, parent: str, message: str) -> str:
        """Make a commit of the App's; returns its sha."""
        ...

    def make(self, name: str, sha: str) -> bool:
        """Make a branch; False if there is one of that name already."""
        ...

    def move(self, name: str, sha: str) -> bool:
        """Let a branch name another commit, whatever it named; False if there is none of that name."""
        ...

    def delete(self, name: str) -> None:
        """Delete a branch, which may be gone already."""
        ...

    def pause(self, attempt: int) -> None:
        """Leave GitHub alone for a moment."""
        ...


def check_ours(name: str) -> None:
    """Refuse to touch a branch that is not ours.

    Raises:
        InputError: its name does not begin with `BRANCH_PREFIX`, or is none that we use.
    """
    if not name.startswith(BRANCH_PREFIX) or not is_branch(name):
        raise InputError(f"{name[:200]!r} is not the name of a branch of ours ({BRANCH_PREFIX}…)")


def put_branch(
    branches: Branches, name: str, base_sha: str, files: Mapping[str, bytes | None], message: str, *, stay_on: str
) -> str:
    """Let a branch be one commit on a base; see `Proposals.put_branch`."""
    check_ours(name)
    if not is_sha(base_sha):
        raise InputError(f"{base_sha!r} is not the full id of a commit")
    check_files(files)
    return until_known(lambda: _put_branch(branches, name, base_sha, files, message, stay_on=stay_on), branches.pause)


def _put_branch(
    branches: Branches, name: str, base_sha: str, files: Mapping[str, bytes | None], message: str, *, stay_on: str
) -> str:
    base = branches.commit(base_sha)
    there = branches.listing(base.tree)
    changes = changes_of(there, files, like=base_sha)
    if not changes:
        raise NothingToChange(f"commit {base_sha[:12]} holds already all that was to be written")
    wanted = changed(there, changes, like=base_sha)

    def is_done(tip: str | None) -> bool:
        if tip is None:
            return False
        commit = branches.commit(tip)
        if commit.parents == (base_sha,):
            return branches.listing(commit.tree) == wanted
        return commit.parents == (stay_on,) and _comes_to_the_same(branches, commit, there, wanted)

    tip = branches.tip(name)
    if tip is not None and is_done(tip):
        return tip
    sha = branches.write_commit(branches.write_tree(base.tree, changes), base_sha, message)
    if tip is None and branches.make(name, sha):
        return sha
    # It is there, maybe since a moment: somebody else may have been as quick.
    now = branches.tip(name)
    if now is not None and now != tip and is_done(now):
        return now
    if not branches.move(name, sha):
        raise OutcomeUnknown(f"branch {name} was deleted while we wrote to it", after=SOON)
    return sha


def _comes_to_the_same(
    branches: Branches, commit: StoredCommit, there: Mapping[str, Entry], wanted: Mapping[str, Entry]
) -> bool:
    """True if a commit on another base changes what is wanted here, and the bases hold the same of it."""
    before = branches.listing(branches.commit(commit.parents[0]).tree)
    after = branches.listing(commit.tree)
    touched = _differing(before, after)
    return touched == _differing(there, wanted) and all(
        before.get(path) == there.get(path) and after.get(path) == wanted.get(path) for path in touched
    )


def _differing(one: Mapping[str, Entry], other: Mapping[str, Entry]) -> set[str]:
    return {path for path in (*one, *other) if one.get(path) != other.get(path)}


def delete_branch(branches: Branches, name: str) -> None:
    """Delete a branch of ours; see `Proposals.delete_branch`."""
    check_ours(name)
    until_known(lambda: branches.delete(name), branches.pause)
