"""Rule about what Crossplane 2 has done away with: SLW304.

Source: docs.crossplane.io, "Upgrade to Crossplane v2", and crossplane/crossplane `apis/{apiextensions,pkg}` at v2.0.0:
a Composition has no mode but `Pipeline`, packages have no ControllerConfig and no default registry, XRDs of version v2
have neither claims nor connection details, and there are no external secret stores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.checks.finding import Rule
from slipway.checks.said import Said
from slipway.checks.subject import Landed, Subject
from slipway.checks.upgrade.releases import Releases
from slipway.checks.upgrade.tool_apis import CROSSPLANE
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, mapping, text

FEATURE_GONE = Rule("SLW304", "A feature that Crossplane 2 does not have", "error")

_TWO = (2, 0)
_GROUPS = ("apiextensions.crossplane.io", "pkg.crossplane.io")


@dataclass(frozen=True)
class _Feature:
    path: Path
    message: str
    hint: str
    only_two: bool = False
    """True if the object is of 2.x itself, so that it is refused whatever else is known."""


def feature_findings(subject: Subject, releases: Releases) -> Iterator[Said]:
    """Compositions, XRDs and packages that Crossplane 2 refuses: an error where it is known to be on the cluster."""
    for landed in subject.distinct:
        if landed.obj.group in _GROUPS:
            for feature in _features(landed.obj):
                yield from _said(landed, feature, releases)


def _said(landed: Landed, feature: _Feature, releases: Releases) -> Iterator[Said]:
    certain: list[str] = []
    later: list[str] = []
    for name in landed.clusters:
        release = releases.of(CROSSPLANE, name)
        (certain if feature.only_two or (release and release >= _TWO) else later).append(name)
    for rule, clusters in ((FEATURE_GONE, certain), (FEATURE_GONE.at("warning"), later)):
        if clusters:
            yield Said(rule, landed, feature.path, feature.message, feature.hint, tuple(clusters))


def _features(obj: KubeObject) -> Iterator[_Feature]:
    spec = obj.spec
    if obj.kind == "Composition":
        yield from _of_composition(spec)
    elif obj.kind == "CompositeResourceDefinition" and obj.api_version.endswith("/v2"):
        for name in ("claimNames", "connectionSecretKeys"):
            if spec.get(name):
                hint = "take it out, or keep the XRD at apiextensions.crossplane.io/v1 with scope LegacyCluster"
                yield _Feature(("spec", name), f"an XRD of version v2 has no {name}", hint, only_two=True)
    elif obj.kind in ("Provider", "Configuration", "Function"):
        yield from _of_package(spec)


def _of_composition(spec: Mapping[str, Any]) -> Iterator[_Feature]:
    if spec.get("resources") and spec.get("mode") != "Pipeline":
        message = "it patches and transforms by itself (spec.resources), which Crossplane 2 leaves to a function"
        hint = "make it a pipeline with function-patch-and-transform: `crossplane beta convert pipeline-composition`"
        yield _Feature(("spec", "resources"), message, hint)
    if spec.get("publishConnectionDetailsWithStoreConfigRef"):
        message = "Crossplane 2 has no external secret stores"
        path: Path = ("spec", "publishConnectionDetailsWithStoreConfigRef")
        yield _Feature(path, message, "take it out; External Secrets' PushSecret can do it")


def _of_package(spec: Mapping[str, Any]) -> Iterator[_Feature]:
    if mapping(spec.get("controllerConfigRef")):
        hint = "use runtimeConfigRef and a DeploymentRuntimeConfig (pkg.crossplane.io/v1beta1)"
        yield _Feature(("spec", "controllerConfigRef"), "Crossplane 2 has no ControllerConfig", hint)
    package = text(spec.get("package"))
    if package and "$" not in package and not _FULL_NAME.fullmatch(package):
        message = (
            "its package is not named in full, which Crossplane 2 insists on: registry, repository, and tag or digest"
        )
        yield _Feature(
            ("spec", "package"), message, "e.g. xpkg.crossplane.io/crossplane-contrib/provider-aws-s3:v2.6.0"
        )


_FULL_NAME = re.compile(r"[^./]+(\.[^./]+)+(/[^/:@]+)+(:[^:@]+(@sha256.+)?|@sha256.+)")
"""Source: the CEL rule at `PackageSpec.package`, crossplane/crossplane apis/pkg/v1/package_types.go, v2.0.0."""
