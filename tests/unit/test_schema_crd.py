"""Objects of custom kinds against the schema in their CRD."""

from typing import Any

import pytest

from slipway.checks.schema import CustomSchema
from slipway.errors import InputError

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
TIME = {"type": "string", "format": "date-time"}
LIST = {"type": "array", "items": NUMBER}
BELOW_5 = {"type": "integer", "maximum": 5, "exclusiveMaximum": True}


def said(field: dict[str, Any], value: Any) -> list[str]:
    """What is said about a value under `spec`, whose schema is `field`."""
    schema = CustomSchema({"type": "object", "properties": {"spec": field}})
    obj = {"apiVersion": "acme.io/v1", "kind": "Foo", "metadata": {"name": "x", "labels": {"a": "b"}}, "spec": value}
    return [str(error) for error in schema.errors(obj)]


def fields(required: tuple[str, ...] = (), /, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


PORTS = {
    "type": "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["port", "protocol"],
    "items": fields(port=NUMBER, protocol={**TEXT, "default": "TCP"}),
}
INT_OR_STRING = {"x-kubernetes-int-or-string": True, "anyOf": [NUMBER, TEXT], "pattern": "^[0-9]+%?$"}
PRESERVING = {**fields(a=NUMBER, b=fields(c=NUMBER)), "x-kubernetes-preserve-unknown-fields": True}
EMBEDDED = {**fields(spec=fields(a=NUMBER)), "x-kubernetes-embedded-resource": True}
ONE_OF_TWO = {**fields(a=TEXT, b=TEXT), "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}
DISCRIMINATED = {
    **fields(kind={**TEXT, "default": "a"}, size=NUMBER),
    "oneOf": [
        {"properties": {"kind": {"enum": ["a"]}}},
        {"properties": {"kind": {"enum": ["b"]}}, "required": ["size"]},
    ],
}

CASES = [
    (fields(size=NUMBER), {"size": 3}, ""),
    (fields(size=NUMBER), {"size": "3"}, 'spec.size: expected integer, got string "3" (remove the quotes)'),
    (fields(size=NUMBER), {"sise": 3}, 'spec.sise: unknown field (did you mean "size"?)'),
    (fields(("size",), size=NUMBER), {}, "spec.size: required field is missing"),
    # What is null counts as not set.
    (fields(size=NUMBER), {"size": None}, ""),
    (fields(("size",), size=NUMBER), {"size": None}, "spec.size: required field is missing"),
    (fields(("size",), size={**NUMBER, "nullable": True}), {"size": None}, ""),
    (fields(("size",), size={**NUMBER, "default": 1}), {}, ""),
    ({"type": "object", "additionalProperties": NUMBER}, {"a": None}, ""),
    (fields(a=LIST), {"a": [None]}, "spec.a[0]: expected integer, got nothing"),
    (fields(a={**LIST, "items": {**NUMBER, "nullable": True}}), {"a": [None]}, ""),
    # Where unknown fields are taken, and where not.
    ({"type": "object"}, {"any": {"thing": 1}}, ""),
    ({"type": "object", "additionalProperties": NUMBER}, {"any": 1}, ""),
    ({"type": "object", "additionalProperties": NUMBER}, {"any": True}, "spec.any: expected integer, got boolean true"),
    ({"type": "object", "additionalProperties": True}, {"any": True}, ""),
    (PRESERVING, {"x": 1, "b": {"c": 1, "d": 1}}, ""),
    (PRESERVING, {"a": "x"}, 'spec.a: expected integer, got string "x"'),
    (EMBEDDED, {"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}, "spec": {"a": 1}}, ""),
    (EMBEDDED, {"kind": "X", "spec": {"b": 1}}, "spec.spec.b: unknown field"),
    # Types and values.
    (fields(a=INT_OR_STRING), {"a": 3}, ""),
    (fields(a=INT_OR_STRING), {"a": "30%"}, ""),
    (fields(a=INT_OR_STRING), {"a": "x%"}, 'spec.a: "x%" does not match ^[0-9]+%?$'),
    (fields(a={**NUMBER, "format": "int32"}), {"a": 2**31}, "spec.a: 2147483648 is more than 2147483647"),
    (fields(a={**NUMBER, "minimum": 1}), {"a": 0}, "spec.a: 0 is less than 1"),
    (fields(a=BELOW_5), {"a": 4}, ""),
    (fields(a=BELOW_5), {"a": 5}, "spec.a: 5 is not less than 5"),
    (fields(a={**TEXT, "enum": ["S", "M"]}), {"a": "XL"}, 'spec.a: "XL" is not one of "S", "M"'),
    (fields(a={**TEXT, "enum": ["S"], "nullable": True}), {"a": None}, ""),
    (fields(a={**TEXT, "minLength": 2}), {"a": "x"}, "spec.a: shorter than 2"),
    (fields(a={"type": "array", "items": TEXT, "maxItems": 1}), {"a": ["x", "y"]}, "spec.a: longer than 1"),
    (fields(a=TIME), {"a": "now"}, 'spec.a: "now" is not a date and time (like 2026-01-31T12:00:00Z)'),
    (fields(a={**TEXT, "format": "byte"}), {"a": "plain text"}, "spec.a: not base64"),
    (fields(a={"type": "number", "format": "int32"}), {"a": 2**31}, ""),
    (fields(a={"x-kubernetes-int-or-string": True, "format": "int32"}), {"a": 2**31}, ""),
    (fields(a={**TEXT, "format": "no-such-format"}), {"a": "x"}, ""),
    ({**fields(a=TEXT, b=TEXT), "maxProperties": 1}, {"a": "", "b": ""}, "spec: more than 1 of its fields are set"),
    ({**fields(a=TEXT, b=TEXT), "minProperties": 1}, {}, "spec: fewer than 1 of its fields are set"),
    # Lists.
    (fields(ports=PORTS), {"ports": [{"port": 1}, {"port": 1, "protocol": "UDP"}]}, ""),
    (
        fields(ports=PORTS),
        {"ports": [{"port": 1}, {"port": 1, "protocol": "TCP"}]},
        'spec.ports[1]: entry 0 has the same port 1 and protocol "TCP"; Kubernetes takes one of them',
    ),
    (
        fields(a={"type": "array", "items": TEXT, "x-kubernetes-list-type": "set"}),
        {"a": ["x", "x"]},
        "spec.a: the list holds an entry twice",
    ),
    # Alternatives.
    (ONE_OF_TWO, {"a": "x"}, ""),
    (ONE_OF_TWO, {}, "spec: fits none of the alternatives: a is not set; b is not set"),
    (ONE_OF_TWO, {"a": "x", "b": "y"}, "spec: fits several alternatives that exclude each other"),
    ({**ONE_OF_TWO, "properties": {"a": {**TEXT, "default": "x"}, "b": TEXT}}, {}, ""),
    (DISCRIMINATED, {}, ""),
    (DISCRIMINATED, {"kind": "b"}, "spec: fits none of the alternatives: its enum does not fit; size is not set"),
    ({**fields(a=TEXT), "not": {"required": ["a"]}}, {"a": "x"}, "spec: the value breaks the schema's rule not"),
]


@pytest.mark.parametrize(("field", "value", "message"), CASES)
def test_a_custom_object_is_held_against_its_schema(field: dict[str, Any], value: Any, message: str) -> None:
    assert said(field, value) == ([message] if message else [])


def test_status_need_not_be_complete() -> None:
    schema = CustomSchema(fields(status=fields(("phase",), phase=TEXT, size=NUMBER)))
    obj = {"apiVersion": "acme.io/v1", "kind": "Foo", "status": {"size": "x"}}
    assert [str(error) for error in schema.errors(obj)] == ['status.size: expected integer, got string "x"']


def test_the_values_of_a_status_do_not_count() -> None:
    schema = CustomSchema(fields(status=fields(phase={**TEXT, "enum": ["Ready"]}, at=TIME)))
    obj = {"apiVersion": "acme.io/v1", "kind": "Foo", "status": {"phase": "", "at": "now"}}
    assert list(schema.errors(obj)) == []


def test_a_part_of_an_object_need_not_choose_between_alternatives() -> None:
    schema = CustomSchema(fields(spec=ONE_OF_TWO))
    annotations = {"kustomize.toolkit.fluxcd.io/ssa": "merge"}
    obj = {"apiVersion": "acme.io/v1", "kind": "Foo", "metadata": {"annotations": annotations}, "spec": {}}
    assert list(schema.errors(obj)) == []


def test_metadata_may_be_restricted_but_never_closed() -> None:
    schema = CustomSchema(fields(metadata=fields(name={**TEXT, "pattern": "^a"})))
    obj = {"apiVersion": "acme.io/v1", "kind": "Foo", "metadata": {"name": "b", "labels": {}}}
    assert [str(error) for error in schema.errors(obj)] == ['metadata.name: "b" does not match ^a']


def endless() -> dict[str, Any]:
    schema = fields()
    schema["properties"]["again"] = schema
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        None,
        [],
        {"type": "no-such-type"},
        {"properties": "text"},
        {"properties": {"a": 3}},
        {"items": [TEXT]},
        {"pattern": "("},
        {"pattern": "(a{1000}){1000}"},
        {"x-kubernetes-list-type": "map"},
        {"x-kubernetes-list-type": "map", "items": {"properties": {"a": None}}, "x-kubernetes-list-map-keys": ["a"]},
        {"required": 3},
        endless(),
    ],
)
def test_what_is_no_schema_is_refused(schema: Any) -> None:
    with pytest.raises(InputError, match="openAPIV3Schema"):
        CustomSchema(schema)


def test_a_reference_in_a_schema_is_not_followed() -> None:
    schema = CustomSchema(fields(spec={"$ref": "http://192.0.2.1/schema.json"}))
    assert list(schema.errors({"apiVersion": "acme.io/v1", "kind": "Foo", "spec": 1})) == []
