"""Which files a Flux source stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from slipway.fleet.errors import NotFetched
from slipway.fleet.flux import Source, repository_of
from slipway.fleet.ignore import artifact
from slipway.fleet.tree import Tree

Fetch = Callable[[Source], Tree]
"""Gets a source's tree from elsewhere; raises `NotFetched` if it may not or cannot."""


class Sources:
    """The trees at hand, by the sources that name them.

    Args:
        root: the repository that is being looked at.
        given: trees by the name of a source (`gitops-workloads`, `flux-system/gitops-workloads`), its URL, or the
            last part of its URL.
        fetch: for what is not given.
    """

    def __init__(self, root: Tree, given: Mapping[str, Tree] | None = None, fetch: Fetch | None = None) -> None:
        self.root = root
        self._given = dict(given or {})
        self._by_repository = {repository_of(name): tree for name, tree in self._given.items() if "/" in name}
        self._fetch = fetch

    def register_root(self, source: Source) -> None:
        """Say that a source is the repository that is being looked at."""
        if source.url:
            self._by_repository.setdefault(source.repository, self.root)

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
        definition = source.definition
        names = _names(source)
        for name in names:
            if name in self._given:
                return self._given[name]
        if source.repository in self._by_repository:
            return self._by_repository[source.repository]
        if self._fetch is not None:
            return self._fetch(source)
        raise NotFetched(
            f"{definition.kind} {names[0]} ({_shown(source.url) or 'no URL'}) is not at hand; "
            f"give its files with --source {definition.name}=DIR"
        )


def _names(source: Source) -> tuple[str, ...]:
    """What a source may be called by whoever gives its files."""
    definition = source.definition
    qualified = f"{definition.namespace}/{definition.name}"
    return qualified, definition.name, source.url, source.repository.rpartition("/")[2]


def _shown(url: str) -> str:
    """A URL without the token that somebody may have written into it."""
    return re.sub(r"^(https?://)[^/@]*@", r"\1", url)
