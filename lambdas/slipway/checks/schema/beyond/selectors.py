"""Selectors of labels.

Source: k8s.io/apimachinery, pkg/labels/selector.go, `Requirement.Matches`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slipway.checks.pods import Part
from slipway.checks.schema.beyond.values import is_open, together
from slipway.checks.schema.errors import SchemaError, quoted
from slipway.fleet.objects import mapping, sequence


def is_empty(selector: Mapping[str, Any]) -> bool:
    """True if a selector asks for nothing."""
    return not mapping(selector.get("matchLabels")) and not sequence(selector.get("matchExpressions"))


def unmatched(selector: Part, labels: Part) -> Iterator[SchemaError]:
    """What a selector asks for that the labels of its own pods do not have."""
    for path, said in _unmatched(selector, labels.value):
        # A variable that is left may make them match: whether it does is for the cluster to say.
        yield together(labels.path if is_open(labels.value) else path, said)


def _unmatched(selector: Part, labels: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    asked = selector.part("matchLabels")
    for name, value in asked.value.items():
        if isinstance(value, str) and labels.get(name) != value:
            yield (
                (*asked.path, name),
                f"its pods' {_has(name, labels)}: the selector has to match the pod template's labels",
            )
    for part in selector.items("matchExpressions"):
        key, values = part.value.get("key"), sequence(part.value.get("values"))
        if isinstance(key, str) and not _fits(part.value.get("operator"), labels.get(key), values):
            yield part.path, f"its pods' {_has(key, labels)}: the selector has to match the pod template's labels"


def _fits(operator: Any, label: Any, values: list[Any]) -> bool:
    if operator == "In":
        return label in values
    if operator == "NotIn":
        return label not in values
    if operator == "Exists":
        return label is not None
    return operator != "DoesNotExist" or label is None


def _has(key: str, labels: Mapping[str, Any]) -> str:
    label = labels.get(key)
    return f"label {quoted(key)} is {quoted(label)}" if isinstance(label, str) else f"labels have no {quoted(key)}"
