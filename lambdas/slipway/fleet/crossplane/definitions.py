"""Crossplane's own objects, as far as composing reads them.

Sources: crossplane/crossplane v1.20 and v2.0, `apis/apiextensions/v1/{xrd,composition}_types.go`, `v2/xrd_types.go`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from slipway.fleet.objects import KubeObject, mapping, sequence, text
from slipway.fleet.scope import XRD_GROUP, GroupKind

PACKAGE_GROUP = "pkg.crossplane.io"


def is_xrd(obj: KubeObject) -> bool:
    """True for a CompositeResourceDefinition."""
    return obj.kind == "CompositeResourceDefinition" and obj.group == XRD_GROUP


def is_composition(obj: KubeObject) -> bool:
    """True for a Composition."""
    return obj.kind == "Composition" and obj.group == XRD_GROUP


@dataclass(frozen=True)
class Xrd:
    """A CompositeResourceDefinition."""

    obj: KubeObject

    @property
    def group(self) -> str:
        """API group of what it defines."""
        return text(self.obj.spec.get("group"))

    @property
    def kind(self) -> str:
        """Kind of its composites."""
        return text(mapping(self.obj.spec.get("names")).get("kind"))

    @property
    def claim_kind(self) -> str:
        """Kind of its claims; empty if it has none."""
        return text(mapping(self.obj.spec.get("claimNames")).get("kind"))

    @property
    def is_legacy(self) -> bool:
        """True if its composites are those of Crossplane 1.x, also where 2.x serves them."""
        scope = text(self.obj.spec.get("scope"))
        return (scope or ("LegacyCluster" if self.obj.api_version.endswith("/v1") else "")) == "LegacyCluster"

    @cached_property
    def versions(self) -> Mapping[str, Mapping[str, Any]]:
        """Its versions by name."""
        found = map(mapping, sequence(self.obj.spec.get("versions")))
        return {text(version.get("name")): version for version in found}

    @property
    def referenceable(self) -> str:
        """The version that Compositions are for; empty if none is marked."""
        return next((name for name, each in self.versions.items() if each.get("referenceable") is True), "")

    @property
    def api_version(self) -> str:
        """The `apiVersion` that Compositions name."""
        return f"{self.group}/{self.referenceable}"

    def schema(self, version: str) -> Mapping[str, Any]:
        """What it says of a version's objects; empty if it says nothing."""
        return mapping(mapping(mapping(self.versions.get(version)).get("schema")).get("openAPIV3Schema"))

    def composition_named(self, field: str) -> str:
        """The Composition that `defaultCompositionRef` or `enforcedCompositionRef` names."""
        return text(mapping(self.obj.spec.get(field)).get("name"))


class Platform:
    """What a cluster's Crossplane works with, of what lands there."""

    def __init__(self, objects: Iterable[KubeObject]) -> None:
        self.xrds: dict[GroupKind, Xrd] = {}
        """By the kinds that they define, composites and claims."""
        self.compositions: dict[str, KubeObject] = {}
        self.packages: dict[tuple[str, str], KubeObject] = {}
        """Functions, Providers and Configurations, by kind and name."""
        for obj in objects:
            if is_xrd(obj):
                xrd = Xrd(obj)
                for kind in filter(None, (xrd.kind, xrd.claim_kind)):
                    self.xrds.setdefault((xrd.group, kind), xrd)
            elif is_composition(obj):
                self.compositions.setdefault(obj.name, obj)
            elif obj.group == PACKAGE_GROUP:
                self.packages.setdefault((obj.kind, obj.name), obj)

    @cached_property
    def composed_types(self) -> Mapping[tuple[str, str], tuple[KubeObject, ...]]:
        """The Compositions by the `apiVersion` and kind of the composites that they are for."""
        found: dict[tuple[str, str], list[KubeObject]] = {}
        for composition in self.compositions.values():
            found.setdefault(composite_type(composition), []).append(composition)
        return {kind: tuple(compositions) for kind, compositions in found.items()}

    def function_package(self, name: str) -> str:
        """The package of a Function; empty if it does not land here."""
        function = self.packages.get(("Function", name))
        return text(function.spec.get("package")) if function else ""


def composite_type(composition: KubeObject) -> tuple[str, str]:
    """`apiVersion` and kind of the composites that a Composition is for."""
    ref = mapping(composition.spec.get("compositeTypeRef"))
    return text(ref.get("apiVersion")), text(ref.get("kind"))
