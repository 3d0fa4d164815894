"""The engine that this installation renders with."""

from __future__ import annotations

from slipway.fleet.kustomize import Engine
from slipway.tools import kubectl, workers


def find_engine() -> Engine:
    """Workers in front of kubectl where there is a build of the library for the platform, else kubectl.

    Raises:
        ToolError: there is no kubectl.
    """
    reference = kubectl.Kubectl(kubectl.find())
    return workers.Workers(reference) if workers.available() else reference
