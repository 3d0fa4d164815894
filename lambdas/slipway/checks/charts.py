"""Which charts are installed on which cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from slipway.fleet.errors import BuildError
from slipway.fleet.flux import is_helm_release
from slipway.fleet.helm_release import HelmRelease
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster, Expanded, Fleet
from slipway.fleet.objects import KubeObject, mapping, text


@dataclass(frozen=True)
class Installed:
    """A chart that a HelmRelease installs."""

    chart: str
    """Its name, without the repository."""
    version: str
    """Version or range; `""` if nothing says it."""
    release: KubeObject
    cluster: str
    """Where it is installed."""
    source: KubeObject
    """What says the version: the HelmRelease, or the OCIRepository that it names."""
    path: Path
    """The field that says it."""


def installed_charts(fleet: Fleet) -> Iterator[Installed]:
    """The charts of all clusters, of releases that could not be rendered too."""
    for owner in fleet.owners:
        if isinstance(owner, Expanded) and is_helm_release(owner.definition):
            yield from _installed(owner, fleet.clusters.get(owner.home))


def _installed(owner: Expanded, home: Cluster | None) -> Iterator[Installed]:
    release = HelmRelease(owner.definition)
    try:
        spec = release.chart
    except BuildError:
        return
    if spec is not None:
        name, path = _last(spec.chart), ("spec", "chart", "spec", "version")
        yield Installed(name, spec.version, owner.definition, owner.target, owner.definition, path)
        return
    source = home.find(release.chart_ref) if home else None
    if source is not None and source.kind == "OCIRepository":
        ref = mapping(source.spec.get("ref"))
        field = "tag" if text(ref.get("tag")) else "semver"
        name, version = _last(text(source.spec.get("url"))), text(ref.get(field))
        yield Installed(name, version, owner.definition, owner.target, source, ("spec", "ref", field))


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]
