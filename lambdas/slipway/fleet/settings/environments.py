"""`environments`: which clusters belong together, in the order in which versions reach them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from slipway.fleet.manifests import Path
from slipway.fleet.settings.reader import Reader

MINORS_APART = 1
"""Minor versions by which a tool may differ between clusters of one environment, if it is not said."""


@dataclass(frozen=True)
class Environment:
    """Clusters that are alike."""

    name: str
    clusters: tuple[str, ...]
    """Names, or patterns of them."""
    minors_apart: int = MINORS_APART
    """Minor versions by which a tool may differ between them; beyond, it is a warning."""

    def of(self, clusters: Iterable[str]) -> tuple[str, ...]:
        """Those of the clusters that belong to it."""
        return tuple(name for name in clusters if any(fnmatchcase(name, pattern) for pattern in self.clusters))


def read_environments(reader: Reader, path: Path, value: Any) -> tuple[Environment, ...]:
    """The environments, in their order."""
    found = []
    for index, item in enumerate(reader.list(path, value)):
        where = (*path, index)
        fields = reader.mapping(where, item, {"name", "clusters", "minorsApart"})
        apart = reader.number((*where, "minorsApart"), fields.get("minorsApart"))
        clusters = reader.texts((*where, "clusters"), fields.get("clusters"))
        name = reader.required((*where, "name"), fields.get("name"))
        found.append(Environment(name, clusters, MINORS_APART if apart is None else apart))
    return tuple(found)
