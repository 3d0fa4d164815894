"""What function-patch-and-transform takes as its input, and what it refuses before it begins.

Source: crossplane-contrib/function-patch-and-transform v0.9, `input/v1beta1` and `validate.go`. Crossplane itself does
not look into the input of a function; the function refuses fields that it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.fleet.crossplane import regexps
from slipway.fleet.crossplane.errors import PatchError
from slipway.fleet.manifests import Path
from slipway.fleet.objects import mapping, sequence, text

MAX_DEPTH = 100
"""How deep an input may be."""


@dataclass(frozen=True)
class Flaw:
    """Something in the input that is wrong."""

    path: Path
    """Where, from the input down."""
    message: str


def flaws(value: Mapping[str, Any]) -> Iterator[Flaw]:
    """What is wrong with an input; where there is anything, the function fails."""
    odd = list(_misfits(value, _RESOURCES, ()))
    if odd:
        yield from odd
        return
    resources = sequence(value.get("resources"))
    for index, patch_set in enumerate(map(mapping, sequence(value.get("patchSets")))):
        path: Path = ("patchSets", index)
        yield from _named(patch_set, path)
        yield from _patches(patch_set, path)
    environment = mapping(value.get("environment"))
    if not resources and not environment.get("patches"):
        yield Flaw(("resources",), "there are neither resources nor patches of the environment")
    for index, template in enumerate(map(mapping, resources)):
        path = ("resources", index)
        yield from _named(template, path)
        yield from _patches(template, path)
        yield from _details(template, path)
        yield from _checks(template, path)
    for index, patch in enumerate(map(mapping, sequence(environment.get("patches")))):
        path = ("environment", "patches", index)
        if patch_type(patch) not in _ENVIRONMENT_TYPES:
            yield Flaw((*path, "type"), f"a patch of the environment cannot be of type {patch_type(patch)}")
        else:
            yield from _patch(patch, path)


def combine_transforms(transforms: list[Any]) -> None:
    """Check the transforms of a patch that combines, which the function looks at only when it runs them.

    Raises:
        PatchError: one is wrong.
    """
    for transform in map(mapping, transforms):
        for flaw in _transform(transform, ()):
            raise PatchError(flaw.message)


def patch_type(patch: Mapping[str, Any]) -> str:
    """The type of a patch."""
    return text(patch.get("type")) or "FromCompositeFieldPath"


_T, _I, _ANY = "text", "integer", "any"
_PATCH: dict[str, Any] = {
    "type": _T,
    "fromFieldPath": _T,
    "combine": {"variables": [{"fromFieldPath": _T}], "strategy": _T, "string": {"fmt": _T}},
    "toFieldPath": _T,
    "transforms": [
        {
            "type": _T,
            "math": {"type": _T, "multiply": _I, "clampMin": _I, "clampMax": _I},
            "map": {"*": _ANY},
            "match": {
                "patterns": [{"type": _T, "literal": _T, "regexp": _T, "result": _ANY}],
                "fallbackValue": _ANY,
                "fallbackTo": _T,
            },
            "string": {
                "type": _T,
                "fmt": _T,
                "convert": _T,
                "trim": _T,
                "regexp": {"match": _T, "group": _I},
                "join": {"separator": _T},
                "replace": {"search": _T, "replace": _T},
            },
            "convert": {"toType": _T, "format": _T},
        }
    ],
    "policy": {"fromFieldPath": _T, "toFieldPath": _T},
}
_RESOURCES: dict[str, Any] = {
    "apiVersion": _T,
    "kind": _T,
    "metadata": _ANY,
    "patchSets": [{"name": _T, "patches": [_PATCH]}],
    "environment": {"patches": [_PATCH]},
    "resources": [
        {
            "name": _T,
            "base": _ANY,
            "patches": [{**_PATCH, "patchSetName": _T}],
            "connectionDetails": [
                {"name": _T, "type": _T, "fromConnectionSecretKey": _T, "fromFieldPath": _T, "value": _T}
            ],
            "readinessChecks": [
                {
                    "type": _T,
                    "fieldPath": _T,
                    "matchString": _T,
                    "matchInteger": _I,
                    "matchCondition": {"type": _T, "status": _T},
                }
            ],
        }
    ],
    "writeConnectionSecretToRef": {"name": _T, "namespace": _T, "patches": [_PATCH]},
}
"""The input's fields: a text names a scalar's type, `*` stands for any name."""


def _misfits(value: Any, wanted: Any, path: Path) -> Iterator[Flaw]:
    """Values of the wrong type, and fields that the function does not know."""
    if value is None or wanted == _ANY:
        return
    if isinstance(wanted, list):
        if not isinstance(value, list):
            yield Flaw(path, "expected a list")
            return
        for index, entry in enumerate(value):
            yield from _misfits(entry, wanted[0], (*path, index))
    elif isinstance(wanted, dict):
        if not isinstance(value, Mapping):
            yield Flaw(path, "expected a map")
            return
        for name, item in value.items():
            if "*" in wanted or name in wanted:
                yield from _misfits(item, wanted.get(name, wanted.get("*")), (*path, name))
            else:
                yield Flaw((*path, name), f"function-patch-and-transform knows no field {name!r} here")
    elif not _is_scalar(value, wanted):
        yield Flaw(path, "expected text (put it into quotes)" if wanted == _T else "expected a whole number")


def _is_scalar(value: Any, wanted: str) -> bool:
    if wanted == _T:
        return isinstance(value, str)
    return not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


def _named(value: Mapping[str, Any], path: Path) -> Iterator[Flaw]:
    if not value.get("name"):
        yield Flaw((*path, "name"), "name must be set")


def _patches(value: Mapping[str, Any], path: Path) -> Iterator[Flaw]:
    for index, patch in enumerate(map(mapping, sequence(value.get("patches")))):
        yield from _patch(patch, (*path, "patches", index))


_SIMPLE = frozenset(
    ("FromCompositeFieldPath", "ToCompositeFieldPath", "FromEnvironmentFieldPath", "ToEnvironmentFieldPath")
)
_COMBINED = frozenset(("CombineFromComposite", "CombineToComposite", "CombineFromEnvironment", "CombineToEnvironment"))
_ENVIRONMENT_TYPES = _SIMPLE | {"CombineFromComposite", "CombineToComposite"}
_TO_POLICIES = frozenset(
    (
        "Replace",
        "MergeObjects",
        "MergeObjectsAppendArrays",
        "ForceMergeObjects",
        "ForceMergeObjectsAppendArrays",
        "MergeObject",
        "AppendArray",
    )
)


def _patch(patch: Mapping[str, Any], path: Path) -> Iterator[Flaw]:
    kind = patch_type(patch)
    if kind in _COMBINED:
        if patch.get("combine") is None:
            yield Flaw(path, f"combine must be set for a patch of type {kind}")
        elif not patch.get("toFieldPath"):
            yield Flaw(path, f"toFieldPath must be set for a patch of type {kind}")
        else:
            yield from _combine(mapping(patch["combine"]), (*path, "combine"))
        return
    if kind == "PatchSet":
        if not patch.get("patchSetName"):
            yield Flaw(path, "patchSetName must be set for a patch of type PatchSet")
    elif kind not in _SIMPLE:
        yield Flaw((*path, "type"), f"there are no patches of type {kind!r}")
        return
    elif not patch.get("fromFieldPath"):
        yield Flaw(path, f"fromFieldPath must be set for a patch of type {kind}")
    for index, transform in enumerate(map(mapping, sequence(patch.get("transforms")))):
        yield from _transform(transform, (*path, "transforms", index))
    policy = mapping(patch.get("policy"))
    if policy.get("toFieldPath") is not None and policy["toFieldPath"] not in _TO_POLICIES:
        yield Flaw((*path, "policy", "toFieldPath"), f"there is no policy {policy['toFieldPath']!r}")
    if policy.get("fromFieldPath") not in (None, "Required", "Optional"):
        yield Flaw((*path, "policy", "fromFieldPath"), f"there is no policy {policy['fromFieldPath']!r}")


def _combine(combine: Mapping[str, Any], path: Path) -> Iterator[Flaw]:
    if combine.get("strategy") != "string":
        yield Flaw((*path, "strategy"), 'strategy must be "string"')
    elif combine.get("string") is None:
        yield Flaw((*path, "string"), "string must be set for the strategy string")
    elif not combine.get("variables"):
        yield Flaw((*path, "variables"), "there must be a variable")
    for index, variable in enumerate(map(mapping, sequence(combine.get("variables")))):
        if not variable.get("fromFieldPath"):
            yield Flaw((*path, "variables", index, "fromFieldPath"), "fromFieldPath must be set")


def _transform(transform: Mapping[str, Any], path: Path) -> Iterator[Flaw]:
    kind = text(transform.get("type"))
    if kind not in _TRANSFORMS:
        yield Flaw((*path, "type"), f"there are no transforms of type {kind!r}")
    elif transform.get(kind) is None:
        yield Flaw((*path, kind), f"{kind} must be set for a transform of type {kind}")
    else:
        yield from _TRANSFORMS[kind](mapping(transform[kind]), (*path, kind))


_MATH = {"Multiply": "multiply", "ClampMin": "clampMin", "ClampMax": "clampMax"}


def _math(transform: Mapping[str, Any], path: Path) -> Iterator[Flaw]:
    kind = text(transform.get("type"))
    if kind not in _MATH:
        yield Flaw((*path, "type"), f"type must be one of {', '.join(_MATH)}")
    elif transform.get(_MATH[kind]) is None:
        yield Flaw((*path, _MATH[kind]), f"{_MATH[kind]} must be set for {kind}")


def _map(transform: Mapping[str, Any], path: Path) -> Iterator[Flaw]:
    if not transform:
        yield Flaw(path, "map must have an entry")


def _match(transform: Mapping[str, Any], path: Path) -> Iterator[Flaw]:
    patterns = sequence(transform.get("patterns"))
    if not patterns:
        yield Flaw((*path, "patterns"), "match must have a pattern")
    for index, pattern in enumerate(map(mapping, patterns)):
        inner: Path = (*path, "patterns", index)
        kind = text(pattern.get("type")) or "literal"
        if kind not in ("literal", "regexp"):
            yield Flaw((*inner, "type"), "type must be literal or regexp")
        elif pattern.get(kind) is None:
            yield Flaw((*inner, kind), f"{kind} must be set for a pattern of type {kind}")
        elif kind == "regexp":
            yield from _regexp(pattern["regexp"], (*inner, "regexp"))


def _regexp(pattern: str, path: Path) -> Iterator[Flaw]:
    try:
        regexps.compiled(pattern)
    except PatchError as err:
        yield Flaw(path, err.message)


_STRING = {
    "Format": "fmt",
    "Convert": "convert",
    "TrimPrefix": "trim",
    "TrimSuffix": "trim",
    "Regexp": "regexp",
    "Join": "join",
    "Replace": "replace",
}


def _string(transform: Mapping[str, Any], path: Path) -> Iterator[Flaw]:
    kind = text(transform.get("type"))
    if kind not in _STRING:
        yield Flaw((*path, "type"), f"type must be one of {', '.join(_STRING)}")
        return
    field = _STRING[kind]
    value = transform.get(field)
    if value is None:
        yield Flaw((*path, field), f"{field} must be set for {kind}")
    elif kind == "Regexp":
        if not mapping(value).get("match"):
            yield Flaw((*path, field, "match"), "match must be set")
        else:
            yield from _regexp(value["match"], (*path, field, "match"))
    elif kind == "Replace" and not mapping(value).get("search"):
        yield Flaw((*path, field, "search"), "search must be set")


_TYPES = ("string", "bool", "int", "int64", "float64", "object", "array")


def _convert(transform: Mapping[str, Any], path: Path) -> Iterator[Flaw]:
    if transform.get("format") not in (None, "none", "quantity", "json"):
        yield Flaw((*path, "format"), "format must be none, quantity or json")
    elif transform.get("toType") not in _TYPES:
        yield Flaw((*path, "toType"), f"toType must be one of {', '.join(_TYPES)}")


_TRANSFORMS = {"math": _math, "map": _map, "match": _match, "string": _string, "convert": _convert}

_DETAILS = {
    "FromConnectionSecretKey": "fromConnectionSecretKey",
    "FromFieldPath": "fromFieldPath",
    "FromValue": "value",
}


def _details(template: Mapping[str, Any], path: Path) -> Iterator[Flaw]:
    for index, detail in enumerate(map(mapping, sequence(template.get("connectionDetails")))):
        inner: Path = (*path, "connectionDetails", index)
        kind = text(detail.get("type"))
        if kind not in _DETAILS:
            yield Flaw((*inner, "type"), f"type must be one of {', '.join(_DETAILS)}")
        elif not detail.get("name"):
            yield Flaw((*inner, "name"), "name must be set")
        elif detail.get(_DETAILS[kind]) is None:
            yield Flaw((*inner, _DETAILS[kind]), f"{_DETAILS[kind]} must be set for {kind}")


_CHECKS = {"MatchString": "matchString", "MatchInteger": "matchInteger"}
_ALL_CHECKS = (*_CHECKS, "NonEmpty", "MatchTrue", "MatchFalse", "MatchCondition", "None")


def _checks(template: Mapping[str, Any], path: Path) -> Iterator[Flaw]:
    for index, check in enumerate(map(mapping, sequence(template.get("readinessChecks")))):
        inner: Path = (*path, "readinessChecks", index)
        kind = text(check.get("type"))
        if kind not in _ALL_CHECKS:
            yield Flaw((*inner, "type"), f"type must be one of {', '.join(_ALL_CHECKS)}")
        elif kind == "MatchCondition":
            condition = mapping(check.get("matchCondition"))
            if not condition.get("type") or not condition.get("status"):
                yield Flaw((*inner, "matchCondition"), "matchCondition must have a type and a status")
        elif kind in _CHECKS and check.get(_CHECKS[kind]) is None:
            yield Flaw((*inner, _CHECKS[kind]), f"{_CHECKS[kind]} must be set for {kind}")
        elif kind != "None" and check.get("fieldPath") is None:
            yield Flaw((*inner, "fieldPath"), f"fieldPath must be set for {kind}")
