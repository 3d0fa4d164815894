"""What of an object is not for showing: values of Secrets, and what only a machine reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.fleet.fields import same
from slipway.fleet.objects import KubeObject, mapping

SECRET = "<secret>"  # noqa: S105 - the mask, not a secret
CHANGED_SECRET = "<secret, changed>"  # noqa: S105
ENCRYPTED = "<encrypted>"
CHANGED_ENCRYPTED = "<encrypted, changed>"


def masked(obj: KubeObject, other: KubeObject | None = None) -> Mapping[str, Any]:
    """An object with the values of a Secret masked; those that differ from the other side's say so.

    What a SealedSecret holds is no secret, but nothing to read either: it is masked in the same way.
    """
    if obj.kind == "Secret" and not obj.group:
        return _masked_secret(obj, other)
    if obj.kind == "SealedSecret" and obj.group == "bitnami.com" and "encryptedData" in obj.spec:
        theirs = other.spec.get("encryptedData") if other else None
        data = _masked(obj.spec["encryptedData"], theirs, (ENCRYPTED, CHANGED_ENCRYPTED))
        return {**obj.value, "spec": {**obj.spec, "encryptedData": data}}
    return obj.value


def _masked_secret(obj: KubeObject, other: KubeObject | None) -> Mapping[str, Any]:
    value = dict(obj.value)
    for name in ("data", "stringData"):
        if name in value:
            value[name] = _masked(value[name], other.value.get(name) if other else None)
    annotations = mapping(obj.metadata.get("annotations"))
    if LAST_APPLIED in annotations:
        theirs = mapping(other.metadata.get("annotations")).get(LAST_APPLIED) if other else None
        applied = _masked(annotations[LAST_APPLIED], theirs)
        value["metadata"] = {**obj.metadata, "annotations": {**annotations, LAST_APPLIED: applied}}
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
