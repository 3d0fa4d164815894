"""Branches and commits of the in-memory twin."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from slipway.fleet.tree import Tree
from slipway.github.listing import object_id
from slipway.github.proposing.branches import StoredCommit
from slipway.github.proposing.files import NEW_FILE, Changes, Entry

if TYPE_CHECKING:
    from slipway.github.proposing.memory import MemoryProposals


class MemoryBranches:
    """`Branches` of a repository; the id of a tree is the sha of a commit that holds it."""

    def __init__(self, world: MemoryProposals, repository: str) -> None:
        self._world = world
        self._repository = repository

    def tip(self, name: str) -> str | None:
        """See `Branches`."""
        with self._world.step(f"branch {name} of {self._repository}"):
            return self._world.github.tip(self._repository, name)

    def commit(self, sha: str) -> StoredCommit:
        """See `Branches`."""
        with self._world.step(f"commit {sha} of {self._repository}"):
            found = self._world.github.stored(self._repository, sha)
            if found is None:
                raise self._world.refused(404, "Not Found", f"commit {sha} of {self._repository}")
            return StoredCommit(sha, found[0].parents, tree=sha)

    def listing(self, tree: str) -> Mapping[str, Entry]:
        """See `Branches`."""
        with self._world.step(f"files of {self._repository} in tree {tree[:12]}"):
            files = self._files(tree)
            return {path: Entry(NEW_FILE, object_id(files.read(path), like="0" * 40)) for path in files}

    def write_tree(self, base: str, changes: Changes) -> str:
        """See `Branches`: a commit without parents that no branch names."""
        with self._world.step(f"new tree of {self._repository}"):
            before = self._files(base)
            files = {path: before.read(path) for path in before if path not in changes}
            files |= {path: written.content for path, written in changes.items() if written is not None}
            return self.store(files, (), "tree")

    def write_commit(self, tree: str, parent: str, message: str) -> str:
        """See `Branches`."""
        with self._world.step(f"new commit of {self._repository}"):
            files = self._files(tree)
            return self.store({path: files.read(path) for path in files}, (parent,), message)

    def make(self, name: str, sha: str) -> bool:
        """See `Branches`."""
        with self._world.step(f"new branch {name} of {self._repository}"):
            return self._world.github.tip(self._repository, name) is None and self._point(name, sha)

    def move(self, name: str, sha: str) -> bool:
        """See `Branches`."""
        with self._world.step(f"branch {name} of {self._repository}"):
            return self._world.github.tip(self._repository, name) is not None and self._point(name, sha)

    def delete(self, name: str) -> None:
        """See `Branches`."""
        with self._world.step(f"branch {name} of {self._repository}"):
            self._world.github.forget_branch(self._repository, name)

    def pause(self, attempt: int) -> None:
        """Nobody waits for memory."""

    def store(self, files: Mapping[str, bytes], parents: tuple[str, ...], message: str) -> str:
        """Keep a commit that differs from all others, as those do that know when they were made."""
        about = f"{self._repository} {len(self._world.calls)} {parents} {message}"
        sha = hashlib.sha1(about.encode(), usedforsecurity=False).hexdigest()
        self._world.github.add_commit(self._repository, sha, files, parents=parents)
        self._world.own_commits.add((self._repository, sha))
        return sha

    def is_own(self, sha: str) -> bool:
        """See `Proposals.is_own_commit`."""
        what = f"commit {sha} of {self._repository}"
        with self._world.step(what):
            if self._world.github.stored(self._repository, sha) is None:
                raise self._world.refused(422, f"No commit found for SHA: {sha}", what)
            return (self._repository, sha) in self._world.own_commits

    def _point(self, name: str, sha: str) -> bool:
        files = self._files(sha)
        found = self._world.github.stored(self._repository, sha)
        parents = found[0].parents if found else ()
        content = {path: files.read(path) for path in files}
        self._world.github.add_commit(self._repository, sha, content, parents=parents, refs=[name])
        self._world.follow(self._repository, name, sha)
        return True

    def _files(self, sha: str) -> Tree:
        found = self._world.github.stored(self._repository, sha)
        if found is None:
            raise self._world.refused(404, "Not Found", f"tree {sha} of {self._repository}")
        return found[1]
