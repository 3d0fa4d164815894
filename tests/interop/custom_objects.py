"""Objects made up to a schema, of words that its rules ask for, so that about half of them are refused."""

from __future__ import annotations

import re
from copy import deepcopy
from random import Random
from typing import Any

from tests.interop.crds import Version

_WORDS = ("a", "b", "example.com", "*.example.com", "10.0.0.1", "Foo", "a/b", "x-y", "https://a.b", "", "PathPrefix")
_MORE = ("/x", "HTTP", "core", "Service", "Gateway", "50m", "1h", "100", "v1", "default")
_TIMES = ("2024-01-01T00:00:00Z", "2023-05-05T10:00:00.5+02:00")


class Maker:
    """Makes objects of one version of a kind."""

    def __init__(self, version: Version, random: Random) -> None:
        asked = sorted({word for rule in version.rules for word in _literals(rule)})
        self._words = (*asked, *asked, *_WORDS, *_MORE)
        self._schema = version.schema
        self._random = random
        self._share = 0.5

    def case(self) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """An object, and mostly one that it may have been."""
        self._share = self._random.choice((0.15, 0.4, 0.7))
        obj = self._whole()
        return obj, self._earlier(obj) if self._random.random() < 0.6 else None

    def _whole(self) -> dict[str, Any]:
        made = self._value(self._schema, 0)
        metadata = {"name": self._random.choice(("default", "x"))}
        return {**made, "apiVersion": "example.com/v1", "kind": "Example", "metadata": metadata}

    def _earlier(self, obj: dict[str, Any]) -> dict[str, Any]:
        """The object with some of its fields as those of another."""
        old, other = deepcopy(obj), self._whole()
        for name, value in other.items():
            if name not in ("metadata", "apiVersion", "kind") and self._random.random() < 0.5:
                old[name] = value
            elif isinstance(value, dict) and isinstance(old.get(name), dict):
                old[name].update({key: part for key, part in value.items() if self._random.random() < 0.3})
        return old

    def _value(self, schema: dict[str, Any], depth: int) -> Any:
        random = self._random
        if schema.get("x-kubernetes-int-or-string"):
            return random.choice((1, 80, "50%", "x", 0, "10"))
        if "default" in schema and random.random() < 0.3:
            return deepcopy(schema["default"])
        if schema.get("enum"):
            return random.choice(schema["enum"])
        match schema.get("type"):
            case "object":
                return self._object(schema, depth)
            case "array":
                count = max(random.choice((0, 1, 1, 2, 3)), schema.get("minItems", 0))
                items = range(min(count, schema.get("maxItems", count)))
                return [self._value(schema.get("items") or {}, depth + 1) for _ in items]
            case "string":
                return random.choice(_FORMATTED.get(schema.get("format", ""), self._words))
            case "integer":
                return random.choice((0, 1, 2, 3, 5, 443, 8080, schema.get("minimum", 1), schema.get("maximum", 10)))
            case "number":
                return random.choice((0, 1, 1.5, schema.get("minimum", 1)))
            case "boolean":
                return random.random() < 0.5
        return random.choice((1, "x", {"a": 1}, [1]))

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        random, others = self._random, schema.get("additionalProperties")
        if isinstance(others, dict):
            return {random.choice(self._words): self._value(others, depth + 1) for _ in range(random.choice((0, 1, 2)))}
        share = self._share / (1 + depth * 0.12)
        required = schema.get("required") or ()
        made = {
            name: self._value(field, depth + 1)
            for name, field in (schema.get("properties") or {}).items()
            if name in required or random.random() < share
        }
        if schema.get("x-kubernetes-preserve-unknown-fields") and random.random() < 0.5:
            made["unknown"] = random.choice((1, "a", {"q": [1]}))
        return made


_FORMATTED = {"date-time": _TIMES, "duration": ("1h", "30s", "1h30m", "5 days"), "byte": ("aGk=",)}


def _literals(rule: dict[str, Any]) -> list[str]:
    found = re.findall(r"'([^']{0,60})'|\"([^\"]{0,60})\"", rule["rule"] + rule.get("messageExpression", ""))
    return [word for pair in found for word in pair]
