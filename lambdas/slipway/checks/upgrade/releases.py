"""Which releases of Flux and of the tools are on a cluster, as far as Git says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from slipway.checks.charts import installed_charts
from slipway.checks.upgrade.tool_apis import (
    CERT_MANAGER,
    CROSSPLANE,
    EXTERNAL_SECRETS,
    FLUX,
    KARPENTER,
    Minor,
)
from slipway.fleet.flux import OPERATOR_GROUP
from slipway.fleet.model import Fleet
from slipway.fleet.objects import KubeObject, mapping, text

CHARTS = {
    "crossplane": CROSSPLANE,
    "external-secrets": EXTERNAL_SECRETS,
    "karpenter": KARPENTER,
    "karpenter-crd": KARPENTER,
    "cert-manager": CERT_MANAGER,
}
"""Charts whose own version is their tool's."""

_PINNED = re.compile(r"(?:[=~] *)?v?(\d+)\.(\d+)(?:\.(?:\d+|x|\*)(?:[-+][\w.+-]*)?)?")
"""A version, or a range within one minor."""


def pinned_minor(version: str) -> Minor | None:
    """The minor release that a version or range stays within; None if it may be another one tomorrow."""
    match = _PINNED.fullmatch(version.strip())
    return (int(match[1]), int(match[2])) if match else None


class Releases:
    """The releases on each cluster; the oldest of several, since both may be running."""

    def __init__(self, fleet: Fleet) -> None:
        self._found: dict[tuple[str, str], Minor] = {}
        for cluster in fleet.clusters.values():
            self._note(cluster.name, FLUX, flux_releases(cluster.objects))
        for installed in installed_charts(fleet):
            minor = pinned_minor(installed.version)
            if minor is not None and installed.chart in CHARTS:
                self._note(installed.cluster, CHARTS[installed.chart], [minor])

    def of(self, tool: str, cluster: str) -> Minor | None:
        """The release of a tool, None if Git does not say it."""
        return self._found.get((cluster, tool))

    def _note(self, cluster: str, tool: str, minors: Iterable[Minor]) -> None:
        for minor in minors:
            known = self._found.get((cluster, tool))
            self._found[cluster, tool] = min(known, minor) if known else minor


def flux_releases(objects: Iterable[KubeObject]) -> Iterator[Minor]:
    """The releases of Flux that objects name."""
    for obj in objects:
        if obj.group == OPERATOR_GROUP and obj.kind == "FluxInstance":
            version = text(mapping(obj.spec.get("distribution")).get("version"))
        elif obj.kind in ("CustomResourceDefinition", "Deployment", "Namespace"):
            labels = mapping(obj.metadata.get("labels"))
            is_flux = labels.get("app.kubernetes.io/part-of") == "flux"
            version = text(labels.get("app.kubernetes.io/version")) if is_flux else ""
        else:
            continue
        minor = pinned_minor(version)
        if minor is not None:
            yield minor
