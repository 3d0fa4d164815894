"""A fleet in directories, for the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from pathlib import Path

from slipway.checks.schema import Catalogue
from slipway.checks.schema.catalogue import SchemaSource
from slipway.errors import InputError, ToolError
from slipway.fleet.flux import Source
from slipway.fleet.kustomize import Builder
from slipway.fleet.recall import BuildMemory
from slipway.fleet.render import Rendering, render
from slipway.fleet.settings import Settings, load_settings
from slipway.fleet.sources import Fetch, Sources
from slipway.fleet.tree import Tree
from slipway.tools.cache import DiskCache, cache_directory, code_version
from slipway.tools.charts import Network
from slipway.tools.clone import Clone
from slipway.tools.directory import tree_from_directory
from slipway.tools.engine import find_engine, find_helm
from slipway.tools.progress import progress
from slipway.tools.schema_sources import DirectorySchemas, ServerSchemas, is_url, named_sources
from slipway.tools.store import DiskStore
from slipway.tools.workers import Workers

MAX_REASONS = 3
"""What is named, if nothing that looks like a cluster is one."""


class Checkout:
    """A directory with a Flux repository, and those of its sources.

    Args:
        directory: root of the repository.
        sources: `NAME=DIR`, NAME being the name or the URL of a Flux source.

    Raises:
        InputError: one of them is no directory, or `slipway.yaml` is wrong.
    """

    def __init__(self, directory: str, sources: Sequence[str]) -> None:
        self.directory = directory
        with progress() as say:
            say(f"reading {directory} …")
            self.root = tree_from_directory(Path(directory))
            self._given = dict(map(_source, sources))
        self._others: dict[str, Tree] = {}
        self.settings: Settings = load_settings(self.root)

    @property
    def trees(self) -> list[Tree]:
        """The trees of the sources, and those of the repository at other refs."""
        return [*self._given.values(), *self._others.values()]

    @property
    def named_trees(self) -> list[Tree]:
        """The repository and those of the sources that were given."""
        return [self.root, *self._given.values()]

    def changed(self, trees: Mapping[str, Tree]) -> Checkout:
        """The same with other files of some repositories, by the names of their trees."""
        other = copy(self)
        other.root = trees.get(self.root.name, self.root)
        other.root.previous = self.root
        other._given = {name: trees.get(tree.name, tree) for name, tree in self._given.items()}
        other._others = {}
        other.settings = load_settings(other.root)
        return other

    def flux_sources(self) -> Sources:
        """What Flux's sources stand for."""
        clone = Clone(Path(self.directory))
        return Sources(self.root, self._given, fetch_own=self._kept(clone.fetch), likely=clone.likely_branches)

    def _kept(self, fetch: Fetch) -> Fetch:
        def kept(source: Source) -> Tree:
            tree = fetch(source)
            self._others[tree.name] = tree
            return tree

        return kept


class Renderer:
    """Renders checkouts, with what makes a second run quick on the disk.

    Args:
        network: where charts of HelmReleases, and schemas, may be fetched from.

    Raises:
        ToolError: there is nothing to render with.
    """

    def __init__(self, network: Network) -> None:
        self._cache = DiskCache(cache_directory() / "builds")
        self._charts = DiskStore(cache_directory() / "charts")
        self._schemas = DiskStore(cache_directory() / "schemas")
        self._network = network
        with _unpacking():
            self._engine = find_engine()
            self.builder = Builder(self._engine, self._cache, BuildMemory(self._cache, code_version()))
            """Builds Kustomizations, for whoever wants to ask more about what was rendered."""
            self._helm = find_helm(self._engine, self._cache, self._charts, network)

    def __enter__(self) -> Renderer:
        return self

    def __exit__(self, *_: object) -> None:
        if isinstance(self._engine, Workers):
            self._engine.close()
        self._cache.trim()
        self._charts.trim()
        self._schemas.trim()

    def catalogue(self, given: Sequence[str], settings: Settings, root: Tree) -> Catalogue:
        """Schemas of kinds whose definition is not in Git.

        Args:
            given: directories and URLs.
            settings: name others.
            root: the repository that is checked; directories that the settings name are in it.

        Raises:
            InputError: one of them cannot be one.
        """
        sources: list[SchemaSource] = []
        for name in given:
            if is_url(name):
                sources.append(ServerSchemas(name, self._schemas, self._network))
            elif Path(name.partition("{{")[0]).is_dir():
                sources.append(DirectorySchemas(name))
            else:
                raise InputError(f"--schemas {name}: there is no such directory")
        return Catalogue([*sources, *named_sources(settings.schemas, root, self._schemas, self._network)])

    def render(self, checkout: Checkout, before: Rendering | None = None) -> Rendering:
        """The fleet that a repository describes.

        Args:
            checkout: the repository.
            before: what another one was rendered to that has much in common with it.

        Raises:
            InputError: it describes no cluster.
        """
        number = 0
        with progress() as say:

            def step() -> str:
                nonlocal number
                number += 1
                say(f"rendering Kustomizations and HelmReleases, {number:,} so far …")
                return ""

            sources, settings = checkout.flux_sources(), checkout.settings
            rendering = render(sources, self.builder, settings, helm=self._helm, before=before, stop=step)
        fleet = rendering.fleet
        if not fleet.clusters:
            why = "; ".join(f"not {item.what}: {item.why}" for item in fleet.not_rendered[:MAX_REASONS])
            why = why or "no Flux Kustomization and no FluxInstance; is it the root of a Flux repository?"
            raise InputError(f"no cluster found in {checkout.directory}: {why}")
        return rendering


@contextmanager
def _unpacking() -> Iterator[None]:
    try:
        yield
    except OSError as err:
        raise ToolError(
            f"cannot unpack kubectl and helm: {err.filename}: {err.strerror}; set XDG_CACHE_HOME to a directory that "
            "can be written, or SLIPWAY_KUBECTL and SLIPWAY_HELM to programs"
        ) from None


def _source(text: str) -> tuple[str, Tree]:
    name, separator, directory = text.rpartition("=")
    if not separator or not name or not directory:
        raise InputError(f"--source {text}: write NAME=DIR, NAME being the name or the URL of a Flux source")
    try:
        return name, tree_from_directory(Path(directory), name)
    except InputError as err:
        raise InputError(f"--source {text}: {err}") from None
