"""A fleet in directories, for the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from slipway.errors import InputError, ToolError
from slipway.fleet.kustomize import Builder, Engine
from slipway.fleet.model import Fleet
from slipway.fleet.render import render_fleet
from slipway.fleet.settings import Settings, load_settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from slipway.tools.cache import DiskCache, cache_directory
from slipway.tools.directory import tree_from_directory
from slipway.tools.engine import find_engine
from slipway.tools.progress import progress
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
        self._directory = directory
        with progress() as say:
            say(f"reading {directory} …")
            self.root = tree_from_directory(Path(directory))
            self._given = dict(map(_source, sources))
        self.settings: Settings = load_settings(self.root)

    @property
    def trees(self) -> list[Tree]:
        """The trees of the sources."""
        return list(self._given.values())

    def render(self) -> Fleet:
        """The fleet that the repository describes.

        Raises:
            InputError: it describes no cluster.
            ToolError: there is nothing to render with.
        """
        cache = DiskCache(cache_directory() / "builds")
        number = 0
        with progress() as say, _engine() as engine:

            def step() -> str:
                nonlocal number
                number += 1
                say(f"rendering Kustomization {number:,} …")
                return ""

            sources = Sources(self.root, self._given)
            fleet = render_fleet(sources, Builder(engine, cache), self.settings, stop=step)
        cache.trim()
        if not fleet.clusters:
            why = "; ".join(f"not {item.what}: {item.why}" for item in fleet.not_rendered[:MAX_REASONS])
            why = why or "no Flux Kustomization and no FluxInstance; is it the root of a Flux repository?"
            raise InputError(f"no cluster found in {self._directory}: {why}")
        return fleet


@contextmanager
def _engine() -> Iterator[Engine]:
    try:
        engine = find_engine()
    except OSError as err:
        raise ToolError(
            f"cannot unpack kubectl: {err.filename}: {err.strerror}; set XDG_CACHE_HOME to a directory that can be "
            "written, or SLIPWAY_KUBECTL to a kubectl"
        ) from None
    try:
        yield engine
    finally:
        if isinstance(engine, Workers):
            engine.close()


def _source(text: str) -> tuple[str, Tree]:
    name, separator, directory = text.rpartition("=")
    if not separator or not name or not directory:
        raise InputError(f"--source {text}: write NAME=DIR, NAME being the name or the URL of a Flux source")
    try:
        return name, tree_from_directory(Path(directory), name)
    except InputError as err:
        raise InputError(f"--source {text}: {err}") from None
