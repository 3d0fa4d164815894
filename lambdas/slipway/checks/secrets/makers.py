"""Rule about Secrets that are made twice: SLW618.

What becomes of it: external-secrets, `externalsecret_controller.go` (`ErrSecretIsOwned`); sealed-secrets,
`pkg/controller/controller.go` ("already exists and is not managed by SealedSecret").
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding
from slipway.checks.said import Said, once_per_line
from slipway.checks.secrets.external import creation_policy, is_external, target_of
from slipway.checks.secrets.rules import TWO_MAKERS
from slipway.checks.secrets.sealing import is_sealed_secret
from slipway.checks.subject import Landed, Subject
from slipway.fleet.landing import left_alone, only_created, only_merged
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, ObjectKey, mapping

_TAKEN_OVER = ("sealedsecrets.bitnami.com/managed", "sealedsecrets.bitnami.com/patch")
"""Annotations by which a Secret lets a SealedSecret have it."""


def maker_findings(subject: Subject) -> Iterator[Finding]:
    """Secrets that two objects make."""
    return once_per_line(_said(subject), subject.lines)


def _said(subject: Subject) -> Iterator[Said]:
    makers: dict[tuple[str, ObjectKey], list[Landed]] = {}
    for landed in subject.distinct:
        if (key := _touched_by(landed.obj)) is not None:
            for name in landed.clusters:
                makers.setdefault((name, key), []).append(landed)
    for (name, key), several in makers.items():
        # An object that comes twice is one object to the cluster: what becomes of that is another rule's.
        first, *others = {landed.obj.key: landed for landed in several}.values()
        for other in others:
            yield from _twice(key, first, other, name)


def _touched_by(obj: KubeObject) -> ObjectKey | None:
    """The Secret that an object makes or fills."""
    if is_external(obj, "ExternalSecret"):
        return target_of(obj) if creation_policy(obj) != "None" else None
    if "$" in obj.name + obj.namespace:
        return None
    if is_sealed_secret(obj):
        return ObjectKey("", "Secret", obj.namespace, obj.name)
    if obj.kind != "Secret" or obj.group:
        return None
    return None if left_alone(obj) or only_created(obj) or only_merged(obj) else obj.key


def _twice(key: ObjectKey, first: Landed, second: Landed, cluster: str) -> Iterator[Said]:
    # The finding stands at the one that is no Secret itself, or that does not own it, or at the later one.
    told, other = (first, second) if _rank(first.obj) > _rank(second.obj) else (second, first)
    if _rank(other.obj) == _JOINS or (_rank(told.obj) == _JOINS and other.obj.kind != "ExternalSecret"):
        return
    if other.obj.kind != "Secret":
        rule, consequence = TWO_MAKERS, "the controller refuses what another object owns"
    elif is_sealed_secret(told.obj):
        if any(mapping(other.obj.metadata.get("annotations")).get(name) == "true" for name in _TAKEN_OVER):
            return
        rule, consequence = TWO_MAKERS, "the controller refuses a Secret that is there already"
    else:
        rule, consequence = TWO_MAKERS.at("warning"), "each undoes what the other one writes"
    path: Path = ("spec", "target", "name") if told.obj.kind == "ExternalSecret" else ("metadata", "name")
    hint = f"{consequence}; give one of them another name, or take it away"
    yield Said(rule, told, path, f"it makes {key}, and so does {other.obj.key}", hint, (cluster,))


_JOINS = 2


def _rank(obj: KubeObject) -> int:
    """0 for a Secret, 1 for what makes one and owns it, `_JOINS` for what adds to one that others make."""
    if obj.kind == "Secret":
        return 0
    return _JOINS if is_external(obj, "ExternalSecret") and creation_policy(obj) != "Owner" else 1
