"""The repositories that a pull request is rendered from.

The fleet starts in `gitops-system`; a pull request may be in it, or in a repository that one of its Flux sources names.
Either way the fleet is rendered twice: with the files as they are, and with the pull request merged.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from slipway.errors import InputError
from slipway.fleet.errors import NotFetched
from slipway.fleet.flux import Source
from slipway.fleet.settings import Settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from slipway.github.protocol import GitHub, PullRequest

GitHubFor = Callable[[str], GitHub]
"""GitHub with a token for one repository (`owner/name`)."""


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
    _commits: dict[tuple[str, str], str] = field(default_factory=dict)
    """Commit by repository and ref: asked for once, so that all clusters on both sides see the same one."""

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

        return Sources(root, fetch=fetch)

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

        return Sources(root, fetch=fetch)

    def _root(self, sha: str) -> Tree:
        if self.system == self.pull.repository:
            return self.github(self.system).tree(self.system, sha)
        return self._kept(self._tree(self.system, "HEAD"))

    def _repository(self, source: Source) -> str:
        """`owner/name` behind a source's URL.

        Raises:
            NotFetched: it is elsewhere than on our GitHub with our owner.
        """
        host, _, repository = source.repository.partition("/")
        owner = self.pull.repository.partition("/")[0]
        if source.definition.kind != "GitRepository" or host != self.host or repository.count("/") != 1:
            raise NotFetched(f"{source.url or source.key} is no repository on {self.host}")
        if repository.partition("/")[0].lower() != owner.lower():
            raise NotFetched(f"{repository} does not belong to {owner}, the owner of this repository")
        return repository

    def _refuse_fork(self, repository: str) -> None:
        if self.pull.from_fork and repository not in (self.pull.repository, self.system):
            raise NotFetched(f"{repository} is not read for a pull request from a fork")

    def _fetch(self, source: Source, repository: str, sha: str) -> Tree:
        """The tree that a source names: the pull request's own if it follows the base branch, else that of its ref."""
        ref = source.ref
        try:
            if repository == self.pull.repository and _follows(ref, self.merge.base_ref):
                return self.github(repository).tree(repository, sha)
            return self._kept(self._tree(repository, _name(ref)))
        except InputError as err:
            raise NotFetched(f"{repository} cannot be read: {err.message}") from err

    def _tree(self, repository: str, ref: str) -> Tree:
        github, asked = self.github(repository), (repository, ref)
        if asked not in self._commits:
            self._commits[asked] = github.commit(repository, ref).sha
        return github.tree(repository, self._commits[asked])

    def _kept(self, tree: Tree) -> Tree:
        if tree not in self.read:
            self.read.append(tree)
        return tree


def _follows(ref: Mapping[str, str], branch: str) -> bool:
    names = {f"refs/heads/{branch}", ""}
    plain = ref.get("branch", "") in ("", branch) and ref.get("name", "") in names
    return plain and not ref.keys() & {"tag", "semver", "commit"}


def _name(ref: Mapping[str, str]) -> str:
    """What to ask GitHub for; in Flux's order of precedence: commit, name, semver, tag, branch.

    Raises:
        NotFetched: a semver range, which would need the list of tags.
    """
    if ref.get("commit"):
        return ref["commit"]
    if ref.get("name"):
        return ref["name"].removeprefix("refs/heads/").removeprefix("refs/tags/")
    if ref.get("semver"):
        raise NotFetched(f"the range {ref['semver']} of versions is not resolved")
    return ref.get("tag") or ref.get("branch") or "HEAD"
