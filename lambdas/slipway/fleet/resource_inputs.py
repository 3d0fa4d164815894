"""The inputs of a ResourceSet: its own, and those of its ResourceSetInputProviders.

The rules are those of flux-operator v0.58 (`internal/inputs`, `internal/controller/resourceset_controller.go`). Git
says what a provider of type Static exports, all but the id: that is made of the object's UID, which the cluster gives.
"""

from __future__ import annotations

import math
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from slipway.errors import LimitError
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.flux import OPERATOR_GROUP
from slipway.fleet.helm_values import Find
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, sequence, text

PROVIDER_KIND = "ResourceSetInputProvider"
DISABLED = f"{OPERATOR_GROUP}/reconcile"
"""Annotation that turns reconciliation off with the value `disabled`."""
MAX_PERMUTATIONS = 10_000
"""Combinations of inputs; the operator's own limit."""


@dataclass(frozen=True)
class InputSet:
    """What templates are rendered with once, as parts: a part that several sets have is one object to them all."""

    parts: Mapping[str, int]
    """Index into `Inputs.parts` by name; the name `""` says that the part is the set."""
    id: str = ""
    """What a combination of parts has as `id` besides."""


@dataclass(frozen=True)
class Inputs:
    """All inputs of a ResourceSet."""

    parts: tuple[Mapping[str, Any], ...]
    sets: tuple[InputSet, ...]
    empties: bool = False
    """True if there are providers, but none of them exports anything: then nothing is rendered."""
    stand_ins: tuple[str, ...] = ()
    """Providers whose id only the cluster knows; `stand_in` is in its place."""
    scheduled: tuple[str, ...] = ()
    """Providers that take their values over when a schedule says so."""


def stand_in(provider: str) -> str:
    """What is in the place of the id of a provider."""
    return f"id-of-{provider}"


def is_disabled(obj: KubeObject) -> bool:
    """True if the operator leaves a ResourceSet or its provider alone."""
    return text(mapping(obj.metadata.get("annotations")).get(DISABLED)).lower() == "disabled"


def named_providers(obj: KubeObject) -> list[ObjectKey]:
    """The providers that a ResourceSet names: known before it is expanded, and also if that fails."""
    names = [text(mapping(one).get("name")) for one in sequence(obj.spec.get("inputsFrom"))]
    return [_provider_key(obj, name) for name in names if name]


def selects_providers(obj: KubeObject) -> bool:
    """True if a selector chooses providers: then every ResourceSetInputProvider of its namespace counts."""
    return any(isinstance(mapping(one).get("selector"), Mapping) for one in sequence(obj.spec.get("inputsFrom")))


def combined(obj: KubeObject, find: Find, providers: Iterable[KubeObject]) -> Inputs:
    """The inputs of a ResourceSet.

    Args:
        obj: the ResourceSet.
        find: finds an object of its cluster.
        providers: the ResourceSetInputProviders of its cluster.

    Raises:
        BuildError: the operator would refuse it.
        NotFetched: a provider is asked for what only the cluster knows.
        LimitError: there are too many.
    """
    chosen = sorted(_chosen(obj, find, providers).values(), key=lambda one: one.name)
    if dynamic := [one for one in chosen if one.spec.get("type") != "Static"]:
        names = ", ".join(f"{one.key} ({one.spec.get('type')})" for one in dynamic)
        raise NotFetched(f"only the cluster knows what these export: {names}")
    if left := next((one for one in chosen if is_disabled(one)), None):
        raise NotFetched(f"{left.key} is not reconciled, so only the cluster knows what it exports")
    exported = [(obj, _own(obj)), *((one, [_exported(one)]) for one in chosen)]
    parts = [_with_provider(values, one) for one, all_values in exported for values in all_values]
    sets = _sets(obj, [(one.name, len(values)) for one, values in exported])
    return Inputs(
        parts=tuple(parts),
        sets=tuple(sets),
        empties=bool(sequence(obj.spec.get("inputsFrom"))) and not sets,
        stand_ins=tuple(one.name for one in chosen),
        scheduled=tuple(one.name for one in chosen if sequence(one.spec.get("schedule"))),
    )


def _sets(obj: KubeObject, counts: list[tuple[str, int]]) -> list[InputSet]:
    strategy = mapping(obj.spec.get("inputStrategy"))
    name = text(strategy.get("name")) or "Flatten"
    if name == "Flatten":
        return [InputSet({"": index}) for index in range(sum(count for _, count in counts))]
    if name != "Permute":
        raise BuildError(f"unknown input strategy: {name!r}")
    return list(_permuted(counts, with_empty=strategy.get("includeEmptyProviders") is True))


