"""What the fleet is, as far as requests are judged by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from ipaddress import IPv4Network
from itertools import pairwise
from math import gcd

from slipway.checks.fleet.ranges import declared_ranges
from slipway.checks.subject import Landed
from slipway.fleet.model import Fleet
from slipway.fleet.settings import Environment, Settings

ALL = IPv4Network("10.0.0.0/8")
"""What new networks are taken from in a fleet that has none yet."""
FIRST = 10
"""Second number of the first network of such a fleet."""
PREFIX = 16
"""Of a network that is proposed."""

ZONES: Mapping[str, str] = {
    "ap-northeast-1": "acd",
    "ca-central-1": "abd",
    "us-west-1": "ac",
}
"""Letters of the Availability Zones, where they are not a, b and c for every account (AWS, "Regions and Zones")."""


@dataclass(frozen=True)
class Facts:
    """The fleet as the base branches have it."""

    clusters: Mapping[str, str]
    """Version of Kubernetes by cluster, `""` if Git does not say it."""
    environments: tuple[Environment, ...]
    networks: tuple[tuple[IPv4Network, str], ...]
    """Ranges that are taken, each with what has it."""
    offered: Collection[str]
    """Versions of Kubernetes that EKS offers."""
    offer_note: str = ""
    """Whose word that is, if not EKS's."""

    def environment(self, cluster: str) -> str:
        """The environment that a cluster's name belongs to, `""` if none."""
        return next((each.name for each in self.environments if each.of([cluster])), "")

    def members(self, environment: str) -> tuple[str, ...]:
        """The clusters of an environment."""
        return tuple(name for name in self.clusters if self.environment(name) == environment)

    def usual_version(self, environment: str) -> str:
        """The offered version that most clusters of an environment have; if none has one, the newest."""
        has = [self.clusters[name] for name in self.members(environment)]
        counted = Counter(version for version in has if version in self.offered)
        newest = max(self.offered, key=minor, default="")
        return max(counted, key=lambda version: (counted[version], minor(version)), default=newest)

    def overlap(self, network: IPv4Network) -> tuple[IPv4Network, str] | None:
        """A range that is taken and overlaps this one."""
        return next((taken for taken in self.networks if taken[0].overlaps(network)), None)

    def free_network(self) -> IPv4Network | None:
        """The next range as the fleet deals them out: behind the last, as far from it as they are from each other."""
        numbers = sorted({number for network, _ in self.networks for number in _numbers(network)})
        apart = reduce(gcd, (after - before for before, after in pairwise(numbers)), 0) or 1
        first = numbers[-1] + apart if numbers else FIRST
        candidates = (IPv4Network(f"10.{number}.0.0/{PREFIX}") for number in (*range(first, 256, apart), *range(256)))
        return next((each for each in candidates if self.overlap(each) is None), None)


def facts_of(fleet: Fleet, settings: Settings, offered: Collection[str], offer_note: str = "") -> Facts:
    """The facts of a rendered fleet, with the versions of Kubernetes that are offered."""
    versions = {
        name: cluster.kubernetes_version if cluster.version_known else "" for name, cluster in fleet.clusters.items()
    }
    named = {name: item.kubernetes_version or "" for name, item in settings.clusters.items()}
    taken = dict(_networks(fleet))
    networks = tuple(sorted(taken.items(), key=lambda item: item[0]))
    return Facts({**named, **versions}, settings.environments, networks, offered, offer_note)


def zones(region: str, number: int) -> Sequence[str]:
    """Names of the first Availability Zones of a region."""
    return [f"{region}{letter}" for letter in ZONES.get(region, "abc")[:number]]


def minor(version: str) -> int:
    """The minor number of `1.35`; -1 of what is none."""
    number = version.removeprefix("1.")
    return int(number) if number.isdigit() else -1


def _numbers(network: IPv4Network) -> Iterator[int]:
    """The second numbers of the ranges 10.n.0.0/16 that a network touches."""
    if network.subnet_of(ALL) and network.prefixlen >= PREFIX:
        yield network.network_address.packed[1]


def _networks(fleet: Fleet) -> Iterator[tuple[IPv4Network, str]]:
    seen: set[int] = set()
    for name, cluster in fleet.clusters.items():
        for obj, owner in cluster.landed:
            if id(obj.value) in seen:
                continue
            seen.add(id(obj.value))
            for declared in declared_ranges(Landed(obj, owner, (name,))):
                if declared.role == "network" and declared.range is not None:
                    yield declared.range, str(obj.key)
