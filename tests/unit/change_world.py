"""Small changes for the tests of the rules about changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import findings

DYNAMODB = "dynamodb.aws.upbound.io/v1beta2"


def obj(api_version: str, kind: str, name: str, namespace: str = "", **fields: Any) -> str:
    """An object; `annotations` go into its metadata."""
    metadata: dict[str, Any] = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    if "annotations" in fields:
        metadata["annotations"] = fields.pop("annotations")
    return dump({"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields})


def table(name: str = "orders", *, annotations: Mapping[str, str] | None = None, **spec: Any) -> str:
    """A table in DynamoDB."""
    provider = {"region": "eu-west-1", "hashKey": "id", "billingMode": "PAY_PER_REQUEST"}
    marks: dict[str, Any] = {"annotations": dict(annotations)} if annotations else {}
    return obj(DYNAMODB, "Table", name, **marks, spec={"forProvider": provider, **spec})


def change(base: str | Mapping[str, str], head: str | Mapping[str, str], rule: str) -> list[Finding]:
    """The findings of a rule on a change: of all files, or of one of the cluster's own."""
    before, after = (
        {"clusters/staging/it.yaml": side} if isinstance(side, str) else dict(side) for side in (base, head)
    )
    return findings(
        {path: text for path, text in after.items() if text}, rule, base={k: v for k, v in before.items() if v}
    )


def severities(found: list[Finding]) -> list[str]:
    return [finding.rule.severity for finding in found]
