"""What the rules look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from slipway.checks.consent import Consent
from slipway.checks.definitions import Definitions
from slipway.checks.keyholder import KeyHolder
from slipway.checks.lines import Lines
from slipway.checks.made import Made
from slipway.checks.presence import Presence, presence_by_cluster
from slipway.checks.read import Read
from slipway.checks.schema import Catalogue, DefinedKinds, Schemas
from slipway.checks.setters import setter_of_variables
from slipway.checks.written import Written
from slipway.fleet.diff import FleetDiff
from slipway.fleet.model import Cluster, Fleet, Owner
from slipway.fleet.objects import KubeObject
from slipway.fleet.scope import CustomKinds, custom_kinds
from slipway.fleet.settings import Settings
from slipway.fleet.tree import Tree


@dataclass(frozen=True)
class Against:
    """What a change is made to: the base branch of a pull request."""

    fleet: Fleet
    root: Tree
    """The repository that is being checked, as it was."""
    diff: FleetDiff
    """What changes on the clusters."""
    trees: Sequence[Tree] = ()
    """All trees that its fleet was rendered from."""
    consent: Consent = field(default_factory=Consent)
    """What people have approved of it."""


@dataclass(frozen=True)
class Landed:
    """An object that lands on some clusters as one Python object: builds are shared by clusters."""

    obj: KubeObject
    owner: Owner
    """What brings it, on the first of the clusters."""
    clusters: tuple[str, ...]
    """In order of the name."""


@dataclass(frozen=True)
class Subject:
    """A rendered fleet with all that rules ask about it; what is derived is derived once per run."""

    fleet: Fleet
    root: Tree
    """The repository that is being checked."""
    trees: Sequence[Tree]
    """All trees that the fleet was rendered from, the root among them."""
    settings: Settings
    """Of the branch that sets the rules: the base's for a pull request."""
    lines: Lines
    schemas: Schemas
    today: date
    """Waivers and versions expire by it."""
    policy_root: Tree
    """The repository whose `slipway.yaml` the settings are."""
    against: Against | None = None
    """None if it is not a change that is checked: rules about changes say nothing then."""
    catalogue: Catalogue = field(default_factory=Catalogue)
    """Schemas of kinds whose definition does not land on the cluster."""
    key_holder: KeyHolder | None = None
    """Has the fleet's sealing key; None where nobody is asked."""
    chosen: frozenset[str] = frozenset()
    """Clusters that were asked for; all of them if empty. Findings about others are left out later: a rule looks at
    this only to count what is not validated, or to save work."""
    _made: dict[str, Made] = field(default_factory=dict, compare=False, repr=False)
    _custom: dict[str, CustomKinds] = field(default_factory=dict, compare=False, repr=False)
    _definitions: dict[str, Definitions] = field(default_factory=dict, compare=False, repr=False)
    _kinds: DefinedKinds = field(default_factory=DefinedKinds, compare=False, repr=False)

    @cached_property
    def presences(self) -> Mapping[str, Presence]:
        """What each cluster has, by its name."""
        return presence_by_cluster(self.fleet)

    @cached_property
    def setters(self) -> Mapping[str, str]:
        """What may set variables of Kustomizations on each cluster, by its name; empty where nothing does."""
        return {name: setter_of_variables(cluster) for name, cluster in self.fleet.clusters.items()}

    @cached_property
    def read(self) -> Read:
        """What of the repository the builds of its Kustomizations have read."""
        return Read(self.fleet, self.root)

    @cached_property
    def written(self) -> Written:
        """Where the repository has objects that no cluster gets."""
        return Written(self.root, self.read.files)

    @cached_property
    def distinct(self) -> tuple[Landed, ...]:
        """Every object of the fleet once, however many clusters share it.

        One that is written twice, or that two owners bring, comes as often. The first of its owners stands for all:
        clusters that share an object share what brought it.
        """
        found: dict[int, tuple[KubeObject, Owner, list[str]]] = {}
        for cluster in self.fleet.clusters.values():
            for obj, owner in cluster.landed:
                names = found.setdefault(id(obj), (obj, owner, []))[2]
                if not names or names[-1] != cluster.name:
                    names.append(cluster.name)
        return tuple(Landed(obj, owner, tuple(names)) for obj, owner, names in found.values())

    def is_chosen(self, cluster: str) -> bool:
        """True if the cluster was asked for."""
        return not self.chosen or cluster in self.chosen

    def made(self, cluster: Cluster) -> Made:
        """What controllers make on a cluster of what Git holds."""
        if cluster.name not in self._made:
            self._made[cluster.name] = Made(cluster)
        return self._made[cluster.name]

    def custom_kinds(self, cluster: Cluster) -> CustomKinds:
        """The kinds that are defined on a cluster by what lands there, and whether they have namespaces."""
        if cluster.name not in self._custom:
            self._custom[cluster.name] = custom_kinds(cluster.objects)
        return self._custom[cluster.name]

    def definitions(self, cluster: Cluster) -> Definitions:
        """The CRDs and XRDs that land on a cluster."""
        if cluster.name not in self._definitions:
            self._definitions[cluster.name] = Definitions(cluster, self._kinds)
        return self._definitions[cluster.name]
