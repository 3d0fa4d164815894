"""Where Flux's objects name others that must be on their cluster.

Source: the API packages of source-controller, kustomize-controller, helm-controller, notification-controller and the
two image controllers (Flux 2.9). Sources, charts and `dependsOn` of Kustomizations and HelmReleases are not among
these fields (`slipway.checks.graph`), nor is `substituteFrom` (`slipway.checks.needs`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from slipway.fleet.flux import HELM_GROUP, KUSTOMIZE_GROUP, OPERATOR_GROUP, SOURCE_GROUP
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, sequence, text, value_at

IMAGE_GROUP = "image.toolkit.fluxcd.io"
NOTIFICATION_GROUP = "notification.toolkit.fluxcd.io"


class Need(Enum):
    """What an object is named for; the value is how a message puts it."""

    OBJECT = "it needs"
    EVENTS = "it wants to hear of"
    TRIGGER = "it wants to trigger"
    VALUES = "its values come from"
    CREDENTIALS = "it reads"
    ACCOUNT = "it acts as"


@dataclass(frozen=True)
class Link:
    """A field that names an object."""

    need: Need
    key: ObjectKey
    path: Path
    """The field that holds the name."""


def links(obj: KubeObject) -> Iterator[Link]:
    """What an object of Flux's names, optional things and what only the cluster knows left out."""
    read = _READERS.get((obj.group, obj.kind))
    for link in read(obj) if read else ():
        if link.key.name and "${" not in link.key.name + link.key.namespace:
            yield link


def _secrets(*paths: str, account: bool = False) -> Callable[[KubeObject], Iterator[Link]]:
    """Reads fields of the spec that name Secrets beside the object."""

    def read(obj: KubeObject) -> Iterator[Link]:
        for path in paths:
            yield _credentials(obj, ("spec", *path.split(".")), "Secret")
        if account:
            yield _account(obj, ("spec", "serviceAccountName"))

    return read


def _kustomization(obj: KubeObject) -> Iterator[Link]:
    yield from _secrets("decryption.secretRef", account=True)(obj)
    yield from _kube_config(obj)
    yield _account(obj, ("spec", "decryption", "serviceAccountName"))


def _helm_release(obj: KubeObject) -> Iterator[Link]:
    for index, entry in enumerate(map(mapping, sequence(obj.spec.get("valuesFrom")))):
        kind, name = text(entry.get("kind")), text(entry.get("name"))
        if kind in ("ConfigMap", "Secret") and entry.get("optional") is not True:
            yield Link(Need.VALUES, ObjectKey("", kind, obj.namespace, name), ("spec", "valuesFrom", index, "name"))
    # On another cluster, its account is but a name there; helm-controller looks for it nowhere.
    yield from _secrets("chart.spec.verify.secretRef", account="kubeConfig" not in obj.spec)(obj)
    yield from _kube_config(obj)


def _kube_config(obj: KubeObject) -> Iterator[Link]:
    yield _credentials(obj, ("spec", "kubeConfig", "secretRef"), "Secret")
    yield _credentials(obj, ("spec", "kubeConfig", "configMapRef"), "ConfigMap")


def _resource_set(obj: KubeObject) -> Iterator[Link]:
    yield from _secrets(account=True)(obj)
    yield from _several(obj, "dependsOn", Need.OBJECT)


def _git_repository(obj: KubeObject) -> Iterator[Link]:
    yield from _secrets("secretRef", "proxySecretRef", "verify.secretRef")(obj)
    for index, entry in enumerate(map(mapping, sequence(obj.spec.get("include")))):
        key = ObjectKey(SOURCE_GROUP, obj.kind, obj.namespace, text(mapping(entry.get("repository")).get("name")))
        yield Link(Need.OBJECT, key, ("spec", "include", index, "repository", "name"))


def _helm_chart(obj: KubeObject) -> Iterator[Link]:
    yield from _secrets("verify.secretRef")(obj)
    yield _object(obj, ("spec", "sourceRef"))


def _image_policy(obj: KubeObject) -> Iterator[Link]:
    yield _object(obj, ("spec", "imageRepositoryRef"), "ImageRepository")


def _image_update(obj: KubeObject) -> Iterator[Link]:
    yield _object(obj, ("spec", "sourceRef"), "GitRepository")
    yield _credentials(obj, ("spec", "git", "commit", "signingKey", "secretRef"), "Secret")


