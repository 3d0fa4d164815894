"""Crossplane's definitions of composites for tests."""

from __future__ import annotations

from typing import Any


def composite_definition(api: str, scope: str = "", **properties: Any) -> dict[str, Any]:
    """The XRD of an XNetwork, claimed as Network.

    Args:
        api: the version of Crossplane's API: `v1` or `v2`.
        scope: what it says its scope is; it says none if empty.
        properties: of its schema.
    """
    schema = {"type": "object", "properties": properties}
    names = {"kind": "XNetwork", "plural": "xnetworks"}
    return {
        "apiVersion": f"apiextensions.crossplane.io/{api}",
        "kind": "CompositeResourceDefinition",
        "metadata": {"name": "xnetworks.acme.example"},
        "spec": {
            "group": "acme.example",
            **({"scope": scope} if scope else {}),
            "names": names,
            "claimNames": {"kind": "Network", "plural": "networks"},
            "versions": [{"name": "v1", "served": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }
