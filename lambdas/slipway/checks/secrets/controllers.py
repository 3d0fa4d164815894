"""The controllers of Sealed Secrets, and whether they look for keys after they have started.

Source: bitnami/sealed-secrets v0.40.0, `cmd/controller/main.go` (`--watch-for-secrets`, or its variable of the
environment, `SEALED_SECRETS_WATCH_FOR_SECRETS`), and `helm/sealed-secrets/templates/deployment.yaml`
(`watchForSecrets`; `args` in the place of all arguments).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from slipway.checks.charts import Installed, installed_charts
from slipway.checks.pods import Part, containers_of, pod_of
from slipway.errors import InputError
from slipway.fleet.helm_release import HelmRelease
from slipway.fleet.helm_values import compose
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster, Fleet
from slipway.fleet.objects import KubeObject, mapping, sequence, text
from slipway.fleet.semver import parse_version

CHART = "sealed-secrets"
_IMAGE = "sealed-secrets-controller"
_VALUE, _FLAG, _VARIABLE = "watchForSecrets", "--watch-for-secrets", "SEALED_SECRETS_WATCH_FOR_SECRETS"
_TRUE = ("1", "t", "T", "TRUE", "true", "True")
"""What Go's `strconv.ParseBool` takes for true."""
_LAST_CHART, _LAST_RELEASE = (2, 20), (0, 40)
"""The last minor versions of which it is known that they do not see a key Secret that changes."""


@dataclass(frozen=True)
class Controller:
    """A controller of Sealed Secrets on a cluster."""

    obj: KubeObject
    """The HelmRelease, or the Deployment."""
    namespace: str
    """Where it looks for keys: its own."""
    watches: bool | None
    """Whether it looks for keys that come after it has started; None if it is not known."""
    path: Path
    """The field that says so, or the object's name."""
    fix: str
    """What makes it watch."""
    overlooks_changes: bool
    """True if it is known that it does not see a key Secret that changes; it may see it otherwise."""


def controllers_of(fleet: Fleet) -> dict[str, list[Controller]]:
    """The controllers on each cluster, by its name."""
    installed = [one for one in installed_charts(fleet) if one.chart == CHART]
    found: dict[str, list[Controller]] = {name: [] for name in fleet.clusters}
    for one in installed:
        if cluster := fleet.clusters.get(one.cluster):
            found[one.cluster].append(_of_release(one, cluster))
    releases = {one.release.key for one in installed}
    for name, cluster in fleet.clusters.items():
        plain = (obj for obj, owner in cluster.landed if owner.key not in releases)
        found[name] += [controller for obj in plain for controller in _of_deployment(obj)]
    return found


def _of_release(installed: Installed, cluster: Cluster) -> Controller:
    release = HelmRelease(installed.release)
    watches, namespace = _by_values(release, cluster)
    path: Path = ("spec", "values", _VALUE) if _VALUE in release.values else ("metadata", "name")
    overlooks = _is_until(installed.version, _LAST_CHART)
    return Controller(installed.release, namespace, watches, path, f"set {_VALUE}: true", overlooks)


def _by_values(release: HelmRelease, cluster: Cluster) -> tuple[bool | None, str]:
    try:
        values = compose(release.values, release.values_from, release.key.namespace, cluster.find)
    except InputError:
        return None, release.release_namespace
    namespace = text(values.merged.get("namespace")) or release.release_namespace
    if values.unknown and not {_VALUE, "args"} & release.values.keys():
        return None, namespace
    if release.post_renderers:
        return None, namespace
    if args := values.merged.get("args"):
        return _by_arguments(sequence(args)), namespace
    value = values.merged.get(_VALUE)
    # For a template of Helm, every text is true that is not empty.
    return (None if "$" in str(value) else bool(value)), namespace


def _of_deployment(obj: KubeObject) -> Iterator[Controller]:
    pod = pod_of(obj) if obj.kind == "Deployment" else None
    for container in containers_of(pod) if pod else ():
        image, _, tag = text(container.value.get("image")).partition("@")[0].rpartition(":")
        if (image or tag).rpartition("/")[2] == _IMAGE:
            overlooks = _is_until(tag if image else "", _LAST_RELEASE)
            path = (*container.path, "args" if "args" in container.value else "name")
            yield Controller(obj, obj.namespace, _by_container(container), path, f"give it {_FLAG}", overlooks)


def _by_container(container: Part) -> bool | None:
    arguments = [*sequence(container.value.get("command")), *sequence(container.value.get("args"))]
    said = _by_arguments(arguments)
    if said is not False or any(str(one).startswith(_FLAG) for one in arguments):
        return said
    if container.value.get("envFrom"):
        return None
    variables = {entry.value.get("name"): entry.value for entry in container.items("env")}
    variable = mapping(variables.get(_VARIABLE))
    return None if "valueFrom" in variable else text(variable.get("value")) in _TRUE


def _by_arguments(arguments: Iterable[Any]) -> bool | None:
    watches = False
    for one in map(str, arguments):
        if "$" in one:
            return None
        name, equals, value = one.partition("=")
        if name == _FLAG:
            watches = not equals or value in _TRUE
    return watches


def _is_until(version: str, last: tuple[int, int]) -> bool:
    found = parse_version(version)
    return found is not None and (found.major, found.minor) <= last
