"""What gives variables to Kustomizations on the cluster, so that Git does not tell which they have.

xunholy/fluxcd-kustomize-mutating-webhook does it for all of them, as may any other webhook for Kustomizations, an
admission policy of Kubernetes' own or a policy of Kyverno's.
"""

from __future__ import annotations

import re

from slipway.fleet.flux import KUSTOMIZE_GROUP, is_helm_release
from slipway.fleet.model import Cluster
from slipway.fleet.objects import KubeObject, mapping, text

_WEBHOOK = re.compile(r"kustomiz(?:e|ation)-mutating-webhook")
_ADMISSION_KINDS = ("MutatingWebhookConfiguration", "MutatingAdmissionPolicy")


def setter_of_variables(cluster: Cluster) -> str:
    """The first object that may add to the `postBuild` of the cluster's Kustomizations; empty if none does."""
    return min((str(obj.key) for obj in cluster.objects if _may_set(obj)), default="")


def _may_set(obj: KubeObject) -> bool:
    if is_helm_release(obj):
        chart = mapping(mapping(obj.spec.get("chart")).get("spec")).get("chart")
        return any(map(_WEBHOOK.search, (obj.name, text(chart))))
    if obj.kind in _ADMISSION_KINDS:
        return _has_all(obj, KUSTOMIZE_GROUP, "kustomizations")
    return obj.group.endswith("kyverno.io") and _has_all(obj, "Kustomization", "postBuild")


def _has_all(obj: KubeObject, *words: str) -> bool:
    written = repr(obj.value)
    return all(word in written for word in words)
