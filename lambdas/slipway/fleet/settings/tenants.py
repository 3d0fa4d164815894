"""`tenants`: whose repositories and directories are not the platform's own, and where they may land."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from slipway.fleet.manifests import Path
from slipway.fleet.settings.reader import Reader


@dataclass(frozen=True)
class TenantSettings:
    """What `slipway.yaml` says about one tenant."""

    repositories: tuple[str, ...] = ()
    """`owner/name`, or patterns of it: what these hold is the tenant's."""
    paths: tuple[str, ...] = ()
    """Directories of this repository that are the tenant's."""
    namespaces: tuple[str, ...] = ()
    """Names, or patterns of them: where the tenant's objects may land; anywhere if there are none."""

    def has_repository(self, repository: str) -> bool:
        """True if a repository is the tenant's.

        Args:
            repository: as `slipway.fleet.flux.Source.repository` says it: `github.com/acme/web`.
        """
        name = repository.partition("/")[2]
        return any(fnmatchcase(name, pattern) for pattern in self.repositories)

    def has_path(self, path: str) -> bool:
        """True if a directory or file of this repository is the tenant's."""
        directories = (posixpath.normpath("/" + own).lstrip("/") for own in self.paths)
        return any(path == own or path.startswith(f"{own}/") for own in directories)

    def may_land_in(self, namespace: str) -> bool:
        """True if the tenant's objects may be in a namespace."""
        return not self.namespaces or any(fnmatchcase(namespace, pattern) for pattern in self.namespaces)


def read_tenants(reader: Reader, path: Path, value: Any) -> Mapping[str, TenantSettings]:
    """The tenants by their names."""
    return {name: _tenant(reader, (*path, name), item) for name, item in reader.mapping(path, value, None).items()}


def _tenant(reader: Reader, path: Path, value: Any) -> TenantSettings:
    fields = reader.mapping(path, value, {"repositories", "paths", "namespaces"})
    found = TenantSettings(
        repositories=reader.texts((*path, "repositories"), fields.get("repositories")),
        paths=reader.texts((*path, "paths"), fields.get("paths")),
        namespaces=reader.texts((*path, "namespaces"), fields.get("namespaces")),
    )
    if not (found.repositories or found.paths):
        reader.wrong(path, f"{'.'.join(map(str, path))} has neither repositories nor paths, so that nothing is its own")
    return found
