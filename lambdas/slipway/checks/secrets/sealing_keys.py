"""Rule about the key that the clusters of a fleet seal with: SLW626.

Source: bitnami/sealed-secrets, `README.md` ("Sealing key renewal": a controller makes a new key every 30 days, and
seals with the newest), `cmd/controller/main.go` (`--key-renew-period`, 0 for never), `pkg/controller/keys.go` (the
label of a key), and its chart, which passes on `keyrenewperiod` if that is set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from slipway.checks.charts import installed_charts
from slipway.checks.finding import Finding
from slipway.checks.pods import containers_of, pod_of
from slipway.checks.said import Said, once_per_line
from slipway.checks.secrets.controllers import CHART
from slipway.checks.secrets.external import is_external
from slipway.checks.secrets.key_secrets import KEY_LABEL, secret_labels
from slipway.checks.secrets.rules import SEALING_KEY_RENEWED
from slipway.checks.subject import Subject
from slipway.fleet.helm_release import HelmRelease
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster
from slipway.fleet.objects import KubeObject, mapping, sequence, text

_PERIOD, _FLAG = "keyrenewperiod", "--key-renew-period"
_NEVER = re.compile(r"0+(\.0*)?(ns|us|µs|ms|s|m|h)?")
"""A period of Go's that is none."""


def sealing_key_findings(subject: Subject) -> Iterator[Finding]:
    """Controllers of Sealed Secrets that make keys of their own beside the one that they are given."""
    return once_per_line(_said(subject), subject.lines)


def makes_no_keys(controller: KubeObject) -> bool:
    """True if a controller, by its HelmRelease or Deployment, is told to make no keys beside those that it is given."""
    if controller.kind == "HelmRelease":
        release = HelmRelease(controller)
        if release.post_renderers or "args" in release.values or _PERIOD not in release.values:
            return False
        return _is_never(release.values[_PERIOD])
    pod = pod_of(controller)
    arguments = [str(one) for part in (containers_of(pod) if pod else ()) for one in sequence(part.value.get("args"))]
    periods = [value for name, _, value in (one.partition("=") for one in arguments) if name == _FLAG]
    return bool(periods) and _is_never(periods[-1])


def _said(subject: Subject) -> Iterator[Said]:
    landed = {id(one.obj): one for one in subject.distinct}
    for installed in installed_charts(subject.fleet):
        release, says = HelmRelease(installed.release), landed.get(id(installed.release))
        cluster = subject.fleet.clusters.get(installed.cluster)
        if installed.chart != CHART or says is None or cluster is None or not _renews(release):
            continue
        giver = _giver(cluster)
        if giver is None:
            continue
        is_set = _PERIOD in release.values
        path: Path = ("spec", "values", _PERIOD) if is_set else ("metadata", "name")
        message = f"it gets its key by {giver.key}, and makes a new one of its own besides, which it then seals with"
        hint = f'what is sealed for one cluster then opens on no other, and with no backup; set {_PERIOD}: "0"'
        yield Said(SEALING_KEY_RENEWED, says, path, message, hint, (installed.cluster,))


def _renews(release: HelmRelease) -> bool:
    """True if nothing turns off the renewal of keys; what is not known may."""
    if release.values_from or release.post_renderers or "args" in release.values:
        return False
    value = release.values.get(_PERIOD)
    return "$" not in str(value) and (_PERIOD not in release.values or not _is_never(value))


def _is_never(value: Any) -> bool:
    """The chart passes on what is not empty."""
    return value == 0 if isinstance(value, int | float) else _NEVER.fullmatch(str(value)) is not None


def _giver(cluster: Cluster) -> KubeObject | None:
    """What Git brings the key by."""
    return next((obj for obj in cluster.objects if _gives(obj)), None)


def _gives(obj: KubeObject) -> bool:
    if is_external(obj, "ExternalSecret"):
        return "active" in text(secret_labels(obj).get(KEY_LABEL))  # it may be a template that comes to it
    labels = mapping(obj.metadata.get("labels"))
    return (obj.group, obj.kind) == ("", "Secret") and labels.get(KEY_LABEL) == "active"
