"""The schemas of all Kubernetes versions, compiled as they are needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import jsonschema_rs

from slipway.checks.schema.keywords import LIST_KEYS, ListKeys
from slipway.checks.schema.published import VersionSchemas

_URI = "urn:kubernetes"
_VERSION = re.compile(r"v?(\d+\.\d+)(?![\d])")


class Schemas:
    """Make one per process: it keeps what it has loaded and compiled.

    Attributes:
        versions: the Kubernetes versions (`"1.33"`) that it has schemas for, oldest first.
    """

    def __init__(self, versions: Iterable[str], load: Callable[[str], VersionSchemas]) -> None:
        """Take the known versions, and the function that loads one of them."""
        self.versions = tuple(sorted(versions, key=lambda version: [int(part) for part in version.split(".")]))
        self._load = load
        self._loaded: dict[str, VersionSchemas] = {}
        self._kinds: dict[str, Mapping[str, str]] = {}
        self._registries: dict[str, jsonschema_rs.Registry] = {}
        self._validators: dict[tuple[str, str], jsonschema_rs.Draft202012Validator] = {}

    def version(self, text: str) -> str | None:
        """The known version that a text names (`v1.33.4-eks-1a2b3c4` → `1.33`), None if it is not known."""
        match = _VERSION.match(text)
        return match[1] if match and match[1] in self.versions else None

    def of(self, version: str) -> VersionSchemas:
        """The schemas of a known version."""
        if version not in self._loaded:
            self._loaded[version] = self._load(version)
        return self._loaded[version]

    def validator(self, version: str, definition: str) -> jsonschema_rs.Draft202012Validator:
        """The compiled schema of a definition in a known version."""
        key = version, definition
        if key not in self._validators:
            self._validators[key] = jsonschema_rs.Draft202012Validator(
                {"$ref": f"{_URI}#/$defs/{definition}"},
                registry=self._registry(version),
                keywords={LIST_KEYS: ListKeys},
                validate_formats=True,
                offline=True,
            )
        return self._validators[key]

    def _registry(self, version: str) -> jsonschema_rs.Registry:
        if version not in self._registries:
            document = {"$defs": self.of(version).definitions}
            self._registries[version] = jsonschema_rs.Registry([(_URI, document)], draft=jsonschema_rs.Draft202012)
        return self._registries[version]

    def serving(self, kind: str) -> tuple[str, ...]:
        """The versions that serve a kind (`"policy/v1 PodDisruptionBudget"`), oldest first.

        Loads every version the first time, and keeps no more of them than their kinds.
        """
        return tuple(version for version in self.versions if kind in self._kinds_of(version))

    def _kinds_of(self, version: str) -> Mapping[str, str]:
        if version not in self._kinds:
            self._kinds[version] = (self._loaded.get(version) or self._load(version)).kinds
        return self._kinds[version]
