"""What helm-controller does to a chart's manifests before they are applied.

Source of the rules: fluxcd/helm-controller, `internal/postrender/` and `internal/action/{install,crds}.go`; helm/helm,
`pkg/action/action.go` for the streams. Whatever a release asks for, its manifests pass through kustomize once: that
refuses objects that are there twice, and reads `on` and `yes` as text, which the API server would not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.fleet.errors import BuildError
from slipway.fleet.helm_output import Manifest, hook_events, objects
from slipway.fleet.helm_release import HelmRelease
from slipway.fleet.kustomize import Engine
from slipway.fleet.manifests import dump
from slipway.fleet.objects import mapping, sequence, text

_INPUT = "helm-output.yaml"
_SELECTORS = ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")
_IMAGE_FIELDS = ("name", "newName", "newTag", "digest")


@dataclass(frozen=True)
class PostRenderer:
    """Makes of a chart's manifests what is applied."""

    engine: Engine

    def run(self, manifests: list[Manifest], release: HelmRelease) -> list[Mapping[str, Any]]:
        """The objects that a release applies, CRDs first; without those hooks that do not run while it lives.

        Raises:
            BuildError: Flux would fail on them.
        """
        found = list(_crds(manifests, release))
        for stream, processed in _streams(manifests, release.post_render_strategy):
            made = self._post_rendered(stream, release) if processed else _read(stream)
            found.extend(value for value in made if not (events := hook_events(value)) or events & release.hook_events)
        return found

    def _post_rendered(self, stream: list[str], release: HelmRelease) -> Iterator[Mapping[str, Any]]:
        content = "---\n".join(part if part.endswith("\n") else f"{part}\n" for part in stream)
        if not content.strip():
            return
        for kustomize in release.post_renderers or [{}]:
            content = self._kustomized(content, kustomize)
        for value in objects(content, "the chart's post-rendered manifests"):
            yield _with_metadata(value, release.common_labels, release.common_annotations)

    def _kustomized(self, content: str, kustomize: Mapping[str, Any]) -> str:
        kustomization = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [_INPUT],
            "sortOptions": {"order": "fifo"},
            "images": _picked(kustomize.get("images"), _IMAGE_FIELDS),
            "patches": [
                {"patch": text(patch.get("patch"))}
                | ({"target": _fields(patch["target"], _SELECTORS)} if patch.get("target") else {})
                for patch in map(mapping, sequence(kustomize.get("patches")))
            ],
        }
        files = {"kustomization.yaml": dump(kustomization).encode(), _INPUT: content.encode()}
        try:
            return self.engine.build(files, "")
        except BuildError as err:
            raise BuildError(f"post-rendering of the chart's manifests fails: {err.message}") from None


def _streams(manifests: list[Manifest], strategy: str) -> Iterator[tuple[list[str], bool]]:
    """Texts that are post-rendered together, and whether they are at all."""
    templates = [manifest for manifest in manifests if not manifest.in_crds]
    if strategy == "combined":
        yield [manifest.text for manifest in templates], True
        return
    hooks = [manifest for manifest in templates if any(map(hook_events, _read([manifest.text])))]
    yield [manifest.text for manifest in templates if manifest not in hooks], True
    yield [manifest.text for manifest in hooks], strategy == "separate"


def _crds(manifests: list[Manifest], release: HelmRelease) -> Iterator[Mapping[str, Any]]:
    """Of `crds/`, Flux applies the CustomResourceDefinitions, past the post-renderers."""
    for value in _read([manifest.text for manifest in manifests if manifest.in_crds]):
        if value["kind"] == "CustomResourceDefinition" and text(value.get("apiVersion")).startswith("apiextensions."):
            yield _with_metadata(value, release.origin_labels, {})


def _read(stream: list[str]) -> Iterator[Mapping[str, Any]]:
    for part in stream:
        yield from objects(part, "the chart's manifests")


def _with_metadata(
    value: Mapping[str, Any], labels: Mapping[str, str], annotations: Mapping[str, str]
) -> Mapping[str, Any]:
    metadata = dict(mapping(value.get("metadata")))
    for name, added in (("labels", labels), ("annotations", annotations)):
        if added:
            metadata[name] = {**mapping(metadata.get(name)), **added}
    return {**value, "metadata": metadata}


def _picked(entries: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [_fields(entry, names) for entry in sequence(entries)]


def _fields(entry: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in mapping(entry).items() if name in names}
