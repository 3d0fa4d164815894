"""What of an object is not for showing: values of Secrets, and what only a machine reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.fleet.fields import same
from slipway.fleet.objects import KubeObject, mapping, sequence

SECRET = "<secret>"  # noqa: S105 - the mask, not a secret
CHANGED_SECRET = "<secret, changed>"  # noqa: S105
ENCRYPTED = "<encrypted>"
CHANGED_ENCRYPTED = "<encrypted, changed>"


def masked(obj: KubeObject, other: KubeObject | None = None) -> Mapping[str, Any]:
    """An object with the values of a Secret masked; those that differ from the other side's say so.

    So are those of Secrets that are substituted into an object. What a SealedSecret holds is no secret, but nothing to
    read either: it is masked in the same way.
    """
    shown = _public(obj)
    if other is not None and not (obj.shown is other.shown is None):
        shown = _told(shown, obj.value, _public(other), other.value)
    if obj.kind == "Secret" and not obj.group:
        return _masked_secret(shown, obj, other)
    if obj.kind == "SealedSecret" and obj.group == "bitnami.com" and "encryptedData" in obj.spec:
        theirs = other.spec.get("encryptedData") if other else None
        data = _masked(obj.spec["encryptedData"], theirs, (ENCRYPTED, CHANGED_ENCRYPTED))
        return {**shown, "spec": {**mapping(shown.get("spec")), "encryptedData": data}}
    return shown


def _public(obj: KubeObject) -> Mapping[str, Any]:
    return obj.value if obj.shown is None else obj.shown


def _told(shown: Any, value: Any, their_shown: Any, theirs: Any) -> Any:
    """What is shown; a text that is shown alike on both sides, and is not, says so."""
    if isinstance(shown, Mapping) and isinstance(their_shown, Mapping):
        inside = [mapping(side) for side in (value, their_shown, theirs)]
        return {name: _told(item, *(side.get(name) for side in inside)) for name, item in shown.items()}
    if isinstance(shown, list) and isinstance(their_shown, list) and len(shown) == len(their_shown):
        both = [sequence(side) for side in (value, their_shown, theirs)]
        if all(len(side) == len(shown) for side in both):
            return [_told(item, *(side[at] for side in both)) for at, item in enumerate(shown)]
    differs = isinstance(shown, str) and shown == their_shown and not same(value, theirs)
    return f"{shown} {CHANGED_SECRET}" if differs else shown


def _masked_secret(shown: Mapping[str, Any], obj: KubeObject, other: KubeObject | None) -> Mapping[str, Any]:
    value = dict(shown)
    for name in ("data", "stringData"):
        if name in obj.value:
            value[name] = _masked(obj.value[name], other.value.get(name) if other else None)
    annotations = mapping(obj.metadata.get("annotations"))
    if LAST_APPLIED in annotations:
        theirs = mapping(other.metadata.get("annotations")).get(LAST_APPLIED) if other else None
        applied = _masked(annotations[LAST_APPLIED], theirs)
        metadata = mapping(shown.get("metadata"))
        public = {**mapping(metadata.get("annotations")), LAST_APPLIED: applied}
        value["metadata"] = {**metadata, "annotations": public}
    return value


LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""Annotation in which kubectl keeps the whole object once more."""
_Masks = tuple[str, str]


def _masked(value: Any, other: Any, masks: _Masks = (SECRET, CHANGED_SECRET)) -> Any:
    if isinstance(value, Mapping):
        theirs = mapping(other)
        return {key: _masked_value(item, theirs.get(key), masks) for key, item in value.items()}
    return None if value is None else _masked_value(value, other, masks)


def _masked_value(value: Any, other: Any, masks: _Masks) -> str:
    return masks[0] if other is None or same(other, value) else masks[1]
