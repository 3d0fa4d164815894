"""Deployments, StatefulSets, DaemonSets, ReplicaSets, Jobs: what they say of their pods.

Source: k8s.io/kubernetes, pkg/apis/apps/validation/validation.go, `Validate…Spec`; pkg/apis/batch/validation/
validation.go, `ValidateJobSpec` and `validateJobSpec`.
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.pods import Part
from slipway.checks.schema.beyond.selectors import is_empty, unmatched
from slipway.checks.schema.beyond.values import refused, required
from slipway.checks.schema.errors import SchemaError, quoted


def controller_errors(obj: Part) -> Iterator[SchemaError]:
    """What is wrong with what keeps pods running."""
    spec = obj.part("spec")
    selector = spec.part("selector")
    if is_empty(selector.value):
        yield refused(selector.path, "empty: it must match the labels of the pod template, and of no other pods")
    else:
        yield from unmatched(selector, spec.part("template", "metadata", "labels"))
    pod = spec.part("template", "spec")
    policy = pod.value.get("restartPolicy")
    if isinstance(policy, str) and policy not in ("", "Always"):
        yield refused((*pod.path, "restartPolicy"), f"{quoted(policy)} is not taken here, only Always")


def job_errors(obj: Part) -> Iterator[SchemaError]:
    """What is wrong with a Job. Its selector is made for it, unless it has `manualSelector`."""
    spec = obj.part("spec")
    if spec.value.get("manualSelector") is True:
        if spec.value.get("selector") is None:
            yield required((*spec.path, "selector"), "with manualSelector, none is made")
        else:
            yield from unmatched(spec.part("selector"), spec.part("template", "metadata", "labels"))
    yield from finite_errors(spec)


def finite_errors(job: Part) -> Iterator[SchemaError]:
    """What is wrong with the spec of a Job, or of those that a CronJob makes."""
    pod = job.part("template", "spec")
    policy = pod.value.get("restartPolicy")
    path = (*pod.path, "restartPolicy")
    if policy is None or policy == "":
        yield required(path, "OnFailure or Never: the default, Always, is not for Jobs")
    elif policy not in ("OnFailure", "Never"):
        yield refused(path, f"{quoted(str(policy))} is not for Jobs, only OnFailure or Never")


def claims_of(obj: Part) -> tuple[Part, ...]:
    """The claims that a StatefulSet makes for each of its pods, which has them as volumes."""
    claims = obj.part("spec").items("volumeClaimTemplates")
    return tuple(claim.part("metadata") for claim in claims)
