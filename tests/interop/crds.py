"""CRDs that projects ship in their Go modules."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MODULES = {
    ("sigs.k8s.io/gateway-api@v1.6.0", "h1:735YBRj5NXFrOGX0GoSjwzUIzbz8kiEOfADsqHFmHgE="): "config/crd/*/*.yaml",
    ("sigs.k8s.io/karpenter@v1.12.0", "h1:SffONGtSqVfTiEBM55OZb5ZVEsBPaEcLuRLL8v98sPo="): "pkg/apis/crds/*.yaml",
    (
        "github.com/aws/karpenter-provider-aws@v1.12.0",
        "h1:i85sVPjpZ0kfUCGZEbg5h1c5FF4M7UrdsQIKYwZHIJA=",
    ): "pkg/apis/crds/karpenter.k8s*.yaml",
    (
        "github.com/fluxcd/source-controller@v1.8.0",
        "h1:h549HUCBEG4jGs3uFYfb2+/XhJjcz+pvB8VG4mdSYDw=",
    ): "config/crd/bases/*.yaml",
    (
        "github.com/fluxcd/kustomize-controller@v1.9.6",
        "h1:XB+G3A0mky0j5uVHZWv4oSlS2RvZBoNIUhstIvY0JKE=",
    ): "config/crd/bases/*.yaml",
    (
        "github.com/fluxcd/helm-controller@v1.4.0",
        "h1:rkm8rmB6Na7eNc4pJOnvtXEaJ19iKluRtayHKjBxcUM=",
    ): "config/crd/bases/*.yaml",
    (
        "github.com/cert-manager/cert-manager@v1.21.2",
        "h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=",
    ): "deploy/crds/*.yaml",
    (
        "github.com/external-secrets/external-secrets@v1.3.2",
        "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=",
    ): "config/crds/bases/*.yaml",
    (
        "github.com/crossplane/crossplane/v2@v2.0.2",
        "h1:OKA26pnm3/uFHN1zF9d2CGkkvod9H/6PrK4xmL81BgU=",
    ): "cluster/crds/*.yaml",
}
"""Where they are, by module and the hash of its content."""


@dataclass(frozen=True)
class Version:
    """One version of a kind that has rules."""

    name: str
    """`httproutes.gateway.networking.k8s.io/v1`."""
    schema: dict[str, Any]
    rules: tuple[dict[str, Any], ...]


def versions_with_rules() -> list[Version]:
    """All of them, each schema once; downloads what is not there yet."""
    found = [version for (module, sum_), pattern in MODULES.items() for version in _of(module, sum_, pattern)]
    by_schema = {json.dumps([version.name, version.schema], sort_keys=True): version for version in found}
    return list(by_schema.values())


def _of(module: str, sum_: str, pattern: str) -> Iterator[Version]:
    done = subprocess.run(["go", "mod", "download", "-json", module], capture_output=True, check=False, cwd="/")
    answer = json.loads(done.stdout)
    if answer.get("Error") or answer["Sum"] != sum_:
        raise RuntimeError(f"{module}: {answer.get('Error') or 'its content is not what it was'}")
    for path in sorted(Path(answer["Dir"]).glob(pattern)):
        for document in yaml.load_all(path.read_bytes(), yaml.CSafeLoader):
            if document and document.get("kind") == "CustomResourceDefinition":
                yield from _versions(document)


def _versions(document: dict[str, Any]) -> Iterator[Version]:
    for version in document["spec"]["versions"]:
        schema = _undescribed(version["schema"]["openAPIV3Schema"])
        if rules := tuple(_rules(schema)):
            yield Version(f"{document['metadata']['name']}/{version['name']}", schema, rules)


def _undescribed(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _undescribed(value) for key, value in node.items() if not _is_description(key, value)}
    return [_undescribed(item) for item in node] if isinstance(node, list) else node


def _is_description(key: str, value: Any) -> bool:
    return key == "description" and isinstance(value, str)


def _rules(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield from (rule for rule in node.get("x-kubernetes-validations") or () if "rule" in rule)
        for value in node.values():
            yield from _rules(value)
    elif isinstance(node, list):
        for item in node:
            yield from _rules(item)
