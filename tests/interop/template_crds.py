"""Schemas of the kinds that the templates use, out of the projects' Go modules."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

AWS = ("aws", "dynamodb", "rds", "sqs")
"""Groups of the provider family that applications and accounts use; tests of crossplane/ have the others."""
MODULES = (
    (
        "github.com/controlplaneio-fluxcd/flux-operator@v0.59.0",
        "h1:jByuiWYtjSJxucGHuz68tV0DeVFz5CYrKQYfxAwE7lE=",
        ("config/crd/bases/*.yaml", "config/data/flux/v2.9.5/*.yaml"),
    ),
    (
        "github.com/external-secrets/external-secrets@v1.3.2",
        "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=",
        ("config/crds/bases/external-secrets.io_*.yaml",),
    ),
    (
        "github.com/bitnami-labs/sealed-secrets@v0.40.0",
        "h1:rvCP35JL8ZV5LNA2SrwNR6iLyoM3ulrSFWN0lBtYEYI=",
        ("helm/sealed-secrets/crds/*.yaml",),
    ),
    (
        "sigs.k8s.io/karpenter@v1.15.0",
        "h1:5SEptlAvsOZbNg4qg8OSdF1qi6BEZHZLA020nXY7jGw=",
        ("pkg/apis/crds/karpenter.sh_*.yaml",),
    ),
    (
        "github.com/aws/karpenter-provider-aws@v1.15.1",
        "h1:6eH///KgWKDwD2R6wHRnKGN8Vu8OHueaXjNdx64TnuY=",
        ("pkg/apis/crds/karpenter.k8s*.yaml",),
    ),
    (
        "github.com/crossplane/crossplane/v2@v2.4.0",
        "h1:atHTxD+8jOOiM1Xf6UMlyZqPYMedRVDSGU10Znt4KR8=",
        ("cluster/crds/*.yaml",),
    ),
    (
        "github.com/upbound/provider-aws/v2@v2.5.0",
        "h1:xQ+xVkv8E4lT8kzOkxiJgaYrmZfPTyfGRhfRtUVTc6I=",
        (*(f"package/crds/{group}.aws.m.upbound.io_*.yaml" for group in AWS), "package/crds/aws.m.upbound.io_*.yaml"),
    ),
)
"""Each with the hash of its content and where its CRDs are: the releases that the templates pin. External Secrets
has no module of its releases since 2.0 (docs/templates.md)."""


@cache
def schemas() -> dict[tuple[str, str], dict[str, Any]]:
    """The `openAPIV3Schema` of each kind, by apiVersion and kind; downloads what is not there yet."""
    return {
        (f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"]): version["schema"][
            "openAPIV3Schema"
        ]
        for module, sum_, patterns in MODULES
        for crd in _crds(module, sum_, patterns)
        for version in crd["spec"]["versions"]
        if version["served"]
    }


def _crds(module: str, sum_: str, patterns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    done = subprocess.run(
        ["go", "mod", "download", "-json", module],
        # Some need a newer Go than this one to be read, though nothing of them is built.
        env={**os.environ, "GOTOOLCHAIN": "auto"},
        capture_output=True,
        check=False,
        cwd="/",
    )
    answer = json.loads(done.stdout)
    if answer.get("Error") or answer["Sum"] != sum_:
        raise RuntimeError(f"{module}: {answer.get('Error') or 'its content is not what it was'}")
    for pattern in patterns:
        for path in sorted(Path(answer["Dir"]).glob(pattern)):
            documents = yaml.load_all(path.read_bytes(), yaml.CSafeLoader)
            yield from (doc for doc in documents if doc and doc.get("kind") == "CustomResourceDefinition")
