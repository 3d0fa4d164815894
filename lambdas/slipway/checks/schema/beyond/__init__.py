"""What the API server refuses beyond the published schemas: what its own code looks at.

Source: the `Validate…` functions in k8s.io/kubernetes, pkg/apis/*/validation/validation.go, and in
k8s.io/apiextensions-apiserver, pkg/apis/apiextensions/validation and pkg/apiserver/schema/validation.go. Only what
every version from 1.31 to 1.36 refuses is looked at, of objects that fit their schema, as the API server does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slipway.checks.pods import Part, pod_in
from slipway.checks.schema.beyond.autoscaling import autoscaler_errors, budget_errors
from slipway.checks.schema.beyond.definitions import definition_errors
from slipway.checks.schema.beyond.networking import ingress_errors, network_policy_errors
from slipway.checks.schema.beyond.pods import pod_errors
from slipway.checks.schema.beyond.schedules import cron_job_errors
from slipway.checks.schema.beyond.services import service_errors
from slipway.checks.schema.beyond.workloads import claims_of, controller_errors, job_errors
from slipway.checks.schema.errors import SchemaError
from slipway.checks.schema.run import is_partial

_CHECKS: Mapping[tuple[str, str], Callable[[Part], Iterator[SchemaError]]] = {
    ("", "Service"): service_errors,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): definition_errors,
    ("apps", "DaemonSet"): controller_errors,
    ("apps", "Deployment"): controller_errors,
    ("apps", "ReplicaSet"): controller_errors,
    ("apps", "StatefulSet"): controller_errors,
    ("autoscaling", "HorizontalPodAutoscaler"): autoscaler_errors,
    ("batch", "CronJob"): cron_job_errors,
    ("batch", "Job"): job_errors,
    ("networking.k8s.io", "Ingress"): ingress_errors,
    ("networking.k8s.io", "NetworkPolicy"): network_policy_errors,
    ("policy", "PodDisruptionBudget"): budget_errors,
}


def check_beyond(obj: Mapping[str, Any]) -> Iterator[SchemaError]:
    """Yield what the API server would refuse of an object of Kubernetes' own that fits its schema."""
    if is_partial(obj):
        return  # what it is merged into may make up for it
    group, kind = obj["apiVersion"].rpartition("/")[0], obj["kind"]
    whole = Part((), obj)
    if check := _CHECKS.get((group, kind)):
        yield from check(whole)
    pod = pod_in(group, kind, obj)
    if pod is not None and pod.value:
        yield from pod_errors(pod, claims_of(whole) if kind == "StatefulSet" else ())
