"""Rule about Crossplane packages whose version changes by itself: SLW813."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.crossplane.world import World
from slipway.checks.finding import Rule
from slipway.checks.said import Said
from slipway.fleet.crossplane import packages
from slipway.fleet.crossplane.definitions import PACKAGE_GROUP
from slipway.fleet.objects import text

MOVING = Rule("SLW813", "A Crossplane package without a fixed version", "warning")

_MOVING_TAGS = frozenset(("latest", "main", "master", "stable", "edge", "nightly", "dev"))


def package_findings(world: World) -> Iterator[Said]:
    """Packages whose tag names another version tomorrow."""
    for landed in world.subject.distinct:
        obj = landed.obj
        if obj.group != PACKAGE_GROUP or obj.kind not in ("Provider", "Function", "Configuration"):
            continue
        package = text(obj.spec.get("package"))
        tag = packages.tag(package)
        if tag in _MOVING_TAGS and not packages.digest(package) and "$" not in package:
            message = f"its tag {tag} names another version tomorrow"
            hint = "name a version, and let pull requests change it: an upgrade may change what is composed everywhere"
            yield Said(MOVING, landed, ("spec", "package"), message, hint)
