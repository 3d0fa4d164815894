"""Rule about composed resources that the API server refuses: SLW809.

Source of the rule: crossplane/crossplane v2.0, `composition_functions.go`, by which composed resources are applied on
the server's side; how they are validated: `slipway.checks.validity`.
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.crossplane.world import World, Written
from slipway.checks.finding import Finding, NotValidated, Rule
from slipway.checks.lines import Cause
from slipway.checks.said import Said
from slipway.checks.schema import Reason, SchemaError
from slipway.checks.validity import ObjectCheck, said
from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.crossplane.errors import PatchError
from slipway.fleet.crossplane.field_paths import WILDCARD, Segments, parse
from slipway.fleet.crossplane.patches import TO_COMPOSED
from slipway.fleet.crossplane.templates import Template
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster, Owner
from slipway.fleet.objects import KubeObject, mapping, text

REFUSED = Rule("SLW809", "A composed resource that the API server refuses", "error")

LOST = "Crossplane 1.x lets the API server drop it"
ALTERED_WHY = "a function that is not run here may change it"


def composed_findings(world: World, told: frozenset[tuple[int, Path]]) -> Iterator[Finding | NotValidated]:
    """What the API servers would refuse of what composites in Git are composed of.

    Args:
        world: what there is.
        told: patches that other rules say something about, by the identity of their Composition and their place.
    """
    check = ObjectCheck(world.subject)
    owners = {owner.id: owner for owner in world.subject.fleet.owners}
    for cluster, composite in world.composites():
        if not world.subject.is_chosen(cluster.name):
            continue
        brought_by = owners.get(composite.ancestors[-1])
        for obj in composite.objects:
            for error in check.errors(obj, composite, cluster):
                if not composite.certain:
                    check.leave_out(f"{obj.api_version} {obj.kind}", ALTERED_WHY)
                elif not _is_told(obj, composite, error, told):
                    yield _finding(obj, composite, brought_by, error, cluster, world)
    yield from check.not_validated()


def _is_told(obj: KubeObject, composite: Composite, error: SchemaError, told: frozenset[tuple[int, Path]]) -> bool:
    write = composite.last_write(obj, error.path)
    return write is not None and (id(composite.composition), write.patch.path) in told


def _finding(
    obj: KubeObject,
    composite: Composite,
    brought_by: Owner | None,
    error: SchemaError,
    cluster: Cluster,
    world: World,
) -> Finding:
    author = composite.author(obj, brought_by, error.path)
    cause = Cause(obj.origin)
    if author is not None:
        cause = world.subject.lines.cause(author.obj, author.owner, author.path)
    name = composite.by_key[obj.key].name
    message = f"{name}, {obj.api_version} {obj.kind}: {said(obj, error)}"
    about = author.obj.key if author else composite.key
    hint = cause.hint
    rule = REFUSED
    if error.reason is Reason.UNKNOWN_FIELD and composite.is_native:
        rule, hint = _lost(by_patch=composite.last_write(obj, error.path) is not None), LOST
    if author is not None and author.by_composite and composite.composition is not None:
        hint = "; ".join(filter(None, (f"Composition {composite.composition.name} makes it of this field", hint)))
    return Finding(rule, message, cause.where, str(about), (cluster.name,), hint)


def _lost(*, by_patch: bool) -> Rule:
    """What it means that Crossplane 1.x composes a field that there is not; whole maps are often handed on."""
    return REFUSED.at("info" if by_patch else "warning")


def template_findings(world: World) -> Iterator[Said]:
    """What is wrong with the base of a template where no patch writes."""
    check = ObjectCheck(world.subject)
    for written in world.compositions:
        for template in written.templates:
            base = template.base
            if base is None or not isinstance(base.get("apiVersion"), str) or not text(base.get("kind")):
                continue
            named = {**base, "metadata": {"name": "composed", **mapping(base.get("metadata"))}}
            obj = KubeObject(named, written.landed.obj.origin, named if written.landed.obj.shown else None)
            for name in written.landed.clusters:
                yield from _template(obj, template, written, world.subject.fleet.clusters[name], check)


def _template(
    obj: KubeObject, template: Template, written: Written, cluster: Cluster, check: ObjectCheck
) -> Iterator[Said]:
    targets = _targets(template)
    for error in check.errors(obj, written.landed.owner, cluster):
        if error.path[:1] == ("metadata",) or any(_overlap(target, error.path) for target in targets):
            continue
        if _needs_all(error) and targets:
            continue
        message = f"{template.name}, {obj.api_version} {obj.kind}: {said(obj, error)}"
        is_lost = error.reason is Reason.UNKNOWN_FIELD and written.is_native
        rule, hint = (_lost(by_patch=False), LOST) if is_lost else (REFUSED, "")
        yield Said(rule, written.landed, (*template.path, "base", *error.path), message, hint, (cluster.name,))


def _needs_all(error: SchemaError) -> bool:
    """True for what depends on other fields than its own: alternatives, and how many of them are set."""
    return error.reason is Reason.TOGETHER or (error.reason is Reason.FORMAT and "alternatives" in error.message)


def _targets(template: Template) -> list[Segments]:
    found = []
    for patch in template.patches:
        if patch.type in TO_COMPOSED:
            try:
                found.append(parse(patch.target))
            except PatchError:
                continue
    return found


def _overlap(target: Segments, path: Path) -> bool:
    """True if one is in the other."""
    return all(step in (WILDCARD, other) for step, other in zip(target, path, strict=False))
