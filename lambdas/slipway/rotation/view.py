"""The fleet as a rotation sees it: what is sealed where, and what the clusters would get of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.errors import InputError, LimitError
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.flux import Source
from slipway.fleet.gitref import git_ref
from slipway.fleet.helm import HelmRenderer
from slipway.fleet.kustomize import Builder
from slipway.fleet.model import Fleet
from slipway.fleet.objects import KubeObject
from slipway.fleet.render import render
from slipway.fleet.settings import Settings, load_settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from slipway.github.protocol import GitHub
from slipway.github.refs import Refs
from slipway.repositories import Repository
from slipway.sealing.unseal import is_sealed

MAX_TARGETS = 100
"""Branches that are sealed anew."""


@dataclass(frozen=True, order=True)
class Target:
    """A branch whose files are sealed anew."""

    repository: str
    """`owner/name`."""
    branch: str

    def __str__(self) -> str:
        return f"{self.repository}, branch {self.branch}"


@dataclass(frozen=True)
class Landed:
    """A SealedSecret that clusters get."""

    obj: KubeObject
    clusters: tuple[str, ...]

    @property
    def value(self) -> Mapping[str, Any]:
        """The object."""
        return self.obj.value


class View:
    """The fleet, rendered once; every source with the ref that it names."""

    def __init__(
        self,
        repositories: list[Repository],
        github: Callable[[str], GitHub],
        host: str,
        builder: Builder,
        helm: HelmRenderer | None,
    ) -> None:
        """Render nothing yet.

        Args:
            repositories: `gitops-system` first.
            github: to read, by repository.
            host: GitHub's host name, as Flux sources have it in their URLs.
            builder: builds Kustomizations.
            helm: expands ResourceSets.
        """
        self.system = repositories[0]
        self.settings: Settings = load_settings(self.system.tree)
        self._targets = {Target(each.name, each.branch) for each in repositories}
        self._github = github
        self._refs = Refs(github)
        self._host = host
        self._builder = builder
        self._helm = helm
        self._fleet: Fleet | None = None

    @property
    def fleet(self) -> Fleet:
        """What Flux would apply."""
        if self._fleet is None:
            sources = Sources(self.system.tree, fetch=self._fetch, fetch_own=self._fetch, likely=(self.system.branch,))
            self._fleet = render(sources, self._builder, self.settings, helm=self._helm).fleet
        return self._fleet

    @property
    def targets(self) -> list[Target]:
        """The default branches of the repositories, and whatever branches Flux's sources name.

        Raises:
            LimitError: there are more than `MAX_TARGETS`; were some left out, what is in them would be lost.
        """
        _ = self.fleet
        if len(self._targets) > MAX_TARGETS:
            raise LimitError(f"the fleet is made of {len(self._targets)} branches, over {MAX_TARGETS} (MAX_TARGETS)")
        return sorted(self._targets)

    def unseen(self) -> list[str]:
        """What clusters get and is not rendered here, so that nobody knows what is sealed in it, each with a reason.

        Charts are not rendered for a rotation: what a HelmRelease's own file holds is looked at, and its chart, the
        same for everybody, has nothing that is sealed for this fleet.
        """
        found = {
            f"{item.what}: {item.why}": None
            for item in self.fleet.not_rendered
            if not item.composed and not item.what.startswith("HelmRelease ")
        }
        failed = {
            f"{each.key} of {each.home}: it cannot be built; the check on a pull request says why": None
            for cluster in self.fleet.clusters.values()
            for each in cluster.kustomizations
            if each.failed and not any(name.startswith(f"{each.key}:") for name in found)
        }
        return [*found, *failed]

    def sealed(self) -> list[Landed]:
        """The SealedSecrets that clusters get, each once."""
        found: dict[str, Landed] = {}
        for name, cluster in self.fleet.clusters.items():
            for obj in cluster.objects:
                if is_sealed(obj.value):
                    what = json.dumps([str(obj.origin), obj.value], default=str)
                    known = found[what].clusters if what in found else ()
                    found[what] = Landed(obj, known if name in known else (*known, name))
        return list(found.values())

    def _fetch(self, source: Source) -> Tree:
        if source.definition.kind != "GitRepository":
            raise NotFetched(f"{source.key} is an artifact; only Git repositories are read")
        host, _, repository = source.repository.partition("/")
        owner = self.system.name.partition("/")[0]
        if host != self._host or repository.partition("/")[0].lower() != owner.lower():
            raise NotFetched(f"{source.shown_url or source.key} is no repository of {owner} on {self._host}")
        ref = git_ref(source.ref)
        try:
            sha = self._refs.commit(repository, ref)
            tree = self._github(repository).tree(repository, sha)
        except BuildError:
            raise
        except InputError as err:
            raise NotFetched(f"{repository} cannot be read: {err.message}") from err
        if ref.kind == "branch":
            self._targets.add(Target(self._named(repository), ref.name))
        return tree.named(f"{repository}@{ref.name}")

    def _named(self, repository: str) -> str:
        """As it is named here already, if it is written in other letters."""
        names = (each.repository for each in self._targets)
        return next((name for name in names if name.lower() == repository.lower()), repository)
