"""Kinds as the projects define them that the templates use: CRDs out of their Go modules, and what an XRD becomes."""

from __future__ import annotations

import copy
import functools
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

MODULES = {
    "upbound.io": (
        "github.com/upbound/provider-aws/v2@v2.5.0",
        "h1:xQ+xVkv8E4lT8kzOkxiJgaYrmZfPTyfGRhfRtUVTc6I=",
        "package/crds",
    ),
    "crossplane.io": (
        "github.com/crossplane/crossplane/v2@v2.4.0",
        "h1:atHTxD+8jOOiM1Xf6UMlyZqPYMedRVDSGU10Znt4KR8=",
        "cluster/crds",
    ),
}
"""By the end of the group: module, hash of its content, folder."""

Object = dict[str, Any]


@functools.cache
def schema_of(api_version: str, kind: str) -> Object:
    """The `openAPIV3Schema` of a kind.

    Raises:
        LookupError: no module here has it.
    """
    group, _, version = api_version.partition("/")
    module = next((each for end, each in MODULES.items() if group.endswith(f".{end}")), None)
    if module is None:
        raise LookupError(f"no module here defines {api_version}")
    for path in sorted((_directory(*module[:2]) / module[2]).glob(f"{group}_*.yaml")):
        text = path.read_text()
        if f"\n    kind: {kind}\n" not in text:
            continue
        for found in yaml.load(text, yaml.CSafeLoader)["spec"]["versions"]:
            if found["name"] == version:
                return dict(found["schema"]["openAPIV3Schema"])
    raise LookupError(f"{module[0]} has no {api_version} {kind}")


@functools.cache
def _directory(module: str, sum_: str) -> Path:
    done = subprocess.run(["go", "mod", "download", "-json", module], capture_output=True, check=False, cwd="/")
    answer = json.loads(done.stdout)
    if answer.get("Error") or answer["Sum"] != sum_:
        raise RuntimeError(f"{module}: {answer.get('Error') or 'its content is not what it was'}")
    return Path(answer["Dir"])


def crd_of(xrd: Mapping[str, Any]) -> Object:
    """The CRD that Crossplane makes of an XRD, as far as an XRD determines it.

    Source: crossplane v2.2.1, `internal/xcrd/crd.go`: the author's schema with rules, to which `spec.crossplane` and
    the status' conditions are added. The name is a label's value and has 63 characters at most.
    """
    spec = xrd["spec"]
    versions = []
    for version in spec["versions"]:
        schema = copy.deepcopy(version["schema"]["openAPIV3Schema"])
        anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        schema["properties"]["spec"]["properties"]["crossplane"] = anything
        conditions = {"type": "array", "items": anything}
        status = schema["properties"].setdefault("status", {"type": "object"})
        status.setdefault("properties", {}).update({"conditions": conditions, "crossplane": anything})
        name = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 63}}}
        schema["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": name}
        versions.append(
            {
                "name": version["name"],
                "served": version["served"],
                "storage": version["referenceable"],
                "schema": {"openAPIV3Schema": schema},
                "subresources": {"status": {}},
                "additionalPrinterColumns": version.get("additionalPrinterColumns", []),
            }
        )
    names = {"listKind": f"{spec['names']['kind']}List", "singular": spec["names"]["kind"].lower(), **spec["names"]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": xrd["metadata"]["name"]},
        "spec": {"group": spec["group"], "scope": spec["scope"], "names": names, "versions": versions},
    }
