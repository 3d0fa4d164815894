"""Rule about fields of AWS's resources that cannot be changed: SLW409.

Sources: `slipway.checks.risk.cloud_fields`; `slipway.checks.cloud_names`, by which an object stands for what its
annotation `crossplane.io/external-name` says, or for what has its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slipway.checks.cloud_names import cloud_name, gets_an_id, is_only_looked_at, is_upbounds, may_be_its_id
from slipway.checks.custom import EXTERNAL_NAME, external_name
from slipway.checks.finding import Finding, Rule
from slipway.checks.risk.cloud_fields import FIXED_FIELDS
from slipway.checks.risk.compare import alike, is_unknown
from slipway.checks.risk.sides import Pair, Sides
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, mapping

CLOUD_FIXED = Rule("SLW409", "A field of a cloud resource that cannot be changed", "error", of_change=True)

RULES = (CLOUD_FIXED,)


def cloud_findings(sides: Sides) -> Iterator[Finding]:
    """Fields that AWS does not let change: one finding for an object."""
    for pair in sides.pairs:
        if pair.change.kind != "changed" or not is_upbounds(pair.new) or _is_only_observed(pair.new):
            continue
        if fields := fixed_fields(pair.old, pair.new):
            yield _finding(sides, pair, fields)
        elif message := _renaming(pair.old, pair.new):
            yield _renamed(sides, pair, message)


def fixed_fields(old: KubeObject, new: KubeObject) -> list[str]:
    """The fields of `spec.forProvider` that differ and may not, of a resource of Upbound's provider."""
    if not is_upbounds(new):
        return []
    service = new.group.partition(".")[0]
    return [field for field in FIXED_FIELDS.get((service, new.kind), ("region",)) if _differs(old, new, field)]


def _finding(sides: Sides, pair: Pair, fields: list[str]) -> Finding:
    cause = sides.lines.cause(pair.new, pair.owner, field_way(pair.new, fields[0]))
    names = " and ".join(f"spec.forProvider.{field}" for field in fields)
    message = f"{names} cannot be changed once the resource is there"
    if fields == ["region"]:
        consequence = "it is refused, or another resource is made there and this one is left behind"
    else:
        consequence = "the provider refuses to replace it, and leaves it as it is"
    cure = "make a new one beside it, and delete this one when nothing needs it"
    return Finding(
        CLOUD_FIXED, message, cause.where, str(pair.new.key), pair.clusters, _joined(consequence, cure, cause.hint)
    )


def _renamed(sides: Sides, pair: Pair, message: str) -> Finding:
    cause = sides.lines.cause(pair.new, pair.owner, ("metadata", "annotations", EXTERNAL_NAME))
    consequence = "the one that it stood for is left behind in AWS, and nothing looks after it"
    return Finding(
        CLOUD_FIXED.at("warning"),
        message,
        cause.where,
        str(pair.new.key),
        pair.clusters,
        _joined(consequence, cause.hint),
    )


def _joined(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def _is_only_observed(obj: KubeObject) -> bool:
    """True for what Crossplane looks at and does not change."""
    policies = obj.spec.get("managementPolicies")
    return isinstance(policies, list) and not {"*", "Update"} & set(map(str, policies))


def _renaming(old: KubeObject, new: KubeObject) -> str:
    """How it comes to stand for another resource; empty if it does not, for all that Git says."""
    before, after = cloud_name(old), cloud_name(new)
    if before == after or is_unknown((before, after)) or is_only_looked_at(old):
        return ""
    if external_name(new) and (before or not may_be_its_id(new)):
        return f"{EXTERNAL_NAME} makes it stand for another resource"
    if before and (after or gets_an_id(new)):
        return f"without {EXTERNAL_NAME}, it stands for another resource than {before}"
    return ""


def _differs(old: KubeObject, new: KubeObject, field: str) -> bool:
    """True if both say it, and not the same: what one leaves out, the provider may have given it."""
    before, after = (_at(obj, field) for obj in (old, new))
    if before in (None, "", [], {}) or after in (None, "", [], {}):
        return False
    if isinstance(before, list) and isinstance(after, list) and all(isinstance(item, str) for item in before + after):
        return not is_unknown((before, after)) and set(before) != set(after)
    return not alike(before, after)


def _at(obj: KubeObject, field: str) -> Any:
    value: Any = obj.spec.get("forProvider")
    for name in field.split("."):
        value = mapping(value[0] if isinstance(value, list) and len(value) == 1 else value).get(name)
    return value


def field_way(obj: KubeObject, field: str) -> Path:
    """The way to a field: older versions have lists of one where newer ones have the one."""
    path: Path = ("spec", "forProvider")
    value: Any = obj.spec.get("forProvider")
    for name in field.split("."):
        if isinstance(value, list):
            value, path = value[0], (*path, 0)
        value, path = mapping(value).get(name), (*path, name)
    return path
