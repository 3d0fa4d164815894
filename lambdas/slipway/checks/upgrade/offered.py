"""Which versions of Kubernetes EKS offers on a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from slipway.checks.upgrade.eks_versions import EKS_SUPPORT
from slipway.fleet.settings import Support


def offered(known_better: Mapping[str, Support], today: date) -> frozenset[str]:
    """The versions that are supported, extended support included."""
    return frozenset(version for version, item in {**EKS_SUPPORT, **known_better}.items() if today <= item.extended)
