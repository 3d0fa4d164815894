"""Where the schemas of Kubernetes' own kinds lie: in the Lambda bundle, or in the package `kubernetes-validate`."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

from slipway.checks.schema import Schemas, VersionSchemas
from slipway.checks.schema.published import tighten
from slipway.errors import ToolError

PACKAGED = Path(__file__).resolve().parent.parent / "data" / "schemas"
"""In the bundle: a file `<version>.json` per version, which `infra/schemas.py` writes."""

PUBLISHER = "kubernetes_validate"
"""The package that ships the schemas which Kubernetes publishes."""

_STRICT = re.compile(r"v(\d+\.\d+)\.\d+-local-strict")


def load_schemas() -> Schemas:
    """The schemas of this installation; make them once per process.

    In a checkout, which is no bundle, they come straight from the package `kubernetes-validate`, 12 ms per version.

    Raises:
        ToolError: there are none; reinstall, or install the package.
    """
    packaged = [file.stem for file in PACKAGED.glob("*.json")]
    return Schemas(packaged, _load_packaged) if packaged else published_schemas()


def published_schemas() -> Schemas:
    """The schemas of all versions that the installed `kubernetes-validate` has.

    Raises:
        ToolError: it is not installed.
    """
    folders = published_folders()

    def load(version: str) -> VersionSchemas:
        return tighten(json.loads((folders[version] / "_definitions.json").read_bytes())["$defs"])

    return Schemas(folders, load)


def published_folders() -> dict[str, Path]:
    """Version → folder with its `_definitions.json`, in the installed `kubernetes-validate`.

    Raises:
        ToolError: it is not installed.
    """
    # Only looked for, not imported: its import takes longer than all that we do with it.
    package = importlib.util.find_spec(PUBLISHER)
    if package is None or not package.submodule_search_locations:
        raise ToolError("no Kubernetes schemas: install the package kubernetes-validate, or run `make setup`")
    root = Path(package.submodule_search_locations[0]) / "kubernetes-json-schema"
    return {match[1]: folder for folder in root.iterdir() if (match := _STRICT.fullmatch(folder.name))}


def _load_packaged(version: str) -> VersionSchemas:
    return VersionSchemas(**json.loads((PACKAGED / f"{version}.json").read_bytes()))
