"""SealedSecrets as the rules look at them: as far as their format is told without a key."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.fleet.objects import KubeObject, mapping, text
from slipway.sealing.envelope import Malformed, unpack
from slipway.sealing.scope import Label, label, scope_of

GROUP = "bitnami.com"


def is_sealed_secret(obj: KubeObject) -> bool:
    """True for SealedSecrets."""
    return obj.kind == "SealedSecret" and obj.group == GROUP


def label_of(obj: KubeObject) -> Label | None:
    """What the controller opens its values with; None if a variable is in it."""
    found = label(scope_of(obj.metadata), obj.namespace, obj.name)
    return None if "$" in found.namespace + found.name else found


def sealed_values(obj: KubeObject) -> Iterator[tuple[str, str]]:
    """The sealed values by their keys; without those that are variables."""
    for key, value in mapping(obj.spec.get("encryptedData")).items():
        if "${" not in (sealed := text(value)):
            yield str(key), sealed


def malformation(value: str) -> str:
    """What keeps any key from opening a value; empty if nothing does."""
    try:
        unpack(value)
    except Malformed as err:
        return err.message
    return ""
