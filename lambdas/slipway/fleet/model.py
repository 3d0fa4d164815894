"""A rendered fleet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from slipway.fleet.flux import Kustomization, Source, is_helm_release
from slipway.fleet.objects import KubeObject, Location, ObjectKey
from slipway.fleet.tree import Tree


@dataclass(frozen=True)
class Problem:
    """Something that Flux would fail on, found while rendering."""

    code: str
    """Names the rule that reports it; see `slipway.checks.rendering`."""
    message: str
    where: Location
    object: str
    """What it is about, e.g. `Kustomization flux-system/apps`."""
    cluster: str


@dataclass(frozen=True)
class NotRendered:
    """Something that the cluster has and this rendering has not: never silence, always a name and a reason."""

    what: str
    why: str
    cluster: str
    composed: bool = False
    """True for what Crossplane composes: it is no object that others in Git wait for or refer to."""


OwnerId = tuple[str, ObjectKey]
"""Home cluster and identity of what brings objects: a Kustomization, a HelmRelease, a ResourceSet."""


@dataclass(frozen=True)
class RenderedKustomization:
    """A Flux Kustomization and what it applies."""

    kustomization: Kustomization
    home: str
    """Cluster whose Flux reconciles it."""
    target: str
    """Cluster that its objects land on."""
    source: Source | None
    """None if it is the repository itself and no source in Git says so."""
    ancestors: tuple[OwnerId, ...]
    """The Kustomizations that lead to this one, from the entry point's to the one that applies it."""
    objects: tuple[KubeObject, ...]
    unknown_variables: tuple[str, ...] = ()
    """Variables that were left as written, because only the cluster knows their values."""
    failed: bool = False
    """True if it could not be rendered; a problem or a `NotRendered` says why."""
    tree: Tree | None = field(default=None, compare=False, repr=False)
    """The files that it was built from; None if there were none."""

    @property
    def definition(self) -> KubeObject:
        """The object itself."""
        return self.kustomization.definition

    @property
    def key(self) -> ObjectKey:
        """Its identity on its home cluster."""
        return self.kustomization.key

    @property
    def id(self) -> OwnerId:
        """Its identity in the fleet."""
        return self.home, self.kustomization.key


@dataclass(frozen=True)
class Expanded:
    """An object that a controller on the cluster makes others of: a HelmRelease or a ResourceSet."""

    definition: KubeObject
    home: str
    """Cluster whose controller does it."""
    target: str
    """Cluster that its objects land on."""
    ancestors: tuple[OwnerId, ...]
    """What leads to it, from the entry point's Kustomization to what brings it."""
    objects: tuple[KubeObject, ...] = ()
    failed: bool = False
    """True if it could not be rendered; a problem or a `NotRendered` says why."""

    @property
    def key(self) -> ObjectKey:
        """Its identity on its home cluster."""
        return self.definition.key

    @property
    def id(self) -> OwnerId:
        """Its identity in the fleet."""
        return self.home, self.definition.key


Owner = RenderedKustomization | Expanded
"""What brings objects onto a cluster."""


@dataclass
class Cluster:
    """One cluster of the fleet."""

    name: str
    kubernetes_version: str
    version_known: bool
    """False if Git does not say the version and the default was taken."""
    kustomizations: list[RenderedKustomization] = field(default_factory=list)
    """Those that its own Flux reconciles."""
    landed: list[tuple[KubeObject, Owner]] = field(default_factory=list)
    """Every object that lands here with what brings it, in the order of application."""
    expanded: list[Expanded] = field(default_factory=list)
    """The HelmReleases and ResourceSets that its own controllers make objects of."""

    @property
    def objects(self) -> Iterator[KubeObject]:
        """Every object that lands here; one that is brought twice comes twice."""
        return (obj for obj, _ in self.landed)

    def find(self, key: ObjectKey) -> KubeObject | None:
        """An object by its identity."""
        return next((obj for obj, _ in self.landed if obj.key == key), None)

    @property
    def helm_releases(self) -> int:
        """How many HelmReleases land here."""
        return sum(is_helm_release(obj) for obj in self.objects)


@dataclass(frozen=True)
class Fleet:
    """Every cluster with what Flux would apply to it."""

    clusters: Mapping[str, Cluster]
    """By name, in order of the name."""
    problems: tuple[Problem, ...]
    not_rendered: tuple[NotRendered, ...]

    @property
    def owners(self) -> Iterator[Owner]:
        """Everything that brings objects, rendered or failed."""
        for cluster in self.clusters.values():
            yield from cluster.kustomizations
            yield from cluster.expanded
