"""Where objects hold policy documents of AWS.

The kinds are those of Crossplane's providers (`*.aws.upbound.io`, `*.aws.m.upbound.io`, `*.aws.crossplane.io`) and of
ACK (`*.services.k8s.aws`); the fields are those of their CRDs. Compositions hold such objects as bases, and policies as
formats of patches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.checks.custom import AWS_PROVIDERS
from slipway.checks.tenancy.policy import Use
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, group_of, mapping, sequence, text, value_at
from slipway.fleet.scope import XRD_GROUP

MAX_BASES = 1_000
"""Objects in one Composition that are looked at."""
MAX_DEPTH = 12
"""How deep in a Composition they are looked for."""

_GROUPS = tuple(f".{provider}" for provider in AWS_PROVIDERS)
_IDENTITY = ("iam.", "ssoadmin.")
_PLACES: tuple[tuple[str, ...], ...] = (("spec", "forProvider"), ("spec", "initProvider"), ("spec",))
_TRUST = ("assumeRolePolicy", "assumeRolePolicyDocument")
_FIELDS = ("policy", "policyDocument", "document", "rawPolicy", "inlinePolicy", "accessPolicies")
_INLINE = ("inlinePolicy", "inlinePolicies")
"""Lists of policies with a name (Crossplane), or a mapping from name to policy (ACK)."""
_VERB = re.compile(r"%[sdv]|%\[[0-9]+\][sdv]")
_FORMATTED = re.compile(r"(assumeRolePolicy(Document)?|policy|policyDocument|document|rawPolicy)$")


@dataclass(frozen=True)
class Document:
    """A policy document in an object."""

    value: Any
    """Text, or a mapping."""
    path: Path
    """The field."""
    use: Use
    owner: str
    """The kind that it is of, e.g. `Policy`: limits depend on it."""


def documents(obj: KubeObject) -> Iterator[Document]:
    """Every policy document of an object."""
    if _is_composition(obj):
        for base, path in _bases(obj.spec, ("spec",), [MAX_BASES], MAX_DEPTH):
            # What patches fill in is left empty, or is a word that says so.
            yield from (one for one in _of(base, path) if not isinstance(one.value, str) or _is_object(one.value))
        yield from _formats(obj.spec, ("spec",), "", MAX_DEPTH)
    else:
        yield from _of(obj.value, ())


def aws_objects(obj: KubeObject) -> Iterator[tuple[Mapping[str, Any], Path]]:
    """The managed resources that an object is, or that it has as a Composition's bases, with where they are in it."""
    found = _bases(obj.spec, ("spec",), [MAX_BASES], MAX_DEPTH) if _is_composition(obj) else iter(((obj.value, ()),))
    for value, path in found:
        if group_of(text(value.get("apiVersion"))).endswith(_GROUPS):
            yield value, path


def _is_composition(obj: KubeObject) -> bool:
    return obj.kind == "Composition" and obj.group == XRD_GROUP


def _of(value: Mapping[str, Any], before: Path) -> Iterator[Document]:
    group, kind = group_of(text(value.get("apiVersion"))), text(value.get("kind"))
    if not group.endswith(_GROUPS):
        return
    for place in _PLACES:
        fields = mapping(value_at(value, place))
        for name in _TRUST:
            if name in fields:
                yield Document(fields[name], (*before, *place, name), "trust", kind)
        is_identity = group.startswith(_IDENTITY)
        for name in _FIELDS:
            if _is_document(fields.get(name), sure=is_identity):
                yield Document(fields[name], (*before, *place, name), "identity" if is_identity else "resource", kind)
        for name in _INLINE if is_identity else ():
            yield from _inline(fields.get(name), (*before, *place, name), kind)


def _is_document(value: Any, *, sure: bool) -> bool:
    """True for what is a policy; in other services than IAM, fields of these names hold other things, too."""
    if isinstance(value, str):
        return sure or '"Statement"' in value
    return isinstance(value, Mapping) and "Statement" in value


def _inline(value: Any, path: Path, kind: str) -> Iterator[Document]:
    if isinstance(value, Mapping):
        yield from (Document(item, (*path, name), "identity", kind) for name, item in value.items() if _is_text(item))
    for index, item in enumerate(map(mapping, sequence(value))):
        for name in ("policy", "policyDocument"):
            if _is_text(item.get(name)):
                yield Document(item[name], (*path, index, name), "identity", kind)


def _is_object(value: str) -> bool:
    return value.lstrip().startswith("{")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _bases(value: Any, path: Path, room: list[int], depth: int) -> Iterator[tuple[Mapping[str, Any], Path]]:
    """The objects within a Composition, whatever the mode and the function that it is written for."""
    if depth == 0 or room[0] <= 0:
        return
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        if step == "base" and isinstance(item, Mapping):
            room[0] -= 1
            yield item, (*path, step)
        elif isinstance(item, Mapping | list):
            yield from _bases(item, (*path, step), room, depth - 1)


def _formats(value: Any, path: Path, group: str, depth: int) -> Iterator[Document]:
    """The texts that patches format into fields for policies; of a base that is not known, it is not known what for."""
    if depth == 0:
        return
    if isinstance(value, Mapping):
        field = text(value.get("toFieldPath"))
        if found := _FORMATTED.search(field):
            is_identity = group.startswith(_IDENTITY)
            use: Use = "trust" if found[0].startswith("assume") else "identity" if is_identity else "resource"
            for fmt, way in _fmt_of(value):
                if _is_object(fmt):
                    # What a verb stands for is known on the cluster only, as is what a variable stands for.
                    yield Document(_VERB.sub("${value}", fmt), (*path, *way), use, "")
            return
        group = group_of(text(mapping(value.get("base")).get("apiVersion"))) or group
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        if step != "base" and isinstance(item, Mapping | list):
            yield from _formats(item, (*path, step), group, depth - 1)


def _fmt_of(patch: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    combine = mapping(mapping(patch.get("combine")).get("string"))
    if fmt := text(combine.get("fmt")):
        yield fmt, ("combine", "string", "fmt")
    for index, transform in enumerate(map(mapping, sequence(patch.get("transforms")))):
        if fmt := text(mapping(transform.get("string")).get("fmt")):
            yield fmt, ("transforms", index, "string", "fmt")
