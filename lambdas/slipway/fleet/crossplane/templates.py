"""The resource templates of a Composition, as function-patch-and-transform and Crossplane 1.x itself have them.

Sources: crossplane-contrib/function-patch-and-transform v0.9, `patches.go` (`ComposedTemplates`); crossplane/crossplane
v1.20, `apis/apiextensions/v1/composition_{patches,transforms}.go`, for the defaults that the API server fills in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.fleet.crossplane.errors import PatchError
from slipway.fleet.crossplane.merging import MergeOptions
from slipway.fleet.crossplane.patches import Patch
from slipway.fleet.crossplane.pt_input import patch_type
from slipway.fleet.manifests import Path
from slipway.fleet.objects import mapping, sequence, text

MAX_TEMPLATES = 1_000
"""Resource templates of a Composition."""
MAX_PATCHES = 20_000
"""Patches of all of them, with those of patch sets each time that they are used."""


@dataclass(frozen=True)
class Template:
    """What one composed resource is made of."""

    name: str
    path: Path
    """Where it is, from the Composition down."""
    base: Mapping[str, Any] | None
    """None if it patches what an earlier function has made."""
    patches: tuple[Patch, ...]


def templates(spec: Mapping[str, Any], at: Path, *, native: bool = False) -> tuple[Template, ...]:
    """The templates of an input of the function, or of the spec of a Composition of Crossplane 1.x.

    Args:
        spec: what has `patchSets` and `resources`.
        at: where it is, from the Composition down.
        native: whether it is a Composition's spec.

    Raises:
        PatchError: a patch set is not there, or holds another one.
    """
    sets: dict[str, list[Patch]] = {}
    for index, patch_set in enumerate(map(mapping, sequence(spec.get("patchSets")))):
        found = _patches(patch_set, (*at, "patchSets", index), native=native)
        if any(patch.type == "PatchSet" for patch in found):
            raise PatchError("a patch set cannot hold a patch of type PatchSet")
        sets[text(patch_set.get("name"))] = found
    resources = sequence(spec.get("resources"))
    if len(resources) > MAX_TEMPLATES:
        raise PatchError(f"there are over {MAX_TEMPLATES:,} resources (MAX_TEMPLATES)")
    made = []
    total = 0
    for index, template in enumerate(map(mapping, resources)):
        path: Path = (*at, "resources", index)
        inlined: list[Patch] = []
        for patch in _patches(template, path, native=native):
            inlined.extend([patch] if patch.type != "PatchSet" else _of_set(patch, sets))
            if total + len(inlined) > MAX_PATCHES:
                raise PatchError(f"there are over {MAX_PATCHES:,} patches (MAX_PATCHES)")
        total += len(inlined)
        name = text(template.get("name")) or (f"resource {index + 1}" if native else "")
        base = template.get("base")
        made.append(Template(name, path, base if isinstance(base, Mapping) else None, tuple(inlined)))
    return tuple(made)


def _of_set(patch: Patch, sets: Mapping[str, list[Patch]]) -> list[Patch]:
    name = text(patch.value.get("patchSetName"))
    if name not in sets:
        raise PatchError(f"there is no patch set {name!r}")
    return sets[name]


def _patches(value: Mapping[str, Any], at: Path, *, native: bool) -> list[Patch]:
    found = []
    for index, patch in enumerate(map(mapping, sequence(value.get("patches")))):
        path: Path = (*at, "patches", index)
        found.append(Patch(_defaulted(patch), path, _merge_options(patch)) if native else Patch(patch, path))
    return found


def _defaulted(patch: Mapping[str, Any]) -> Mapping[str, Any]:
    """A patch with what the API server fills in."""
    if "transforms" not in patch:
        return patch
    return {**patch, "transforms": [_transform(entry) for entry in map(mapping, sequence(patch["transforms"]))]}


_DEFAULT_TYPES = {"math": "Multiply", "string": "Format"}


def _transform(transform: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = text(transform.get("type"))
    options = mapping(transform.get(kind))
    if kind in _DEFAULT_TYPES and options:
        return {**transform, kind: {"type": _DEFAULT_TYPES[kind], **options}}
    if kind == "match" and options:
        patterns = [{"type": "literal", **mapping(entry)} for entry in sequence(options.get("patterns"))]
        return {**transform, kind: {**options, "patterns": patterns}}
    return transform


def _merge_options(patch: Mapping[str, Any]) -> MergeOptions | None:
    options = mapping(patch.get("policy")).get("mergeOptions")
    if not isinstance(options, Mapping) or patch_type(patch).startswith("Combine"):
        return None
    return MergeOptions(options.get("keepMapValues") is True, options.get("appendSlice") is True)
