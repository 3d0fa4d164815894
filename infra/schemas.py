"""The schemas of Kubernetes' own kinds, as they go into the Lambda bundle."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from slipway.tools.schemas import published_schemas


def build_schemas(target: Path) -> None:
    """Write a file `<version>.json` into `target` for every Kubernetes version of the package `kubernetes-validate`.

    That is more than EKS offers, but all of them are 4 MB, where the package is 108 MB, and the bundle's zip makes it
    a tenth of that. The same package makes the same bytes.

    Raises:
        ToolError: the package is not installed.
    """
    target.mkdir(parents=True, exist_ok=True)
    schemas = published_schemas()
    for version in schemas.versions:
        document = json.dumps(asdict(schemas.of(version)), sort_keys=True, separators=(",", ":"))
        (target / f"{version}.json").write_text(document)
