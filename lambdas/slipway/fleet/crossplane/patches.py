"""Patches of a Composition: how fields of a composite get into what is composed.

Source: crossplane-contrib/function-patch-and-transform v0.9, `patches.go`.

What only the cluster knows (status, generated names, the environment) is marked as `${…}`, as variables are whose
values are not in Git: whatever meets such a text leaves it alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from slipway.fleet.crossplane import field_paths
from slipway.fleet.crossplane.errors import FieldNotFound, PatchError
from slipway.fleet.crossplane.field_paths import Segments
from slipway.fleet.crossplane.go_values import sprintf
from slipway.fleet.crossplane.merging import MergeOptions, merged
from slipway.fleet.crossplane.numbers import settled
from slipway.fleet.crossplane.pt_input import combine_transforms, patch_type
from slipway.fleet.crossplane.transforms import transformed
from slipway.fleet.manifests import Path
from slipway.fleet.objects import mapping, sequence, text

MAX_EXPANDED = 1_000
"""Fields that one path with wildcards may stand for."""

FROM_COMPOSITE = frozenset(("FromCompositeFieldPath", "CombineFromComposite"))
FROM_ENVIRONMENT = frozenset(("FromEnvironmentFieldPath", "CombineFromEnvironment"))
TO_COMPOSED = FROM_COMPOSITE | FROM_ENVIRONMENT


@dataclass(frozen=True)
class Patch:
    """A patch with its place."""

    value: Mapping[str, Any]
    path: Path
    """Where it is, from the Composition down."""
    merge: MergeOptions | None = None
    """Of Crossplane 1.x, `policy.mergeOptions`; of the function, it follows from `policy.toFieldPath`."""

    @property
    def type(self) -> str:
        """E.g. `FromCompositeFieldPath`."""
        return patch_type(self.value)

    @property
    def is_combined(self) -> bool:
        """True if it makes one value of several."""
        return self.type.startswith("Combine")

    @property
    def sources(self) -> tuple[str, ...]:
        """The field paths that it reads."""
        if not self.is_combined:
            return (text(self.value.get("fromFieldPath")),)
        variables = sequence(mapping(self.value.get("combine")).get("variables"))
        return tuple(text(mapping(entry).get("fromFieldPath")) for entry in variables)

    @property
    def target(self) -> str:
        """The field path that it writes."""
        target = self.value.get("toFieldPath")
        return text(self.value.get("fromFieldPath")) if target is None else text(target)

    @property
    def is_required(self) -> bool:
        """True if it must find what it reads."""
        return mapping(self.value.get("policy")).get("fromFieldPath") == "Required"

    @property
    def transforms(self) -> list[Any]:
        """What the value goes through."""
        return sequence(self.value.get("transforms"))


@dataclass(frozen=True)
class Write:
    """A field that a patch wrote."""

    to: Segments
    patch: Patch
    sources: tuple[Segments, ...]
    """The fields that the value came from."""


@dataclass(frozen=True)
class Source:
    """What patches read from."""

    value: Mapping[str, Any]
    only_on_cluster: tuple[Segments, ...] = ()
    """Fields that have values on the cluster that are not in Git; what is below them is marked as unknown."""

    def read(self, path: Segments) -> Any:
        """What is at a path.

        Raises:
            FieldNotFound: nothing is.
        """
        try:
            return field_paths.get(self.value, path)
        except FieldNotFound:
            if any(path[: len(field)] == field for field in self.only_on_cluster):
                return unknown(field_paths.shown(path))
            raise


def apply(patch: Patch, source: Source, target: dict[str, Any]) -> tuple[Write, ...]:
    """Carry a value over, in place.

    Args:
        patch: one that writes to `target`.
        source: what it reads from.
        target: what it writes to.

    Raises:
        FieldNotFound: what it reads is not there, or what it would write into.
        PatchError: it fails.
        NotComposed: nothing here does what it does.
    """
    read = tuple(map(field_paths.parse, patch.sources))
    values = [source.read(path) for path in read]
    value = _value(patch, values)
    options = patch.merge or _options(patch)
    to = field_paths.parse(patch.target)
    places = [to]
    if not patch.is_combined and "[*]" in patch.target:
        places = []
        for place in field_paths.expand(target, to):
            places.append(place)
            if len(places) > MAX_EXPANDED:
                raise PatchError(f"{patch.target!r} stands for over {MAX_EXPANDED:,} fields (MAX_EXPANDED)")
        if not places:
            raise PatchError(f"{patch.target!r} stands for no field that is there")
    for place in places:
        _merge(target, place, value, options)
    if not text(target.get("kind")):
        raise PatchError("what is patched has no kind")
    return tuple(Write(place, patch, read) for place in places)


def _value(patch: Patch, values: list[Any]) -> Any:
    value = values[0]
    transforms = patch.transforms
    if patch.is_combined:
        value = sprintf(text(mapping(patch.value["combine"]["string"]).get("fmt")), values)
        combine_transforms(transforms)
    if transforms and is_unknown(value) and not all(map(_keeps_text, transforms)):
        return unknown(patch.sources[0])
    return settled(transformed(transforms, value))


def unknown(path: str) -> str:
    """What stands for a value that only the cluster knows."""
    return "${" + path + "}"


def is_unknown(value: Any) -> bool:
    """True if some of it is known on the cluster only."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str) and "${" in one:
            return True
        if isinstance(one, dict):
            todo.extend((*one, *one.values()))
        elif isinstance(one, list):
            todo.extend(one)
    return False


def _keeps_text(transform: Any) -> bool:
    """True for a transform that looks at nothing of the text that it puts into another."""
    options = mapping(mapping(transform).get("string"))
    return mapping(transform).get("type") == "string" and options.get("type") == "Format"


_POLICIES: Mapping[str, MergeOptions | None] = {
    "Replace": None,
    "MergeObject": MergeOptions(keep_map_values=True),
    "MergeObjects": MergeOptions(keep_map_values=True),
    "MergeObjectsAppendArrays": MergeOptions(keep_map_values=True, append_lists=True),
    "ForceMergeObjects": MergeOptions(),
    "ForceMergeObjectsAppendArrays": MergeOptions(append_lists=True),
    "AppendArray": MergeOptions(append_lists=True),
}


def _options(patch: Patch) -> MergeOptions | None:
    policy = mapping(patch.value.get("policy")).get("toFieldPath")
    if policy is None:
        return None
    if policy not in _POLICIES:
        raise PatchError(f"there is no policy {policy!r}")
    return _POLICIES[policy]


def _merge(target: dict[str, Any], place: Segments, value: Any, options: MergeOptions | None) -> None:
    there = None
    if options is not None:
        with suppress(FieldNotFound):
            there = field_paths.get(target, place)
    field_paths.put(target, place, merged(there, settled(value), options))
