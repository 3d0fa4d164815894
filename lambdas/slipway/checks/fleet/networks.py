"""Rules about the ranges of networks: SLW701, SLW702.

Source of the rules: docs.aws.amazon.com, "VPC peering limitations" (no peering of VPCs whose ranges overlap; a transit
gateway routes to one of them only), "VPC CIDR blocks" and "Subnet CIDR blocks" (/16 to /28; within the VPC's, and not
overlapping), and EKS `KubernetesNetworkConfigRequest` (the range of Services: private, /12 to /24, not the VPC's).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from slipway.checks.custom import EXTERNAL_NAME
from slipway.checks.finding import Finding, NotValidated, Rule
from slipway.checks.fleet.ranges import DeclaredRange, declared_ranges
from slipway.checks.lines import Lines
from slipway.checks.subject import Subject
from slipway.fleet.objects import KubeObject, ObjectKey, mapping

NETWORKS_OVERLAP = Rule("SLW701", "Networks whose ranges overlap", "warning")
RANGE_REFUSED = Rule("SLW702", "A range that AWS does not take", "error")

RULES = (NETWORKS_OVERLAP, RANGE_REFUSED)

MAX_NETWORKS = 2_000
"""Networks that are compared, each with all before it."""

UNKNOWN_WHY = "its range has variables whose values only the cluster knows"
MANY_WHY = f"there are over {MAX_NETWORKS:,} networks (MAX_NETWORKS)"

_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


def network_findings(subject: Subject) -> Iterator[Finding | NotValidated]:
    """Networks that cannot be connected to each other, and ranges that AWS refuses."""
    wholes: dict[tuple[str, ObjectKey], _Whole] = {}
    unknown: Counter[str] = Counter()
    for landed in subject.distinct:
        for declared in declared_ranges(landed):
            if declared.range is None:
                unknown[f"{landed.obj.api_version} {landed.obj.kind}"] += 1
            else:
                wholes.setdefault(declared.whole, _Whole()).ranges.append(declared)
    yield from (NotValidated(what, UNKNOWN_WHY, count) for what, count in sorted(unknown.items()))
    networks = _in_order(subject, [whole for whole in wholes.values() if whole.networks])
    if len(networks) > MAX_NETWORKS:
        yield NotValidated("networks", MANY_WHY, len(networks) - MAX_NETWORKS)
    yield from _overlaps(networks[:MAX_NETWORKS], subject.lines)
    for whole in wholes.values():
        yield from _refused(whole, subject.lines)


@dataclass
class _Whole:
    """What belongs to one network: ranges of an object, or of all that is composed of a composite."""

    ranges: list[DeclaredRange] = field(default_factory=list)

    @property
    def networks(self) -> list[DeclaredRange]:
        """Of the network itself; those of the composite before those of what it comes to."""
        return self._of("network")

    @property
    def subnets(self) -> list[DeclaredRange]:
        return self._of("subnet")

    @property
    def services(self) -> list[DeclaredRange]:
        return self._of("services")

    def _of(self, role: str) -> list[DeclaredRange]:
        found = [one for one in self.ranges if one.role == role]
        return [one for one in found if not one.managed] or found

    @property
    def kind(self) -> tuple[str, str]:
        """Only what is of one kind is surely not about the same network."""
        first = self.networks[0]
        return ("", "VPC") if first.managed else (first.landed.obj.group, first.landed.obj.kind)


def _in_order(subject: Subject, networks: list[_Whole]) -> list[_Whole]:
    """What the base has comes first, so that a change is told of what it brings."""
    before: set[ObjectKey] = set()
    if subject.against is not None:
        before = {obj.key for cluster in subject.against.fleet.clusters.values() for obj in cluster.objects}

    def place(whole: _Whole) -> tuple[object, ...]:
        obj = whole.networks[0].landed.obj
        return obj.key not in before, obj.origin, obj.key

    return sorted(networks, key=place)


def _overlaps(networks: Sequence[_Whole], lines: Lines) -> Iterator[Finding]:
    for at, whole in enumerate(networks):
        for declared in whole.networks:
            found = _first_overlap(declared, [other for other in networks[:at] if other.kind == whole.kind])
            if found is not None:
                yield _overlap(declared, found, lines)
    for whole in networks:
        landed = whole.networks[0].landed
        if len(landed.clusters) > 1 and whole.networks[0].managed and _is_made(landed.obj):
            message = f"every cluster that it lands on makes a network of {whole.networks[0].range} of it"
            yield _finding(NETWORKS_OVERLAP, whole.networks[0], message, _APART, lines)


_APART = "give each network a range of its own: neither peering nor a transit gateway connects networks that overlap"


def _first_overlap(declared: DeclaredRange, others: Sequence[_Whole]) -> DeclaredRange | None:
    candidates = (candidate for other in others for candidate in other.networks)
    return next((one for one in candidates if _are_overlapping(one, declared)), None)


def _are_overlapping(one: DeclaredRange, other: DeclaredRange) -> bool:
    return one.range is not None and other.range is not None and one.range.overlaps(other.range)


def _overlap(declared: DeclaredRange, first: DeclaredRange, lines: Lines) -> Finding:
    shared = "is" if declared.range == first.range else f"overlaps {first.range},"
    message = f"its network's range {declared.range} {shared} that of {first.landed.obj.key}"
    where = lines.cause(first.landed.obj, first.landed.owner, first.path).where
    clusters = tuple(sorted({*declared.landed.clusters, *first.landed.clusters}))
    return _finding(NETWORKS_OVERLAP, declared, message, f"{_APART}; the other one is at {where}", lines, clusters)


def _is_made(obj: KubeObject) -> bool:
    """False for what is only looked at, or exists already."""
    annotations = mapping(obj.metadata.get("annotations"))
    return EXTERNAL_NAME not in annotations and obj.spec.get("managementPolicies") != ["Observe"]


def _refused(whole: _Whole, lines: Lines) -> Iterator[Finding]:
    """What is wrong with the ranges of one network."""
    for declared in (*whole.networks, *whole.subnets):
        if declared.range and not 16 <= declared.range.prefixlen <= 28:
            yield _finding(_rule(declared), declared, f"{declared.range} is no /16 to /28", "AWS takes no other", lines)
    yield from _wrong_subnets(whole.networks, whole.subnets, lines)
    for declared in whole.services:
        yield from _wrong_services(declared, whole.networks, lines)


def _wrong_subnets(
    networks: Sequence[DeclaredRange], subnets: Sequence[DeclaredRange], lines: Lines
) -> Iterator[Finding]:
    blocks = [one.range for one in networks if one.range]
    for at, declared in enumerate(subnets):
        subnet = declared.range
        if subnet is None:
            continue
        if blocks and not any(subnet.subnet_of(block) for block in blocks):
            message = f"the subnet's range {subnet} is not within its network's, {', '.join(map(str, blocks))}"
            yield _finding(_rule(declared), declared, message, "AWS refuses it", lines)
        overlapped = next((one for one in subnets[:at] if _are_overlapping(one, declared)), None)
        if overlapped is not None:
            message = f"the subnet's range {subnet} overlaps that of another one, {overlapped.range}"
            yield _finding(_rule(declared), declared, message, "AWS refuses the second of them", lines)


def _wrong_services(declared: DeclaredRange, networks: Sequence[DeclaredRange], lines: Lines) -> Iterator[Finding]:
    services = declared.range
    if services is None:
        return
    if not any(services.subnet_of(private) for private in _PRIVATE) or not 12 <= services.prefixlen <= 24:
        message = f"the range of Services {services} is no /12 to /24 of a private range"
        yield _finding(_rule(declared), declared, message, "EKS refuses it", lines)
    for network in networks:
        if network.range and _are_overlapping(network, declared):
            message = f"the range of Services {services} overlaps the network's, {network.range}"
            yield _finding(_rule(declared), declared, message, "EKS refuses it, and Services would hide hosts", lines)
            return


def _rule(declared: DeclaredRange) -> Rule:
    """Certain of managed resources; of a composite's field, only its name says what it is."""
    return RANGE_REFUSED if declared.managed else RANGE_REFUSED.at("warning")


def _finding(
    rule: Rule,
    declared: DeclaredRange,
    message: str,
    hint: str,
    lines: Lines,
    clusters: tuple[str, ...] = (),
) -> Finding:
    landed = declared.landed
    cause = lines.cause(landed.obj, landed.owner, declared.path)
    told = "; ".join(filter(None, (hint, cause.hint)))
    return Finding(rule, message, cause.where, str(landed.obj.key), clusters or landed.clusters, told)