def _permuted(counts: Sequence[tuple[str, int]], *, with_empty: bool) -> Iterator[InputSet]:
    ranges: list[tuple[str, range]] = []
    start = 0
    for name, count in counts:
        if count or with_empty:
            if not (scope := normalized(name)):
                raise BuildError(f"normalized provider name is empty: {name!r}")
            ranges.append((scope, range(start, start + count)))
        start += count
        if math.prod(len(indices) for _, indices in ranges) > MAX_PERMUTATIONS:
            raise BuildError(f"{name} makes it more than {MAX_PERMUTATIONS:,} permutations of inputs")
    for chosen in product(*(indices for _, indices in ranges)) if ranges else ():
        names = [f"{scope}={index - indices.start}" for (scope, indices), index in zip(ranges, chosen, strict=True)]
        parts = {scope: index for (scope, _), index in zip(ranges, chosen, strict=True)}
        yield InputSet(parts, str(zlib.adler32("/".join(names).encode())))


def normalized(name: str) -> str:
    """A provider's name as templates write it: `my-app.v2` is `my_app_v2`."""
    lower = "".join(char.lower()[0] for char in name)
    kept = "".join("_" if char.isspace() or _is_punctuation(char) else char for char in lower)
    return "_".join(filter(None, "".join(char for char in kept if char == "_" or _is_plain(char)).split("_")))


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char).startswith("P")


def _is_plain(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _own(obj: KubeObject) -> list[Mapping[str, Any]]:
    own = obj.spec.get("inputs")
    if own is not None and not (isinstance(own, list) and all(isinstance(one, Mapping) for one in own)):
        raise BuildError("spec.inputs is no list of mappings")
    return [_without_null(one, f"spec.inputs[{index}]") for index, one in enumerate(sequence(own))]


def _exported(provider: KubeObject) -> Mapping[str, Any]:
    values = provider.spec.get("defaultValues")
    if values is not None and not isinstance(values, Mapping):
        raise BuildError(f"spec.defaultValues of {provider.key} is no mapping")
    return {**_without_null(mapping(values), f"spec.defaultValues of {provider.key}"), "id": stand_in(provider.name)}


def _without_null(values: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """The values, of which none on the first level may be null: the operator's code panics."""
    if (name := next((name for name, value in values.items() if value is None), None)) is not None:
        raise BuildError(f"{name!r} in {where} is null, which makes the operator fail")
    return values


def _with_provider(values: Mapping[str, Any], of: KubeObject) -> Mapping[str, Any]:
    reference = {
        "apiVersion": f"{OPERATOR_GROUP}/v1",
        "kind": of.kind,
        "name": of.name,
        "namespace": of.namespace,
    }
    return {**values, "provider": reference}


def _chosen(obj: KubeObject, find: Find, providers: Iterable[KubeObject]) -> dict[ObjectKey, KubeObject]:
    found: dict[ObjectKey, KubeObject] = {}
    of_namespace: list[KubeObject] | None = None
    for reference in map(mapping, sequence(obj.spec.get("inputsFrom"))):
        name, selector = text(reference.get("name")), reference.get("selector")
        if bool(name) == isinstance(selector, Mapping):
            raise BuildError("inputsFrom: input provider reference must have either name or selector set")
        if name:
            key = _provider_key(obj, name)
            provider = find(key)
            if provider is None:
                raise NotFetched(f"{key} is not in Git")
            found[key] = provider
            continue
        if of_namespace is None:
            of_namespace = [one for one in providers if _is_provider(one) and one.namespace == obj.namespace]
        found.update({one.key: one for one in of_namespace if _matches(mapping(selector), one)})
    return found


def _provider_key(obj: KubeObject, name: str) -> ObjectKey:
    return ObjectKey(OPERATOR_GROUP, PROVIDER_KIND, obj.namespace, name)


def _is_provider(obj: KubeObject) -> bool:
    return obj.group == OPERATOR_GROUP and obj.kind == PROVIDER_KIND


def _matches(selector: Mapping[str, Any], provider: KubeObject) -> bool:
    labels = mapping(provider.metadata.get("labels"))
    if any("${" in text(value) for value in labels.values()):
        raise NotFetched(f"the labels of {provider.key} hold variables that only the cluster knows")
    if any(labels.get(name) != value for name, value in mapping(selector.get("matchLabels")).items()):
        return False
    return all(_holds(mapping(one), labels) for one in sequence(selector.get("matchExpressions")))


def _holds(expression: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    name, values = text(expression.get("key")), sequence(expression.get("values"))
    match expression.get("operator"):
        case "In" if values:
            return labels.get(name) in values
        case "NotIn" if values:
            return name not in labels or labels[name] not in values
        case "Exists" if not values:
            return name in labels
        case "DoesNotExist" if not values:
            return name not in labels
    raise BuildError(f"inputsFrom: the selector's expression for {name!r} is none")


def check_count(inputs: Inputs, templates: int, limit: int) -> None:
    """Raise LimitError if all templates with all inputs are more renderings than the limit."""
    if (count := max(len(inputs.sets), 1) * templates) > limit:
        raise LimitError(f"{count:,} renderings of templates, over the limit of {limit:,} (MAX_RENDERINGS)")
