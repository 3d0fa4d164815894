"""Which files a Flux source stands for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from copy import copy

from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.flux import Source, repository_of
from slipway.fleet.gitref import git_ref
from slipway.fleet.ignore import artifact
from slipway.fleet.tree import Tree

Fetch = Callable[[Source], Tree]
"""Gets a source's tree from elsewhere; raises `NotFetched` if it may not or cannot."""


USUAL_BRANCHES = ("main", "master")


class Sources:
    """The trees at hand, by the sources that name them.

    A source that names the repository itself at another ref than the one that is being looked at, such as a tag for
    production, is not that: its files are those of that ref.

    Args:
        root: the repository that is being looked at.
        given: trees by the name of a source (`gitops-workloads`, `flux-system/gitops-workloads`), its URL, or the
            last part of its URL.
        fetch: for what is not given.
        fetch_own: for sources that name the repository itself at another ref.
        is_current: tells whether the root is what a branch of the repository has, or would have. Without it, the root
            stands for one branch that some cluster starts at: the first of `likely`, or else the most usual one.
        likely: branches.
    """

    def __init__(
        self,
        root: Tree,
        given: Mapping[str, Tree] | None = None,
        fetch: Fetch | None = None,
        *,
        fetch_own: Fetch | None = None,
        is_current: Callable[[str], bool] | None = None,
        likely: Sequence[str] = (),
    ) -> None:
        self.root = root
        self._given = dict(given or {})
        self._by_repository = {repository_of(name): tree for name, tree in self._given.items() if "/" in name}
        self._fetch = fetch
        self._fetch_own = fetch_own
        self._is_current = is_current
        self._likely = (*likely, *USUAL_BRANCHES)
        self._own: dict[str, set[tuple[str, str]]] = {}
        """Kinds and refs of the sources that are the repository itself, by how they call it."""
        self._branches: Counter[str] = Counter()
        """How many of them are at a branch."""

    def register_root(self, source: Source) -> None:
        """Say that a source is the repository that is being looked at, at whatever ref it names."""
        if source.url:
            self._own.setdefault(source.repository, set()).add(_kind_and_ref(source))
            with suppress(BuildError):
                if source.definition.kind == "GitRepository" and (ref := git_ref(source.ref)).kind == "branch":
                    self._branches[ref.name] += 1

    def knowing_root_of(self, other: Sources) -> Sources:
        """The same trees, and what others are told to be the repository itself elsewhere."""
        copied = copy(self)
        copied._own = {repository: set(refs) for repository, refs in other._own.items()}
        copied._branches = Counter(other._branches)
        return copied

    def is_root(self, source: Source) -> bool:
        """True if a source names the repository that is being looked at, as it is being looked at.

        Raises:
            BuildError: it names no ref that Flux would find.
        """
        own = self._own.get(source.repository)
        if own is None:
            return False
        if source.definition.kind != "GitRepository":
            return _kind_and_ref(source) in own
        try:
            wanted = git_ref(source.ref)
        except BuildError as err:
            raise BuildError(f"{source.key}: {err.message}") from None
        if wanted.kind != "branch":
            return False
        return self._is_current(wanted.name) if self._is_current else wanted.name == self.branch

    def root_artifact(self, source: Source | None) -> Tree:
        """The files of the repository itself, as a source that stands for it gives them.

        Args:
            source: None where no source in Git says how the cluster knows the repository.
        """
        return artifact(self.root, source.ignore if source else None)

    def tree(self, source: Source) -> Tree:
        """The files of a source's artifact.

        Raises:
            NotFetched: they are not at hand; the text says how to give them.
        """
        return artifact(self._find(source), source.ignore)

    def is_given(self, source: Source) -> bool:
        """True if somebody said which files a source stands for."""
        return any(name in self._given for name in _names(source))

    def _find(self, source: Source) -> Tree:
        for name in _names(source):
            if name in self._given:
                return self._given[name]
        if source.repository in self._by_repository:
            return self._by_repository[source.repository]
        if self.is_root(source):
            return self.root
        try:
            return self._fetched(source)
        except BuildError as err:
            raise BuildError(f"{source.key}: {err.message}") from None

    def _fetched(self, source: Source) -> Tree:
        definition = source.definition
        is_own = source.repository in self._own and definition.kind == "GitRepository"
        fetch = self._fetch_own or self._fetch if is_own else self._fetch
        if fetch is not None:
            return fetch(source)
        where = f"this repository at {git_ref(source.ref)}" if is_own else source.shown_url or "no URL"
        raise NotFetched(f"{source.key} ({where}) is not at hand; give its files with --source {definition.name}=DIR")

    @property
    def branch(self) -> str:
        """The branch that the root stands for, as far as one can tell by where clusters start."""
        likely = next((branch for branch in self._likely if branch in self._branches), None)
        return likely or max(sorted(self._branches), key=lambda branch: self._branches[branch], default="")


def _kind_and_ref(source: Source) -> tuple[str, str]:
    return source.definition.kind, json.dumps(source.ref, sort_keys=True)


def _names(source: Source) -> tuple[str, ...]:
    """What a source may be called by whoever gives its files."""
    definition = source.definition
    qualified = f"{definition.namespace}/{definition.name}"
    return qualified, definition.name, source.url, source.repository.rpartition("/")[2]
