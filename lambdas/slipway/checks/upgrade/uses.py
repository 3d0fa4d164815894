"""Which API versions an object uses: its own, and those that it names for Flux to look up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from slipway.fleet.flux import is_kustomization
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, group_of, mapping, sequence, text


@dataclass(frozen=True)
class Use:
    """A use of an API version."""

    api_version: str
    kind: str
    path: Path
    named: bool = False
    """True if the object only names it, as a health check does."""

    @property
    def group(self) -> str:
        """E.g. `policy`."""
        return group_of(self.api_version)

    @property
    def version(self) -> str:
        """E.g. `v1beta1`."""
        return self.api_version.rpartition("/")[2]


def uses(obj: KubeObject) -> Iterator[Use]:
    """The API versions that an object uses.

    A health check is looked up with the version that it names: kustomize-controller reports "no matches for kind" where
    the cluster does not serve it. One that goes to another cluster is left out.
    """
    yield Use(obj.api_version, obj.kind, ("apiVersion",))
    if is_kustomization(obj) and not obj.spec.get("wait") and not obj.spec.get("kubeConfig"):
        for index, entry in enumerate(map(mapping, sequence(obj.spec.get("healthChecks")))):
            path: Path = ("spec", "healthChecks", index, "apiVersion")
            yield Use(text(entry.get("apiVersion")), text(entry.get("kind")), path, named=True)
