"""How long EKS offers which version of Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from slipway.fleet.settings import Support

EKS_SUPPORT: Mapping[str, Support] = {
    "1.31": Support(date(2025, 11, 26), date(2026, 11, 26)),
    "1.32": Support(date(2026, 3, 23), date(2027, 3, 23)),
    "1.33": Support(date(2026, 7, 29), date(2027, 7, 29)),
    "1.34": Support(date(2026, 12, 2), date(2027, 12, 2)),
    "1.35": Support(date(2027, 3, 27), date(2028, 3, 27)),
    "1.36": Support(date(2027, 8, 2), date(2028, 8, 2)),
}
"""As of November 2026. Source: docs.aws.amazon.com/eks, "Amazon EKS Kubernetes release calendar"; whoever knows better
says so in `slipway.yaml` (`kubernetesVersions`), e.g. from `aws eks describe-cluster-versions`."""
