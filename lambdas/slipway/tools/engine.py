"""The engines that this installation renders with."""

from __future__ import annotations

import os

from slipway.errors import ToolError
from slipway.fleet.helm import HelmRenderer
from slipway.fleet.kustomize import BuildCache, Engine
from slipway.tools import kubectl, workers
from slipway.tools.charts import ChartStore, HelmCharts, Network
from slipway.tools.helm import Helm
from slipway.tools.layer import find_tool


def find_engine() -> Engine:
    """Workers in front of kubectl where there is a build of the library for the platform, else kubectl.

    Raises:
        ToolError: there is no kubectl.
    """
    reference = kubectl.Kubectl(kubectl.find())
    return workers.Workers(reference) if workers.available() else reference


def find_helm(kustomize: Engine, cache: BuildCache, charts: ChartStore, network: Network) -> HelmRenderer | None:
    """What renders HelmReleases, None if there is no helm.

    Args:
        kustomize: builds post-renderers.
        cache: keeps what releases install.
        charts: keeps charts.
        network: where charts may be fetched from.
    """
    try:
        helm = find_tool("helm")
    except ToolError:
        return None
    return HelmRenderer(HelmCharts(helm, charts, network), Helm(helm), kustomize, cache, threads=os.cpu_count() or 1)
