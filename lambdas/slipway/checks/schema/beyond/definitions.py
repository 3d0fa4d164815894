"""CustomResourceDefinitions: their names, versions and structural schemas.

Source: k8s.io/apiextensions-apiserver, pkg/apis/apiextensions/validation/validation.go,
`validateCustomResourceDefinitionSpec`; pkg/apiserver/schema/validation.go, `validateStructuralInvariants`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from slipway.checks.pods import Part
from slipway.checks.schema.beyond.values import refused, required, together
from slipway.checks.schema.errors import SchemaError, quoted

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_TYPELESS = ("x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields")


def definition_errors(obj: Part) -> Iterator[SchemaError]:
    """What is wrong with a CustomResourceDefinition."""
    spec = obj.part("spec")
    yield from _name_errors(obj.part("metadata"), spec)
    versions = list(spec.items("versions"))
    stored = [version for version in versions if version.value.get("storage") is True]
    if len(stored) != 1:
        count = "several versions are" if stored else "no version is"
        yield together((*spec.path, "versions"), f"{count} stored, and exactly one must be: storage: true")
    names: set[object] = set()
    for version in versions:
        name = version.value.get("name")
        if name in names:
            yield together((*version.path, "name"), f"{quoted(str(name))} is the name of another version")
        names.add(name)
        schema = version.part("schema", "openAPIV3Schema")
        if version.part("schema").value.get("openAPIV3Schema") is None:
            yield required(schema.path, "every version has one")
        else:
            yield from _root_errors(schema)
            yield from _structural_errors(schema)


def _name_errors(metadata: Part, spec: Part) -> Iterator[SchemaError]:
    plural, group = spec.part("names").value.get("plural"), spec.value.get("group")
    name = metadata.value.get("name")
    if not (isinstance(plural, str) and isinstance(group, str) and isinstance(name, str)):
        return
    if name != f"{plural}.{group}" and "${" not in f"{name}{plural}{group}":
        asked = quoted(f"{plural}.{group}")
        yield together((*metadata.path, "name"), f"{quoted(name)} is not {asked}, the plural name and the group")


def _root_errors(schema: Part) -> Iterator[SchemaError]:
    kind = schema.value.get("type")
    if kind in _TYPES and kind != "object":
        yield refused((*schema.path, "type"), f"{quoted(kind)} is not taken of the whole, only object")
    if schema.value.get("additionalProperties") is not None:
        yield refused((*schema.path, "additionalProperties"), "not taken of the whole; name its properties")


def _structural_errors(root: Part) -> Iterator[SchemaError]:
    """What keeps a schema from being structural; inside `allOf` and the like is not looked at."""
    left = [root]
    while left:
        schema = left.pop()
        kind = schema.value.get("type")
        if kind in (None, ""):
            if not any(schema.value.get(key) is True for key in _TYPELESS):
                yield required((*schema.path, "type"), f"every field has one: {', '.join(_TYPES)}")
        elif kind not in _TYPES:
            yield refused((*schema.path, "type"), f"{quoted(str(kind))} is no type; there are {', '.join(_TYPES)}")
        elif kind == "array" and schema.value.get("items") is None:
            yield required((*schema.path, "items"), "what the entries of an array are")
        left += reversed(list(_inner(schema)))


def _inner(schema: Part) -> Iterator[Part]:
    fields = schema.part("properties")
    for name, field in fields.value.items():
        if isinstance(field, Mapping):
            yield Part((*fields.path, name), field)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.value.get(key), Mapping):
            yield schema.part(key)
