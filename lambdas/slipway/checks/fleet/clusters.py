"""Rule about clusters that have one name: SLW704.

Source of the rule: docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html, by which a name is unique within
a region of an account. Two definitions of one name stand for one cluster: each undoes what the other one sets, and
whoever deletes the one deletes both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from slipway.checks.custom import EXTERNAL_NAME, external_name, is_composite, is_managed, named_fields, plain_names
from slipway.checks.finding import Rule
from slipway.checks.said import Said
from slipway.checks.subject import Landed, Subject
from slipway.checks.upgrade.declared import fields_of_versions
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, sequence, text

ONE_NAME = Rule("SLW704", "Two clusters of one name", "error")

_EXTERNAL_NAME: Path = ("metadata", "annotations", EXTERNAL_NAME)
_ARE_NAMES = ("clustername", "eksclustername")
"""Fields in which composites name their clusters; their own name stands for it where there is none."""


@dataclass(frozen=True)
class _Defined:
    landed: Landed
    whole: ObjectKey
    """The composite that makes it, or the object itself."""
    path: Path
    """Of the name."""
    name: str
    region: str
    account: str
    """The name of the ProviderConfig; `""` if it is not said."""


def cluster_findings(subject: Subject) -> Iterator[Said]:
    """Definitions of EKS clusters that have the name of another one, in the same region by the same credentials."""
    defined = [found for landed in subject.distinct if (found := _defined(landed)) is not None]
    composed = {one.whole for one in defined if is_composite(one.landed.owner)}
    first: dict[tuple[str, str], list[_Defined]] = {}
    for one in defined:
        if one.whole in composed and not is_composite(one.landed.owner):
            continue  # what it composes says it exactly
        others = first.setdefault((one.name, one.region), [])
        twin = next((other for other in others if _is_twin(one, other)), None)
        others.append(one)
        if twin is not None:
            yield _said(one, twin)


def _said(one: _Defined, twin: _Defined) -> Said:
    same_hub = not set(one.landed.clusters).isdisjoint(twin.landed.clusters)
    rule = ONE_NAME if same_hub and one.account == twin.account else ONE_NAME.at("warning")
    where = f" in {one.region}" if one.region else ""
    message = f"the cluster {one.name}{where} is that of {twin.whole}, too"
    hint = f"give it another name; the other one is at {twin.landed.obj.origin}"
    return Said(rule, one.landed, one.path, message, hint)


def _is_twin(one: _Defined, other: _Defined) -> bool:
    """True for two things that are one cluster; what names one thing twice by the annotation is SLW814's."""
    if one.whole == other.whole or (one.account and other.account and one.account != other.account):
        return False
    return not (one.path == other.path == _EXTERNAL_NAME and set(one.landed.clusters) & set(other.landed.clusters))


def _defined(landed: Landed) -> _Defined | None:
    obj, owner = landed.obj, landed.owner
    whole = owner.key if is_composite(owner) else obj.key
    if is_managed(obj):
        if obj.kind != "Cluster" or not obj.group.startswith("eks.") or _only_observes(obj):
            return None
        external = external_name(obj)
        path: Path = _EXTERNAL_NAME if external else ("metadata", "name")
        name = external or obj.name
        region = text(mapping(obj.spec.get("forProvider")).get("region"))
    elif any(role == "control plane" for role, _, _ in fields_of_versions(obj)):
        fields = [(path, value) for path, value in named_fields(obj) if isinstance(value, str)]
        named = ((path, value) for path, value in fields if plain_names(path)[-1] in _ARE_NAMES)
        path, name = next(named, (("metadata", "name"), obj.name))
        region = next((value for path, value in fields if plain_names(path)[-1] == "region"), "")
    else:
        return None
    if not name or "$" in f"{name}{region}" or obj.shown is not None:
        return None
    account = text(mapping(obj.spec.get("providerConfigRef")).get("name"))
    return _Defined(landed, whole, path, name, region, "" if "$" in account else account)


def _only_observes(obj: KubeObject) -> bool:
    return sequence(obj.spec.get("managementPolicies")) == ["Observe"]
