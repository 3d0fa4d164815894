"""What the rules about Crossplane look at: Compositions with their clusters, templates and definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from slipway.checks.schema.crossplane import composite_schema
from slipway.checks.subject import Landed, Subject
from slipway.errors import InputError
from slipway.fleet.crossplane.composing import PT_GROUP, is_native, steps_of
from slipway.fleet.crossplane.composite import Composite
from slipway.fleet.crossplane.definitions import Platform, Xrd, composite_type, is_composition
from slipway.fleet.crossplane.errors import PatchError
from slipway.fleet.crossplane.pt_input import flaws
from slipway.fleet.crossplane.templates import Template, templates
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster
from slipway.fleet.objects import mapping, text


@dataclass(frozen=True)
class Written:
    """A Composition as it is written, wherever it lands."""

    landed: Landed
    templates: tuple[Template, ...]
    """Those that can be read."""
    is_native: bool
    """True if Crossplane 1.x patches and transforms by itself."""

    @property
    def composite_type(self) -> tuple[str, str]:
        """`apiVersion` and kind of its composites."""
        return composite_type(self.landed.obj)


class World:
    """Make one per run."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self._platforms: dict[str, Platform] = {}
        self._schemas: dict[tuple[int, str], Mapping[str, Any]] = {}

    def platform(self, cluster: str) -> Platform:
        """What a cluster's Crossplane works with."""
        if cluster not in self._platforms:
            self._platforms[cluster] = Platform(self.subject.fleet.clusters[cluster].objects)
        return self._platforms[cluster]

    @cached_property
    def compositions(self) -> tuple[Written, ...]:
        """Every Composition of the fleet once."""
        return tuple(_written(landed) for landed in self.subject.distinct if is_composition(landed.obj))

    def composites(self) -> Iterator[tuple[Cluster, Composite]]:
        """Every composite with its cluster."""
        for cluster in self.subject.fleet.clusters.values():
            for owner in cluster.expanded:
                if isinstance(owner, Composite):
                    yield cluster, owner

    def xrd(self, cluster: str, api_version: str, kind: str) -> Xrd | None:
        """The definition of a kind of composites on a cluster."""
        found = self.platform(cluster).xrds.get((api_version.rpartition("/")[0], kind))
        return found if found and found.kind == kind else None

    def composite_schema(self, xrd: Xrd, version: str) -> Mapping[str, Any]:
        """The schema of its composites with Crossplane's own fields; empty if it has none that can be used."""
        key = id(xrd.obj), version
        if key not in self._schemas:
            scope = "LegacyCluster" if xrd.is_legacy else text(xrd.obj.spec.get("scope")) or "Namespaced"
            try:
                given = xrd.schema(version)
                self._schemas[key] = composite_schema(given, scope) if given else {}
            except InputError:
                self._schemas[key] = {}
        return self._schemas[key]

    def may_come_otherwise(self, cluster: str) -> str:
        """What may bring XRDs, Compositions and functions that are not seen here; empty if nothing may."""
        for kind, name in self.platform(cluster).packages:
            if kind == "Configuration":
                return f"Configuration {name}"
        items = self.subject.fleet.not_rendered
        return next((item.what for item in items if item.cluster in (cluster, "") and not item.composed), "")


def _written(landed: Landed) -> Written:
    spec = landed.obj.spec
    native = is_native(spec)
    found: list[Template] = []
    inputs = [(("spec",), spec)] if native else list(pt_inputs(spec))
    for path, value in inputs:
        if native or next(flaws(value), None) is None:
            try:
                found.extend(templates(value, path, native=native))
            except PatchError:
                continue  # composing tells of it
    return Written(landed, tuple(found), native)


def pt_inputs(spec: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The inputs of function-patch-and-transform in a Composition's pipeline, with their places."""
    for path, step in steps_of(spec):
        value = mapping(step.get("input"))
        if text(value.get("apiVersion")).partition("/")[0] == PT_GROUP:
            yield (*path, "input"), value
