"""Rules about what patches read and write, by the schemas of both sides: SLW807, SLW808, SLW811.

Sources of the rules: crossplane-contrib/function-patch-and-transform v0.9, `patches.go`, by which an optional patch
from a field that is not there does nothing and says nothing; structural schemas, by which the API server keeps no
field that a schema does not have; kube-openapi `pkg/schemaconv`, by which a server-side apply with such a field fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slipway.checks.crossplane.schema_paths import Found, look_up
from slipway.checks.crossplane.world import World, Written
from slipway.checks.finding import Rule
from slipway.checks.said import Said
from slipway.checks.schema import DefinedKind
from slipway.fleet.crossplane.errors import PatchError
from slipway.fleet.crossplane.field_paths import WILDCARD, Segments, parse, shown
from slipway.fleet.crossplane.patches import FROM_COMPOSITE, TO_COMPOSED, Patch
from slipway.fleet.crossplane.templates import Template
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, mapping, text

READS_NOTHING = Rule("SLW807", "A patch that reads a field that does not exist", "error")
WRITES_NOTHING = Rule("SLW808", "A patch that writes a field that does not exist", "error")
WRONG_TYPE = Rule("SLW811", "A patch that writes a value of the wrong type", "error")

_TO_COMPOSITE = frozenset(("ToCompositeFieldPath", "CombineToComposite"))


def patch_findings(world: World) -> Iterator[Said]:
    """Patches that read or write what the schemas do not have."""
    for written in world.compositions:
        for cluster in written.landed.clusters:
            composite = _composite_schema(written, cluster, world)
            for template in written.templates:
                composed = _composed_schema(template, cluster, world)
                for patch in template.patches:
                    if "$" not in patch.target + "".join(patch.sources):
                        yield from _judged(patch, template, written, cluster, composite, composed)


def _composite_schema(written: Written, cluster: str, world: World) -> Mapping[str, Any]:
    api_version, kind = written.composite_type
    xrd = world.xrd(cluster, api_version, kind)
    version = api_version.rpartition("/")[2]
    return world.composite_schema(xrd, version) if xrd and version in xrd.versions else {}


def _composed_schema(template: Template, cluster: str, world: World) -> Mapping[str, Any]:
    base = template.base
    if base is None or not isinstance(base.get("apiVersion"), str) or not text(base.get("kind")):
        return {}
    definitions = world.subject.definitions(world.subject.fleet.clusters[cluster])
    kind = definitions.of(KubeObject(base, world.subject.root.at("", 0)))
    return kind.open_api(text(base["apiVersion"]).rpartition("/")[2]) if isinstance(kind, DefinedKind) else {}


def _judged(
    patch: Patch,
    template: Template,
    written: Written,
    cluster: str,
    composite: Mapping[str, Any],
    composed: Mapping[str, Any],
) -> Iterator[Said]:
    base = mapping(template.base)
    composed_kind = f"{text(base.get('apiVersion'))} {text(base.get('kind'))}"
    composite_kind = " ".join(written.composite_type)
    if patch.type in FROM_COMPOSITE:
        source, source_kind = composite, composite_kind
    elif patch.type in _TO_COMPOSITE:
        source, source_kind = composed, composed_kind
    else:
        source, source_kind = {}, ""
    into, into_kind = (composed, composed_kind) if patch.type in TO_COMPOSED else (composite, composite_kind)
    try:
        read = [parse(path) for path in patch.sources]
        target = parse(patch.target)
    except PatchError:
        return  # composing tells of it
    said = list(_reads(patch, template, written, cluster, source, source_kind, read))
    yield from said
    if patch.type in TO_COMPOSED or patch.type in _TO_COMPOSITE:
        found = look_up(into, target) if into else None
        if found and found.state == "missing":
            yield _writes(patch, template, written, cluster, found, into_kind)
        elif found and source and not said:
            yield from _typed(patch, template, written, cluster, look_up(source, read[0]), found, into_kind)


def _reads(
    patch: Patch,
    template: Template,
    written: Written,
    cluster: str,
    schema: Mapping[str, Any],
    kind: str,
    read: list[Segments],
) -> Iterator[Said]:
    for index, path in enumerate(read):
        at: Path = (*patch.path, "fromFieldPath")
        if patch.is_combined:
            at = (*patch.path, "combine", "variables", index, "fromFieldPath")
        found = look_up(schema, path) if schema else None
        if found is None or found.state != "missing":
            continue
        message = f"{template.name}: {kind} has no field {shown(found.at)}"
        hints = [_consequence(patch, template)]
        if WILDCARD in path:
            hints.append("fromFieldPath takes no [*]")
        if found.likely:
            hints.append(f"did you mean {found.likely}?")
        rule = READS_NOTHING if patch.is_required and patch.type in FROM_COMPOSITE else READS_NOTHING.at("warning")
        yield Said(rule, written.landed, at, message, "; ".join(hints), (cluster,))


def _consequence(patch: Patch, template: Template) -> str:
    if patch.type in _TO_COMPOSITE:
        return f"{patch.target} of the composite is never set"
    if patch.is_required:
        return f"{template.name} is never composed"
    return f"{patch.target} is never set, and nothing says so"


def _writes(patch: Patch, template: Template, written: Written, cluster: str, found: Found, kind: str) -> Said:
    at: Path = (*patch.path, "toFieldPath" if "toFieldPath" in patch.value else "fromFieldPath")
    message = f"{template.name}: {kind} has no field {shown(found.at)}"
    lost = written.is_native or patch.type in _TO_COMPOSITE
    hint = "the value is lost" if lost else "the API server refuses what is composed"
    if found.likely:
        hint += f"; did you mean {found.likely}?"
    rule = WRITES_NOTHING.at("warning") if lost else WRITES_NOTHING
    if lost and "patchSets" in patch.path:
        rule = WRITES_NOTHING.at("info")  # a set for many resources, not all of which have all of its fields
    return Said(rule, written.landed, at, message, hint, (cluster,))


_OUTPUTS = {"string": "string", "bool": "boolean", "int": "integer", "int64": "integer", "float64": "number"}


def _typed(
    patch: Patch, template: Template, written: Written, cluster: str, source: Found, into: Found, kind: str
) -> Iterator[Said]:
    made, wanted = _made(patch, source), into.type
    if not made or not wanted or made == wanted or {made, wanted} == {"integer", "number"}:
        return
    at: Path = (*patch.path, "toFieldPath" if "toFieldPath" in patch.value else "fromFieldPath")
    message = f"{template.name}: {patch.target} of {kind} is of type {wanted}, and the patch writes {_a(made)}"
    hint = "the API server refuses what is composed"
    if wanted in _OUTPUTS.values() and made in _OUTPUTS.values():
        to = next(name for name, of in _OUTPUTS.items() if of == wanted and name != "int")
        hint += f"; add the transform {{type: convert, convert: {{toType: {to}}}}}"
    yield Said(WRONG_TYPE, written.landed, at, message, hint, (cluster,))


def _made(patch: Patch, source: Found) -> str:
    """The type of what a patch writes; empty if it is not certain."""
    if patch.transforms:
        last = mapping(patch.transforms[-1])
        if last.get("type") == "string":
            return "string"
        if last.get("type") == "convert":
            return _OUTPUTS.get(text(mapping(last.get("convert")).get("toType")), "")
        return ""
    return "string" if patch.is_combined else source.type


def _a(kind: str) -> str:
    names = {"string": "text", "array": "a list", "object": "a map"}
    return names.get(kind, f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}")
