"""How the changes on one cluster hang together: what goes with what, and what only has another name."""

from __future__ import annotations

import json

from slipway.fleet.change import ObjectChange
from slipway.fleet.fates import Brought, OwnerRef
from slipway.fleet.flux import is_kustomization
from slipway.fleet.objects import ObjectKey


def causes(changes: list[ObjectChange]) -> dict[ObjectKey, OwnerRef | None]:
    """The cause of each change, if that is told of as well, and without going round in circles."""
    leaving = {change.key for change in changes if change.kind in ("orphaned", "removed")}
    found = {change.key: change.cause for change in changes}
    for key, cause in found.items():
        if cause is not None and not cause.home and cause.key not in leaving:
            found[key] = None
    for key in found:
        seen = {key}
        cause = found[key]
        while cause is not None and not cause.home:
            if cause.key in seen:
                found[key] = None
                break
            seen.add(cause.key)
            cause = found[cause.key]
    return found


def renamed(changes: list[ObjectChange], before: Brought, after: Brought) -> dict[ObjectKey, ObjectKey]:
    """Kustomizations that come as others go with the same spec, both ways."""
    gone: dict[str, list[ObjectKey]] = {}
    come: dict[str, list[ObjectKey]] = {}
    for change in changes:
        for kind, side, found in (("removed", before, gone), ("added", after, come)):
            if change.kind == kind and is_kustomization(obj := side[change.key][0]):
                found.setdefault(json.dumps(obj.spec, sort_keys=True), []).append(change.key)
    pairs = {(old, new) for spec in gone for old, new in zip(gone[spec], come.get(spec, ()), strict=False)}
    return {one: other for old, new in pairs for one, other in ((old, new), (new, old))}
