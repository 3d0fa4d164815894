"""A fleet in directories, for the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from slipway.errors import InputError, ToolError
from slipway.fleet.flux import Source
from slipway.fleet.kustomize import Builder, Engine
from slipway.fleet.model import Fleet
from slipway.fleet.recall import BuildMemory
from slipway.fleet.render import render_fleet
from slipway.fleet.settings import Settings, load_settings
from slipway.fleet.sources import Fetch, Sources
from slipway.fleet.tree import Tree
from slipway.tools.cache import DiskCache, cache_directory, code_version
from slipway.tools.charts import Network
from slipway.tools.clone import Clone
from slipway.tools.directory import tree_from_directory
from slipway.tools.engine import find_engine, find_helm
from slipway.tools.progress import progress
from slipway.tools.store import DiskStore
from slipway.tools.workers import Workers

MAX_REASONS = 3
"""What is named, if nothing that looks like a cluster is one."""


class Checkout:
    """A directory with a Flux repository, and those of its sources.

    Args:
        directory: root of the repository.
        sources: `NAME=DIR`, NAME being the name or the URL of a Flux source.
        network: where charts of HelmReleases may be fetched from.

    Raises:
        InputError: one of them is no directory, or `slipway.yaml` is wrong.
    """

    def __init__(self, directory: str, sources: Sequence[str], network: Network) -> None:
        self._directory = directory
        self._network = network
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

    def render(self) -> Fleet:
        """The fleet that the repository describes.

        Raises:
            InputError: it describes no cluster.
            ToolError: there is nothing to render with.
        """
        cache, charts = DiskCache(cache_directory() / "builds"), DiskStore(cache_directory() / "charts")
        number = 0
        with progress() as say, _engine() as engine:
            with _unpacking():
                helm = find_helm(engine, cache, charts, self._network)

            def step() -> str:
                nonlocal number
                number += 1
                say(f"rendering Kustomizations and HelmReleases, {number:,} so far …")
                return ""

            clone = Clone(Path(self._directory))
            sources = Sources(self.root, self._given, fetch_own=self._kept(clone.fetch), likely=clone.likely_branches)
            builder = Builder(engine, cache, BuildMemory(cache, code_version()))
            fleet = render_fleet(sources, builder, self.settings, helm=helm, stop=step)
        cache.trim()
        charts.trim()
        if not fleet.clusters:
            why = "; ".join(f"not {item.what}: {item.why}" for item in fleet.not_rendered[:MAX_REASONS])
            why = why or "no Flux Kustomization and no FluxInstance; is it the root of a Flux repository?"
            raise InputError(f"no cluster found in {self._directory}: {why}")
        return fleet

    def _kept(self, fetch: Fetch) -> Fetch:
        def kept(source: Source) -> Tree:
            tree = fetch(source)
            self._others[tree.name] = tree
            return tree

        return kept

    @contextmanager
    def builder(self) -> Iterator[Builder]:
        """What the fleet was rendered with, to ask it more.

        Raises:
            ToolError: there is nothing to render with.
        """
        with _engine() as engine:
            yield Builder(engine, DiskCache(cache_directory() / "builds"))


@contextmanager
def _engine() -> Iterator[Engine]:
    with _unpacking():
        engine = find_engine()
    try:
        yield engine
    finally:
        if isinstance(engine, Workers):
            engine.close()


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
