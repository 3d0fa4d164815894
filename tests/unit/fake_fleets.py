"""Fleets for tests of the walk, with a kustomize that does next to nothing and so is quick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway.fleet.manifests import dump, load_document, load_documents

URL = "https://github.com/acme/gitops-system"


@dataclass
class FakeEngine:
    """Lists the resources of a kustomization as they are written; it has neither patches nor names to change."""

    version: str = "fake"
    built: list[str] = field(default_factory=list)

    def build(self, files: Mapping[str, bytes], directory: str) -> str:
        """See `slipway.fleet.kustomize.Engine`."""
        self.built.append(directory)
        prefix = f"{directory}/" if directory else ""
        content = load_document(files[f"{prefix}kustomization.yaml"])
        objects = []
        for path in content.get("resources", []):
            for document in load_documents(files[prefix + path.removeprefix("./")]):
                value = dict(document.value)
                origin = {"config.kubernetes.io/origin": dump({"path": path.removeprefix("./")})}
                value["metadata"] = {"annotations": origin, **value["metadata"]}
                objects.append(dump(value))
        return "---\n".join(objects)


def written(api_version: str, kind: str, name: str, /, namespace: str = "flux-system", **fields: Any) -> str:
    return dump({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **fields})


def kustomization(name: str, path: str | None, source: str = "flux-system", **spec: Any) -> str:
    spec = {"sourceRef": {"kind": "GitRepository", "name": source}, **spec}
    if path is not None:
        spec["path"] = path
    return written("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name, spec=spec)


def repository(name: str = "flux-system", url: str = URL, **spec: Any) -> str:
    return written("source.toolkit.fluxcd.io/v1", "GitRepository", name, spec={"url": url, **spec})


def config(name: str, **data: str) -> str:
    return written("v1", "ConfigMap", name, data=data)


def bootstrap(*clusters: str, **spec: Any) -> dict[str, str]:
    return {
        f"clusters/{cluster}/flux-system/gotk-sync.yaml": "---\n".join(
            (repository(**spec), kustomization("flux-system", f"./clusters/{cluster}"))
        )
        for cluster in clusters
    }
