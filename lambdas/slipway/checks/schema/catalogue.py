"""Schemas of custom kinds from elsewhere, for those whose definition does not land on the cluster.

They are JSON files as kubeconform reads them, made of CRDs by its `openapi2jsonschema`: the schema of a version with
`additionalProperties: false` added, and what may be a number or text spelled out. Which release of a CRD a cluster has
they cannot know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from slipway.checks.schema.crd import CustomSchema
from slipway.checks.schema.errors import SchemaError
from slipway.errors import InputError
from slipway.fleet.errors import NotFetched

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", re.ASCII)
"""What groups, kinds and versions look like; others are not asked for."""
_ABSENT = "no schema for this kind is at hand"


@dataclass(frozen=True)
class KindVersion:
    """A version of a custom kind."""

    group: str
    kind: str
    version: str

    @property
    def file(self) -> str:
        """Where it is in a catalogue, as github.com/datreeio/CRDs-catalog has it."""
        return f"{self.group}/{self.kind.lower()}_{self.version}.json"


class SchemaSource(Protocol):
    """Has schemas: a directory, a server."""

    def get(self, kind: KindVersion) -> bytes | None:
        """The schema of a kind, None if there is none.

        Raises:
            NotFetched: that cannot be told; the message says why.
        """
        ...


class CataloguedKind:
    """A kind as a catalogue has it; see `DefinedKind`, in whose place it is."""

    def __init__(self, schema: CustomSchema | str) -> None:
        self._schema = schema

    def check(self, obj: Mapping[str, Any]) -> tuple[Iterator[SchemaError], str]:
        """What is wrong with an object of this kind, and why it was not validated, `""` if it was."""
        if isinstance(self._schema, str):
            return iter(()), self._schema
        return self._schema.errors(obj), ""

    def schema_of(self, _obj: Mapping[str, Any]) -> CustomSchema | None:
        """The compiled schema; None if it cannot be used."""
        return None if isinstance(self._schema, str) else self._schema


class Catalogue:
    """All sources, asked in this order. Make one per process, or per run: it keeps what it has compiled."""

    def __init__(self, sources: Sequence[SchemaSource] = ()) -> None:
        self._sources = sources
        self._kinds: dict[KindVersion, CataloguedKind | str] = {}

    def of(self, api_version: str, kind: str) -> CataloguedKind | str:
        """A kind, or why it is not had."""
        group, _, version = api_version.rpartition("/")
        wanted = KindVersion(group, kind, version)
        if not self._sources or not all(map(_NAME.fullmatch, (group, kind, version))):
            return _ABSENT
        if wanted not in self._kinds:
            self._kinds[wanted] = self._found(wanted)
        return self._kinds[wanted]

    def _found(self, wanted: KindVersion) -> CataloguedKind | str:
        why = _ABSENT
        for source in self._sources:
            try:
                content = source.get(wanted)
            except NotFetched as err:
                why = f"no schema for this kind is at hand: {err.message}"
                continue
            if content is not None:
                return CataloguedKind(_compiled(content))
        return why


def _compiled(content: bytes) -> CustomSchema | str:
    try:
        schema = json.loads(content)
        if any(key in schema for key in ("$ref", "definitions", "$defs")):
            return "its schema in the catalogue refers to others, which is not supported"
        return CustomSchema(_structural(schema))
    except (InputError, ValueError, TypeError, RecursionError) as err:
        return f"its schema in the catalogue cannot be used: {str(err).partition(chr(10))[0]}"


def _structural(node: Any) -> Any:
    """The schema as its CRD had it."""
    if isinstance(node, list):
        return [_structural(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _structural(value) for key, value in node.items()}
    types = made.get("type")
    if isinstance(types, list) and len(types) == 2 and "null" in types:
        made["type"] = next(name for name in types if name != "null")
        made["nullable"] = True
    if made.get("oneOf") in _INT_OR_STRING or made.get("format") == "int-or-string":
        for key in ("oneOf", "type", "format"):
            made.pop(key, None)
        made["x-kubernetes-int-or-string"] = True
    if made.get("additionalProperties") is False and (
        made.get("x-kubernetes-preserve-unknown-fields") or "properties" in made
    ):
        made.pop("additionalProperties")  # the translation of properties says it itself
    return made


_INT_OR_STRING = ([{"type": "string"}, {"type": "integer"}], [{"type": "integer"}, {"type": "string"}])
