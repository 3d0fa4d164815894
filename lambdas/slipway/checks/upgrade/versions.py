"""Rules about versions of Kubernetes: SLW305 to SLW307.

Source of the rules: docs.aws.amazon.com/eks, "Update existing cluster to new Kubernetes version" (one minor version at
a time; node groups first have the version of the control plane), "Roll back a cluster" (one minor version, within seven
days of its upgrade), "Amazon EKS Kubernetes release calendar"; kubernetes.io, "Version Skew Policy" (nodes are never
newer than the control plane, and at most three minor versions older).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from slipway.checks.custom import is_composite
from slipway.checks.finding import Finding, Rule
from slipway.checks.said import Said
from slipway.checks.subject import Subject
from slipway.checks.upgrade.declared import DeclaredVersion, Version, declared_versions, kubernetes_version
from slipway.checks.upgrade.eks_versions import EKS_SUPPORT
from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.manifests import line_of
from slipway.fleet.objects import KubeObject, ObjectKey, value_at
from slipway.fleet.settings import FILE, Support

STEP = Rule("SLW305", "A step between versions of Kubernetes that EKS does not take", "error", of_change=True)
NODES = Rule("SLW306", "Nodes that do not fit their control plane", "error")
NOT_OFFERED = Rule("SLW307", "A Kubernetes that EKS does not support", "error")

RULES = (STEP, NODES, NOT_OFFERED)

MOST_BEHIND = 3
"""Minor versions that nodes may be older than their control plane."""
SOON = timedelta(days=60)
"""Before the end of standard support."""


def version_findings(subject: Subject) -> Iterator[Said]:
    """Steps, skew and support of the versions that objects declare."""
    declared = [one for landed in subject.distinct for one in declared_versions(landed)]
    before = _before(subject, declared)
    for one in declared:
        if one.role == "control plane":
            yield from _supported(one, subject)
        if one.path in before.get(id(one.landed), {}):
            yield from _step(one, before[id(one.landed)][one.path])
    yield from _skew(declared, before)


_Before = Mapping[int, Mapping[object, Version]]
"""What the base declares, by the id of what lands now and the field."""


def _before(subject: Subject, declared: list[DeclaredVersion]) -> _Before:
    if subject.against is None:
        return {}
    wanted = {one.landed.obj.key for one in declared}
    known: dict[tuple[str, ObjectKey], KubeObject] = {}
    for cluster in subject.against.fleet.clusters.values():
        known.update({(cluster.name, obj.key): obj for obj in cluster.objects if obj.key in wanted})
    found: dict[int, dict[object, Version]] = {}
    for one in declared:
        old = known.get((one.landed.clusters[0], one.landed.obj.key))
        version = kubernetes_version(value_at(old.value, one.path)) if old else None
        if version is not None:
            found.setdefault(id(one.landed), {})[one.path] = version
    return found


def _step(one: DeclaredVersion, before: Version) -> Iterator[Said]:
    step = one.version[1] - before[1]
    change = f"from {_shown(before)} to {_shown(one.version)}"
    if one.role == "nodes":
        if step < 0:
            hint = "EKS refuses it; make a node group of the version that is wanted, and take this one away"
            yield Said(STEP, one.landed, one.path, f"a node group does not go back, {change}", hint)
    elif step > 1:
        hint = f"EKS refuses it; go to 1.{before[1] + 1} first, with the nodes and add-ons"
        yield Said(STEP, one.landed, one.path, f"the control plane goes {step} minor versions at once, {change}", hint)
    elif step < -1:
        hint = "EKS refuses it: it rolls back by one minor version only"
        yield Said(STEP, one.landed, one.path, f"the control plane goes back {-step} minor versions, {change}", hint)
    elif step == -1:
        hint = "EKS rolls back only within seven days of the upgrade, and neither nodes nor add-ons with it"
        yield Said(STEP.at("warning"), one.landed, one.path, f"the control plane goes back, {change}", hint)


def _skew(declared: list[DeclaredVersion], before: _Before) -> Iterator[Said]:
    """Nodes that do not fit the one control plane that they have.

    A composite says a version, and what it is composed of says which one that comes to: the latter counts.
    """
    planes: dict[tuple[str, ObjectKey], list[DeclaredVersion]] = {}
    composed = {one.whole for one in declared if one.role == "control plane" and is_composite(one.landed.owner)}
    for one in declared:
        if one.role == "control plane" and (one.whole not in composed or is_composite(one.landed.owner)):
            planes.setdefault(one.whole, []).append(one)
    for one in declared:
        found = planes.get(one.whole, []) if one.role == "nodes" else []
        if len(found) == 1:
            yield from _fits(one, found[0], before.get(id(found[0].landed), {}).get(found[0].path))


def _fits(nodes: DeclaredVersion, plane: DeclaredVersion, plane_before: Version | None) -> Iterator[Said]:
    behind = plane.version[1] - nodes.version[1]
    rule = NODES if all(map(_is_certain, (nodes, plane))) else NODES.at("warning")
    if behind < 0:
        message = f"the nodes have {_shown(nodes.version)}, the control plane {_shown(plane.version)}"
        yield Said(rule, nodes.landed, nodes.path, message, "nodes are never newer: upgrade the control plane first")
    elif behind > MOST_BEHIND:
        message = f"the nodes have {_shown(nodes.version)}, {behind} minor versions less than the control plane"
        yield Said(rule, nodes.landed, nodes.path, message, f"{MOST_BEHIND} is the most that Kubernetes allows")
    elif plane_before is not None and plane_before < plane.version and nodes.version < plane_before:
        message = f"the nodes still have {_shown(nodes.version)}, and the control plane leaves {_shown(plane_before)}"
        hint = "EKS wants node groups to have the version of the control plane before its next step"
        yield Said(NODES.at("warning"), nodes.landed, nodes.path, message, hint)


def _is_certain(declared: DeclaredVersion) -> bool:
    """False for what a function that is not run here may compose otherwise."""
    owner = declared.landed.owner
    return not isinstance(owner, Composite) or owner.certain


def _supported(one: DeclaredVersion, subject: Subject) -> Iterator[Said]:
    told = _support(one.version, {**EKS_SUPPORT, **subject.settings.versions}, subject.today)
    if told is not None:
        rule, message, hint = told
        yield Said(rule, one.landed, one.path, message, hint)


def settings_findings(subject: Subject) -> Iterator[Finding]:
    """The same of the versions that `slipway.yaml` says."""
    for name, cluster in subject.fleet.clusters.items():
        version = kubernetes_version(cluster.kubernetes_version)
        if not cluster.version_known or version is None or FILE not in subject.root:
            continue
        told = _support(version, {**EKS_SUPPORT, **subject.settings.versions}, subject.today)
        if told is not None:
            rule, message, hint = told
            line = line_of(subject.root.read(FILE), 0, ("clusters", name, "kubernetesVersion"))
            yield Finding(rule, message, subject.root.at(FILE, line), "", (name,), hint)


def _support(version: Version, known: Mapping[str, Support], today: date) -> tuple[Rule, str, str] | None:
    """What the day says of a version."""
    shown = _shown(version)
    support = known.get(shown)
    oldest = min(known, key=lambda name: [int(part) for part in name.split(".")])
    if support is None:
        if list(version) < [int(part) for part in oldest.split(".")]:
            return NOT_OFFERED, f"EKS does not offer Kubernetes {shown} any more", _NO_CREATE
        return None
    if today > support.extended:
        return NOT_OFFERED, f"EKS does not offer Kubernetes {shown} any more, since {support.extended}", _NO_CREATE
    if today > support.standard:
        message = f"Kubernetes {shown} is in extended support, until {support.extended}"
        return NOT_OFFERED.at("warning"), message, "EKS charges extra for each hour of it; upgrade the cluster"
    if today > support.standard - SOON:
        message = f"the standard support of Kubernetes {shown} ends on {support.standard}"
        return NOT_OFFERED.at("info"), message, "plan the upgrade: extended support costs extra"
    return None


_NO_CREATE = "no cluster can be made with it, and EKS upgrades by itself those that have it"


def _shown(version: Version) -> str:
    return f"{version[0]}.{version[1]}"
