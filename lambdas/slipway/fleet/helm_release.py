"""Flux's HelmRelease, as far as a renderer reads it.

Fields and defaults are those of `helm.toolkit.fluxcd.io/v2` (fluxcd/helm-controller, `api/v2/helmrelease_types.go`).
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.fleet.errors import BuildError
from slipway.fleet.flux import HELM_GROUP, SOURCE_GROUP, kube_config, reference
from slipway.fleet.helm_values import ValuesRef
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, sequence, text

MAX_NAME = 53
"""Longest name of a Helm release."""

_CRD_POLICIES = ("Skip", "Create", "CreateReplace")
_STRATEGIES = ("combined", "nohooks", "separate")


@dataclass(frozen=True)
class ChartSpec:
    """Which chart to take from a source, of a HelmRelease's `spec.chart` or a HelmChart."""

    chart: str
    """Name in a HelmRepository, path in any other source."""
    version: str
    """Version or range; `""` and `*` are the newest. It counts for a HelmRepository only."""
    source: ObjectKey
    values_files: tuple[str, ...]
    """What takes the place of the chart's own values.yaml; empty if it stays."""
    ignore_missing_values_files: bool
    by_revision: bool
    """True if the source's revision becomes a part of the chart's version."""


@dataclass(frozen=True)
class HelmRelease:
    """A Flux HelmRelease."""

    definition: KubeObject

    @property
    def key(self) -> ObjectKey:
        """Its identity on the cluster whose Flux reconciles it."""
        return self.definition.key

    @property
    def spec(self) -> Mapping[str, Any]:
        """The spec as written."""
        return self.definition.spec

    @property
    def suspended(self) -> bool:
        """True if Flux leaves it alone."""
        return self.spec.get("suspend") is True

    @property
    def kube_config(self) -> tuple[str, str] | None:
        """Kind (`Secret` or `ConfigMap`) and name of what describes the cluster that it installs to; None: its own."""
        return kube_config(self.spec)

    @property
    def depends_on(self) -> tuple[ObjectKey, ...]:
        """HelmReleases that must be ready first."""
        return tuple(
            ObjectKey(
                HELM_GROUP,
                "HelmRelease",
                text(entry.get("namespace")) or self.definition.namespace,
                text(entry.get("name")),
            )
            for entry in map(mapping, sequence(self.spec.get("dependsOn")))
        )

    @property
    def release_name(self) -> str:
        """Helm's name for it: one that is too long ends in a hash (helm-controller, `internal/release/name.go`)."""
        parts = (text(self.spec.get("targetNamespace")), self.definition.name)
        name = text(self.spec.get("releaseName")) or "-".join(part for part in parts if part)
        if len(name.encode()) <= MAX_NAME:
            return name
        return f"{name[: MAX_NAME - 13]}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"

    @property
    def release_namespace(self) -> str:
        """Where objects go that name no namespace."""
        return text(self.spec.get("targetNamespace")) or self.definition.namespace

    @property
    def creates_namespace(self) -> bool:
        """True if Helm makes the namespace where it is missing."""
        return bool(text(self.spec.get("targetNamespace"))) and self._install.get("createNamespace") is True

    @property
    def values(self) -> Mapping[str, Any]:
        """`spec.values`."""
        return mapping(self.spec.get("values"))

    @property
    def values_from(self) -> list[ValuesRef]:
        """`spec.valuesFrom`, in order."""
        return [
            ValuesRef(
                kind=text(entry.get("kind")),
                name=text(entry.get("name")),
                key=text(entry.get("valuesKey")) or "values.yaml",
                target_path=text(entry.get("targetPath")),
                optional=entry.get("optional") is True,
                literal=entry.get("literal") is True,
            )
            for entry in map(mapping, sequence(self.spec.get("valuesFrom")))
        ]

    @property
    def chart(self) -> ChartSpec | None:
        """`spec.chart`; None if `spec.chartRef` says where the chart is.

        Raises:
            BuildError: neither of them is set, or both.
        """
        if bool(self.spec.get("chart")) == bool(self.spec.get("chartRef")):
            raise BuildError("exactly one of spec.chart and spec.chartRef must be set")
        if not self.spec.get("chart"):
            return None
        return chart_spec(mapping(mapping(self.spec.get("chart")).get("spec")), self.definition.namespace)

    @property
    def chart_ref(self) -> ObjectKey:
        """`spec.chartRef`: an OCIRepository, a HelmChart or an ExternalArtifact."""
        return reference(self.spec.get("chartRef"), SOURCE_GROUP, self.definition.namespace)

    @property
    def installs_crds(self) -> bool:
        """False if the objects in the chart's `crds/` are left out.

        Raises:
            BuildError: `spec.install.crds` is no policy.
        """
        policy = text(self._install.get("crds")) or "Create"
        if policy not in _CRD_POLICIES:
            raise BuildError(f"install.crds: {policy!r} is none of {', '.join(_CRD_POLICIES)}")
        return policy != "Skip"

    @property
    def validates_values(self) -> bool:
        """False if the values are not held against the chart's schema."""
        return self._install.get("disableSchemaValidation") is not True

    @property
    def hook_events(self) -> frozenset[str]:
        """The hooks that Flux runs while the release lives: none of its deletion, none of a rollback."""
        events: set[str] = set()
        if self._install.get("disableHooks") is not True:
            events |= {"pre-install", "post-install"}
        if mapping(self.spec.get("upgrade")).get("disableHooks") is not True:
            events |= {"pre-upgrade", "post-upgrade"}
        if mapping(self.spec.get("test")).get("enable") is True:
            events |= {"test", "test-success"}
        return frozenset(events)

    @property
    def post_renderers(self) -> list[Mapping[str, Any]]:
        """The kustomizations of `spec.postRenderers`, in order; empty ones count."""
        entries = (mapping(entry).get("kustomize") for entry in sequence(self.spec.get("postRenderers")))
        return [entry for entry in entries if isinstance(entry, Mapping)]

    @property
    def post_render_strategy(self) -> str:
        """Which stream hooks are post-rendered in: `combined` (since Flux 2.9), `separate`, or none with `nohooks`.

        Raises:
            BuildError: it is none of them.
        """
        strategy = text(self.spec.get("postRenderStrategy")) or "combined"
        if strategy not in _STRATEGIES:
            raise BuildError(f"postRenderStrategy: {strategy!r} is none of {', '.join(_STRATEGIES)}")
        return strategy

    @property
    def post_render_settings(self) -> tuple[Any, ...]:
        """Everything that decides what becomes of the chart's manifests."""
        return (
            self.post_renderers,
            self.post_render_strategy,
            self.common_labels,
            self.common_annotations,
            sorted(self.hook_events),
        )

    @property
    def common_labels(self) -> Mapping[str, str]:
        """Labels of everything that is post-rendered; those that name the release come last."""
        common = mapping(self.spec.get("commonMetadata"))
        return {**mapping(common.get("labels")), **self.origin_labels}

    @property
    def common_annotations(self) -> Mapping[str, str]:
        """Annotations of everything that is post-rendered."""
        return mapping(mapping(self.spec.get("commonMetadata")).get("annotations"))

    @property
    def origin_labels(self) -> Mapping[str, str]:
        """The labels by which Flux marks what a HelmRelease brings."""
        return {
            f"{HELM_GROUP}/name": self.definition.name,
            f"{HELM_GROUP}/namespace": self.definition.namespace,
        }

    @property
    def _install(self) -> Mapping[str, Any]:
        return mapping(self.spec.get("install"))


def chart_spec(spec: Mapping[str, Any], namespace: str) -> ChartSpec:
    """A HelmChart's spec, or that of a HelmRelease's template for one."""
    files = tuple(text(entry) for entry in sequence(spec.get("valuesFiles")))
    if len(files) == 1 and posixpath.normpath(files[0]) == "values.yaml":
        files = ()
    return ChartSpec(
        chart=text(spec.get("chart")),
        version=str(spec.get("version") or ""),
        source=reference(spec.get("sourceRef"), SOURCE_GROUP, namespace),
        values_files=files,
        ignore_missing_values_files=spec.get("ignoreMissingValuesFiles") is True,
        by_revision=spec.get("reconcileStrategy") == "Revision",
    )
