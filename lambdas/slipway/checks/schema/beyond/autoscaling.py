"""How many pods there are: HorizontalPodAutoscalers and PodDisruptionBudgets.

Source: k8s.io/kubernetes, pkg/apis/autoscaling/validation/validation.go, `validateHorizontalPodAutoscalerSpec`;
pkg/apis/policy/validation/validation.go, `ValidatePodDisruptionBudgetSpec`.
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.pods import Part
from slipway.checks.schema.beyond.values import refused, together, whole_number
from slipway.checks.schema.errors import SchemaError


def autoscaler_errors(obj: Part) -> Iterator[SchemaError]:
    """What is wrong with a HorizontalPodAutoscaler."""
    spec = obj.part("spec")
    most, least = whole_number(spec.value.get("maxReplicas")), whole_number(spec.value.get("minReplicas"))
    if most is None:
        return
    path = (*spec.path, "maxReplicas")
    if most < 1:
        yield refused(path, f"{most} is less than 1")
    elif least is not None and most < least:
        yield together(path, f"{most} is less than minReplicas, {least}")


def budget_errors(obj: Part) -> Iterator[SchemaError]:
    """What is wrong with a PodDisruptionBudget."""
    spec = obj.part("spec")
    if spec.value.get("minAvailable") is not None and spec.value.get("maxUnavailable") is not None:
        yield together((*spec.path, "maxUnavailable"), "minAvailable is given too; only one of them may be")
