"""Composites and claims against what Crossplane makes of their definition."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.checks.schema import DefinedKind, DefinedKinds, defined_kinds
from tests.unit.composites import composite_definition

TEXT = {"type": "string"}
COMPOSITE = ("acme.example", "XNetwork")
CLAIM = ("acme.example", "Network")
SPEC = {"type": "object", "properties": {"range": TEXT}, "required": ["range"]}
STATUS = {"type": "object", "properties": {"vpc": TEXT}}


def definition(api: str, scope: str = "", **properties: Any) -> dict[str, Any]:
    return composite_definition(api, scope, **{"spec": SPEC, "status": STATUS, **properties})


def said(
    xrd: dict[str, Any], spec: dict[str, Any], kind: tuple[str, str] = COMPOSITE, name: str = "main", **more: Any
) -> list[str]:
    """What is said about a composite or claim with a sound range."""
    obj = {
        "apiVersion": "acme.example/v1",
        "kind": kind[1],
        "metadata": {"name": name},
        "spec": {"range": "10.0.0.0/16", **spec},
        **more,
    }
    errors, why = DefinedKind(xrd, kind).check(obj)
    assert why == ""
    return [str(error) for error in errors]


MATCHING = {"matchLabels": {"a": "b"}}
REFERENCE = {"apiVersion": "v1", "kind": "A", "name": "x"}
CHOICE = {"compositionRef": {"name": "x"}, "compositionSelector": MATCHING, "compositionUpdatePolicy": "Manual"}
LEGACY = {
    **CHOICE,
    "resourceRefs": [REFERENCE],
    "claimRef": {**REFERENCE, "namespace": "x"},
    "writeConnectionSecretToRef": {"name": "x", "namespace": "y"},
}
OF_CLAIM = {
    **CHOICE,
    "compositeDeletePolicy": "Foreground",
    "resourceRef": REFERENCE,
    "writeConnectionSecretToRef": {"name": "x"},
}


@pytest.mark.parametrize(
    ("xrd", "kind", "spec"),
    [
        (definition("v1"), COMPOSITE, LEGACY),
        (definition("v1", "LegacyCluster"), COMPOSITE, LEGACY),
        (definition("v1"), CLAIM, OF_CLAIM),
        (definition("v1", "Cluster"), COMPOSITE, {"crossplane": {**CHOICE, "resourceRefs": [REFERENCE]}}),
        (definition("v2"), COMPOSITE, {"crossplane": {**CHOICE, "resourceRefs": [REFERENCE]}}),
    ],
    ids=["of 1.x", "of the old scope", "a claim", "of a cluster", "of 2.x"],
)
def test_the_fields_that_crossplane_adds_are_taken(xrd: dict[str, Any], kind: tuple[str, str], spec: Any) -> None:
    condition = {"type": "Ready", "status": "True"}
    assert said(xrd, spec, kind, status={"vpc": "x", "conditions": [condition]}) == []


@pytest.mark.parametrize(
    ("xrd", "kind", "spec", "message"),
    [
        (definition("v1"), COMPOSITE, {"crossplane": {}}, "spec.crossplane: unknown field"),
        (definition("v2"), COMPOSITE, CHOICE, "spec.compositionRef: unknown field"),
        (definition("v1"), CLAIM, {"claimRef": {}}, "spec.claimRef: unknown field"),
        (definition("v1"), COMPOSITE, {"compositionRef": {}}, "spec.compositionRef.name: required field is missing"),
        (
            definition("v1"),
            COMPOSITE,
            {"writeConnectionSecretToRef": {"name": "x"}},
            "spec.writeConnectionSecretToRef.namespace: required field is missing",
        ),
        (definition("v1"), CLAIM, {"range": None}, "spec.range: required field is missing"),
    ],
    ids=["2.x in 1.x", "1.x in 2.x", "a composite's in a claim", "no name", "no namespace", "the definition's own"],
)
def test_all_other_fields_are_not(xrd: dict[str, Any], kind: tuple[str, str], spec: Any, message: str) -> None:
    assert said(xrd, spec, kind)[0].startswith(message)


def test_a_spec_is_required() -> None:
    obj = {"apiVersion": "acme.example/v1", "kind": "XNetwork", "metadata": {"name": "main"}}
    errors, _ = DefinedKind(definition("v1"), COMPOSITE).check(obj)
    assert list(map(str, errors)) == ["spec: required field is missing"]


def test_a_name_is_as_short_as_a_label_value() -> None:
    assert said(definition("v1"), {}, name="x" * 63) == []
    assert said(definition("v1"), {}, name="x" * 64) == ["metadata.name: longer than 63"]


def test_a_name_may_have_to_be_shorter() -> None:
    metadata = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 5}}}
    assert said(definition("v1", metadata=metadata), {}, name="x" * 6) == ["metadata.name: longer than 5"]


def test_a_field_of_crossplane_wins_over_the_same_one_of_the_definition() -> None:
    spec = {"type": "object", "properties": {"range": TEXT, "compositionRef": TEXT}}
    assert said(definition("v1", spec=spec), {"compositionRef": {"name": "x"}}) == []


def test_a_spec_that_takes_any_field_still_does() -> None:
    assert said(definition("v1", spec={**SPEC, "x-kubernetes-preserve-unknown-fields": True}), {"any": 1}) == []


@pytest.mark.parametrize(
    "schema", [{"spec": 3}, {"spec": {"properties": 3}}, {"metadata": {"properties": {"name": 3}}}]
)
def test_a_schema_that_is_none_is_named(schema: dict[str, Any]) -> None:
    errors, why = DefinedKind(definition("v1", **schema), COMPOSITE).check({"apiVersion": "acme.example/v1"})

    assert list(errors) == []
    assert why.startswith("the schema in its CompositeResourceDefinition cannot be used: openAPIV3Schema")


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        (definition("v1"), (COMPOSITE, CLAIM)),
        ({**definition("v1"), "apiVersion": "apiextensions.crossplane.io/v3"}, ()),
        ({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}, ()),
        ({"apiVersion": "v1", "kind": "ConfigMap"}, ()),
        ({}, ()),
    ],
    ids=["an XRD", "of another version", "without names", "another object", "nothing"],
)
def test_an_object_tells_what_it_defines(value: dict[str, Any], kinds: tuple[tuple[str, str], ...]) -> None:
    assert defined_kinds(value) == kinds


def test_equal_definitions_are_one() -> None:
    kinds = DefinedKinds()

    first, second, other = definition("v1"), definition("v1"), definition("v2")

    assert kinds.of(first, COMPOSITE) is kinds.of(second, COMPOSITE)
    assert kinds.of(first, COMPOSITE) is not kinds.of(other, COMPOSITE)
