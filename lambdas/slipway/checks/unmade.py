"""ConfigMaps and Secrets that something names and Git does not hold: whether that is a mistake."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace

from slipway.checks.made import Made
from slipway.checks.presence import Presence
from slipway.fleet.objects import ObjectKey
from slipway.fleet.settings import Severity


@dataclass(frozen=True)
class Unmade:
    """What it means that Git does not hold something."""

    severity: Severity | None
    """None if something in Git makes it."""
    meant: ObjectKey | None = None
    """What is there in its place."""
    doubt: str = ""
    """What may make it all the same."""


def unmade(
    key: ObjectKey, beside: Container[ObjectKey], presence: Presence, made: Made, waiting: ObjectKey | None = None
) -> Unmade:
    """What it means that a ConfigMap or Secret is not there.

    Most that Git does not hold are made by hand or by whatever makes the clusters, or are copied from one namespace to
    others by controllers. Of the other kind or with a letter too many, it is a mistake.

    Args:
        key: what is not there.
        beside: what is named beside it, and so is not what it stands for.
        presence: what the cluster has.
        made: what its controllers make.
        waiting: what brings nothing without it, and so does not bring it either.
    """
    if made.may_be(key):
        return Unmade(None)
    doubt = presence.doubt(waiting or key, key)
    other_kind = "ConfigMap" if key.kind == "Secret" else "Secret"
    other = replace(key, kind=other_kind)
    if meant := other if presence.has(other) and other not in beside else presence.typo(key, beside, made.secrets):
        return Unmade("warning" if doubt else "error", meant, doubt)
    namesake = presence.namesake(key) or made.namesake(key)
    if namesake is None or namesake in beside or doubt or made.copier(namesake, key):
        return Unmade("info")
    return Unmade("warning", namesake, f"a copy of {namesake}")
