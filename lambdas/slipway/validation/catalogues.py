"""Schemas for the check on a pull request: from where, and where they are kept."""

from __future__ import annotations

from slipway.checks.schema import Catalogue
from slipway.fleet.settings import Settings
from slipway.fleet.tree import Tree
from slipway.tools.charts import ChartStore, Network
from slipway.tools.schema_sources import named_sources

PREFIX = "cache/schemas/"
"""Where the bucket keeps them."""


def catalogue(store: ChartStore, settings: Settings, root: Tree, *, from_fork: bool) -> Catalogue:
    """The catalogues that may be asked for a pull request.

    A pull request must not make Slipway ask anybody for anything, so that only what `slipway.yaml` of the base names
    is asked; for a fork, nobody is.

    Args:
        store: keeps what servers said.
        settings: those of the base.
        root: the repository as it would be merged; directories that the settings name are in it.
        from_fork: whether it is for a fork.
    """
    why = "none are for a pull request from a fork" if from_fork else ""
    return Catalogue(named_sources(settings.schemas, root, store, Network(lambda _: why)))