def _alert(obj: KubeObject) -> Iterator[Link]:
    name = text(mapping(obj.spec.get("providerRef")).get("name"))
    yield Link(
        Need.OBJECT, ObjectKey(NOTIFICATION_GROUP, "Provider", obj.namespace, name), ("spec", "providerRef", "name")
    )
    yield from _several(obj, "eventSources", Need.EVENTS)


def _receiver(obj: KubeObject) -> Iterator[Link]:
    yield from _secrets("secretRef")(obj)
    yield from _several(obj, "resources", Need.TRIGGER)


def _several(obj: KubeObject, field: str, need: Need) -> Iterator[Link]:
    """Entries that name one object each; `*` names all of a kind, be there any or none."""
    for index, entry in enumerate(map(mapping, sequence(obj.spec.get(field)))):
        key = _reference(obj, entry)
        if key.kind in _WRITTEN and key.name != "*":
            yield Link(need, key, ("spec", field, index, "name"))


def _object(obj: KubeObject, path: Path, kind: str = "") -> Link:
    key = _reference(obj, {"kind": kind, **_at(obj, path)})
    return Link(Need.OBJECT, key, (*path, "name"))


def _reference(obj: KubeObject, entry: Mapping[str, Any]) -> ObjectKey:
    kind = text(entry.get("kind"))
    return ObjectKey(
        _WRITTEN.get(kind, SOURCE_GROUP), kind, text(entry.get("namespace")) or obj.namespace, text(entry.get("name"))
    )


def _credentials(obj: KubeObject, path: Path, kind: str) -> Link:
    name = text(_at(obj, path).get("name"))
    return Link(Need.CREDENTIALS, ObjectKey("", kind, obj.namespace, name), (*path, "name"))


def _account(obj: KubeObject, path: Path) -> Link:
    name = text(_at(obj, path[:-1]).get(str(path[-1])))
    return Link(Need.ACCOUNT, ObjectKey("", "ServiceAccount", obj.namespace, name), path)


def _at(obj: KubeObject, path: Path) -> Mapping[str, Any]:
    return mapping(value_at(obj.value, path))


_WRITTEN = {
    **dict.fromkeys(("GitRepository", "OCIRepository", "Bucket", "HelmRepository"), SOURCE_GROUP),
    "Kustomization": KUSTOMIZE_GROUP,
    "HelmRelease": HELM_GROUP,
    **dict.fromkeys(("ImageRepository", "ImagePolicy", "ImageUpdateAutomation"), IMAGE_GROUP),
}
"""Kinds that people write, by their group; HelmCharts and ExternalArtifacts are made on the cluster."""

_READERS: Mapping[tuple[str, str], Callable[[KubeObject], Iterator[Link]]] = {
    (KUSTOMIZE_GROUP, "Kustomization"): _kustomization,
    (HELM_GROUP, "HelmRelease"): _helm_release,
    (OPERATOR_GROUP, "ResourceSet"): _resource_set,
    (SOURCE_GROUP, "GitRepository"): _git_repository,
    (SOURCE_GROUP, "OCIRepository"): _secrets(
        *("secretRef", "certSecretRef", "proxySecretRef", "verify.secretRef", "verify.trustedRootSecretRef"),
        account=True,
    ),
    (SOURCE_GROUP, "HelmRepository"): _secrets("secretRef", "certSecretRef"),
    (SOURCE_GROUP, "Bucket"): _secrets(
        "secretRef", "certSecretRef", "proxySecretRef", "sts.secretRef", "sts.certSecretRef"
    ),
    (SOURCE_GROUP, "HelmChart"): _helm_chart,
    (IMAGE_GROUP, "ImageRepository"): _secrets("secretRef", "certSecretRef", "proxySecretRef", account=True),
    (IMAGE_GROUP, "ImagePolicy"): _image_policy,
    (IMAGE_GROUP, "ImageUpdateAutomation"): _image_update,
    (NOTIFICATION_GROUP, "Alert"): _alert,
    (NOTIFICATION_GROUP, "Provider"): _secrets("secretRef", "certSecretRef", "proxySecretRef"),
    (NOTIFICATION_GROUP, "Receiver"): _receiver,
}
