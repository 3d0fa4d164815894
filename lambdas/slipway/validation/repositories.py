"""The repositories that a pull request is rendered from.

The fleet starts in `gitops-system`; a pull request may be in it, or in a repository that one of its Flux sources names.
Either way the fleet is rendered twice: with the files as they are, and with the pull request merged.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field

from slipway.errors import InputError
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.flux import Source
from slipway.fleet.gitref import GitRef, git_ref
from slipway.fleet.settings import Settings
from slipway.fleet.sources import Fetch, Sources
from slipway.fleet.tree import Tree
from slipway.fleet.walk import Walk
from slipway.github.protocol import PullRequest
from slipway.github.refs import GitHubFor, Refs

MAX_REF = 40
"""Of a ref's name in that of a tree."""


@dataclass(frozen=True)
class Merge:
    """The two commits that a pull request is judged by."""

    repository: str
    base_ref: str
    """Branch that it would be merged into."""
    base_sha: str
    """Tip of the base branch that the would-be merge was computed with."""
    merge_sha: str


@dataclass
class Repositories:
    """Trees of the repositories around one pull request.

    A pull request must not make Slipway show, in its check, files of a repository that its author may not read. So for
    the merged side only those repositories are read that the base side has read already, or that `slipway.yaml` of the
    base names; for a fork, none but the base repository itself and `gitops-system`.
    """

    github: GitHubFor
    host: str
    """GitHub's host name, as Flux sources have it in their URLs."""
    pull: PullRequest
    merge: Merge
    system: str
    """`owner/name` of the repository that the fleet starts in."""
    read: list[Tree] = field(default_factory=list)
    """Every tree that was read from another repository, for lines of findings."""
    _known: set[str] = field(default_factory=set)
    _followed: bool = False
    _named: dict[tuple[str, str], Tree] = field(default_factory=dict)
    """Trees by repository and commit, as they are called here."""

    def __post_init__(self) -> None:
        """Ask GitHub nothing yet."""
        self._refs = Refs(self.github)

    def base_root(self) -> Tree:
        """`gitops-system` as it is."""
        return self._root(self.merge.base_sha)

    def head_root(self) -> Tree:
        """`gitops-system` with the pull request merged, if it is its."""
        return self._root(self.merge.merge_sha)

    def base_sources(self, root: Tree) -> Sources:
        """Flux's sources as they are."""

        def fetch(source: Source) -> Tree:
            repository = self._repository(source)
            self._refuse_fork(repository)
            self._known.add(repository)
            return self._fetch(source, repository, self.merge.base_sha)

        return self._sources(root, fetch)

    def head_sources(self, root: Tree, settings: Settings) -> Sources:
        """Flux's sources with the pull request merged; `settings` are those of the base."""

        def fetch(source: Source) -> Tree:
            repository = self._repository(source)
            self._refuse_fork(repository)
            named = any(fnmatch.fnmatchcase(repository, pattern) for pattern in settings.repositories)
            if repository not in self._known and not named and repository != self.pull.repository:
                raise NotFetched(
                    f"{repository} is new in this pull request; to have it read before the merge, name it in "
                    "slipway.yaml of the base branch: repositories"
                )
            return self._fetch(source, repository, self.merge.merge_sha)

        return self._sources(root, fetch)

    def _sources(self, root: Tree, fetch: Fetch) -> Sources:
        def fetch_own(source: Source) -> Tree:
            return self._other(source, self.system)

        if self.system == self.pull.repository:
            # A pull request onto another one's branch is one for the branch that clusters follow, later.
            return Sources(root, fetch=fetch, fetch_own=fetch_own, likely=(self.merge.base_ref,))
        return Sources(root, fetch=fetch, fetch_own=fetch_own, is_current=self._is_current)

    def not_followed(self, walk: Walk) -> str:
        """Why a rendered fleet says little about the pull request, `""` if some cluster follows its base branch."""
        if self.system != self.pull.repository:
            return "" if self._followed else "no cluster takes files from this branch, so that nothing of it is checked"
        branch = walk.known.branch
        if branch in ("", self.merge.base_ref):
            return ""
        return f"no cluster follows this branch; it is checked as what {branch} would be"

    def _is_current(self, branch: str) -> bool:
        """True if the fleet is looked at as a branch of `gitops-system` has it; it is not the pull request's."""
        head = self._refs.commit(self.system, GitRef("ref", "HEAD"))
        try:
            return self._refs.commit(self.system, GitRef("branch", branch)) == head
        except InputError:
            return False

    def _root(self, sha: str) -> Tree:
        if self.system == self.pull.repository:
            return self.github(self.system).tree(self.system, sha)
        head = self._refs.commit(self.system, GitRef("ref", "HEAD"))
        tree = self.github(self.system).tree(self.system, head)
        if tree not in self.read:
            self.read.append(tree)
        return tree

    def _repository(self, source: Source) -> str:
        """`owner/name` behind a source's URL.

        Raises:
            NotFetched: it is elsewhere than on our GitHub with our owner.
        """
        if source.definition.kind != "GitRepository":
            raise NotFetched(
                f"{source.key} is an artifact that something has pushed to {source.shown_url or 'somewhere'}; only Git "
                "repositories are read"
            )
        host, _, repository = source.repository.partition("/")
        owner = self.pull.repository.partition("/")[0]
        if host != self.host or repository.count("/") != 1:
            raise NotFetched(f"{source.shown_url or source.key} is no repository on {self.host}")
        if repository.partition("/")[0].lower() != owner.lower():
            raise NotFetched(f"{repository} does not belong to {owner}, the owner of this repository")
        return repository

    def _refuse_fork(self, repository: str) -> None:
        if self.pull.from_fork and repository not in (self.pull.repository, self.system):
            raise NotFetched(f"{repository} is not read for a pull request from a fork")

    def _fetch(self, source: Source, repository: str, sha: str) -> Tree:
        """The tree that a source names: the pull request's own if it follows the base branch, else that of its ref."""
        follows = git_ref(source.ref) == GitRef("branch", self.merge.base_ref)
        if repository == self.pull.repository and follows:
            self._followed = True
            return self.github(repository).tree(repository, sha)
        return self._other(source, repository)

    def _other(self, source: Source, repository: str) -> Tree:
        """The tree of a ref, as it is on GitHub."""
        ref = git_ref(source.ref)
        try:
            sha = self._refs.commit(repository, ref)
            if (repository, sha) not in self._named:
                tree = self.github(repository).tree(repository, sha)
                self._named[repository, sha] = self._distinct(tree, ref)
                self.read.append(self._named[repository, sha])
        except BuildError:
            raise
        except InputError as err:
            raise NotFetched(f"{repository} cannot be read: {err.message}") from err
        return self._named[repository, sha]

    def _distinct(self, tree: Tree, ref: GitRef) -> Tree:
        """A tree by a name that no other commit's has: lines are found, and files are linked to, by it."""
        taken = {self.pull.repository, *(other.name for other in self.read)}
        return tree.named(f"{tree.name}@{ref.name[:MAX_REF]}") if tree.name in taken else tree
