"""The charts of the sound fleet's controllers, in repositories that are kept in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from slipway.fleet.charts import FetchedChart
from tests.unit.helm_world import MemoryCharts, chart_files, fetched

_DEPLOYMENT = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .Values.serviceAccount.name }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicaCount }}
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ .Chart.Name }}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {{ .Chart.Name }}
    spec:
      serviceAccountName: {{ .Values.serviceAccount.name }}
      containers:
        - name: controller
          image: "{{ .Values.image }}:v{{ .Chart.Version }}"
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
"""

_CHARTS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("https://charts.external-secrets.io", "external-secrets"): ("2.13.0", "2.11.0"),
    ("https://bitnami.github.io/sealed-secrets", "sealed-secrets"): ("2.18.0",),
    ("https://charts.crossplane.io/stable", "crossplane"): ("2.4.0", "2.6.0"),
    ("https://kubernetes-sigs.github.io/aws-ebs-csi-driver", "aws-ebs-csi-driver"): ("2.50.0",),
    ("oci://public.ecr.aws/karpenter/karpenter", ""): ("1.9.0",),
}
"""Versions by repository and name."""


def controller_charts() -> MemoryCharts:
    """The repositories that the fleet and its mutations take charts from."""
    return charts_of(_CHARTS)


def charts_of(versions: Mapping[tuple[str, str], Iterable[str]]) -> MemoryCharts:
    """Repositories with a controller's chart in each of the versions, by repository and name."""
    return MemoryCharts(
        {
            (url, name, version): _chart(name or url.rpartition("/")[2], version)
            for (url, name), known in versions.items()
            for version in known
        }
    )


def _chart(name: str, version: str) -> FetchedChart:
    chart = f"apiVersion: v2\nname: {name}\nversion: {version}\n"
    values = f"replicaCount: 1\nimage: ghcr.io/acme-mirror/{name}\nserviceAccount: {{name: {name}}}\n"
    return fetched(chart_files({"deployment.yaml": _DEPLOYMENT}, Chart_yaml=chart, values_yaml=values))
