"""The keys of Sealed Secrets that ExternalSecrets bring to a cluster: what Secrets come of what is in the store.

Source: external-secrets, `apis/externalsecrets/v1/externalsecret_types.go` for the fields and their defaults, and
`pkg/controllers/externalsecret/externalsecret_controller_template.go` (`ApplyTemplate`) for what comes of them;
sealed-secrets, `pkg/controller/keys.go` for the label and the names of the values.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.checks.pods import Part
from slipway.checks.secrets.external import creation_policy, is_external
from slipway.checks.secrets.external_templates import NoProperty, NotRead, Properties, execute
from slipway.checks.waiting.timeouts import seconds
from slipway.errors import InputError
from slipway.fleet.model import Cluster
from slipway.fleet.objects import KubeObject, mapping, text

KEY_LABEL = "sealedsecrets.bitnami.com/sealed-secrets-key"
"""Secrets that have it with the value `active` have a key of Sealed Secrets."""
DEFAULT_INTERVAL = "1h"
"""`refreshInterval` of an ExternalSecret that has none."""


class Stale(InputError):
    """An ExternalSecret that does not bring what the store has now."""


@dataclass(frozen=True, order=True)
class Remote:
    """Where an ExternalSecret takes its values from."""

    store: str
    """Kind and name."""
    key: str
    """The secret's name in the store."""


@dataclass(frozen=True)
class KeySecret:
    """A Secret as the controller of Sealed Secrets sees it."""

    active: bool
    """It has the label."""
    crt: str
    key: str


def key_bringers(cluster: Cluster, namespace: str) -> list[KubeObject]:
    """The ExternalSecrets of a namespace that make Secrets with keys of Sealed Secrets."""
    found = {
        obj.key: obj
        for obj in cluster.objects
        if is_external(obj, "ExternalSecret") and obj.namespace == namespace and KEY_LABEL in secret_labels(obj)
    }
    return list(found.values())


def secret_labels(obj: KubeObject) -> Mapping[str, Any]:
    """The labels that an ExternalSecret gives its Secret, as written: without a template, its own."""
    target = mapping(obj.spec.get("target"))
    if "manifest" in target:
        return {}
    metadata = mapping(mapping(target.get("template")).get("metadata")) if target.get("template") else obj.metadata
    return mapping(metadata.get("labels"))


def remote_of(obj: KubeObject) -> Remote:
    """The secret that all values of an ExternalSecret come from.

    Raises:
        NotRead: it is not one.
    """
    store = Part((), obj.value).part("spec", "secretStoreRef").value
    keys = {text(reference.get("key")) for reference in _references(obj)}
    if len(keys) != 1:
        raise NotRead("its values come from several secrets" if keys else "nothing says where its values come from")
    return Remote(f"{text(store.get('kind')) or 'SecretStore'} {text(store.get('name'))}", keys.pop())


def refreshed_within(obj: KubeObject) -> int:
    """Seconds after which an ExternalSecret has read the store again.

    Raises:
        Stale: it never does.
        NotRead: it is not known.
    """
    spec = obj.spec
    if text(spec.get("refreshPolicy")) not in ("", "Periodic"):
        raise Stale(f"refreshPolicy is {spec['refreshPolicy']}")
    if "syncWindows" in spec:
        raise NotRead("it is refreshed in its syncWindows only")
    interval = spec.get("refreshInterval", DEFAULT_INTERVAL)
    found = 0.0 if interval in (0, "0") else seconds(text(interval))
    if found is None:
        raise NotRead(f"refreshInterval is {interval}")
    if not found:
        raise Stale(f"refreshInterval is {interval}: it is fetched once")
    return math.ceil(found)


def key_secret(obj: KubeObject, stored: Properties) -> KeySecret:
    """The Secret that an ExternalSecret makes of a JSON object in the store.

    Raises:
        NoProperty: it asks for a property that is not there: the Secret stays as it was.
        Stale: it does not bring what is stored now.
        NotRead: what comes of it is not known.
    """
    if creation_policy(obj) != "Owner":
        raise NotRead(f"its creationPolicy is {creation_policy(obj)}")
    fetched = dict(_fetched(obj, stored))
    template = Part((), obj.value).part("spec", "target", "template").value
    if text(template.get("engineVersion")) not in ("", "v2") or "templateFrom" in template:
        raise NotRead("its template is not in Git, or of another engine")
    data = {str(name): execute(text(value), fetched) for name, value in mapping(template.get("data")).items()}
    if not data or template.get("mergePolicy") == "Merge":
        data = {**fetched, **data}
    label = text(secret_labels(obj).get(KEY_LABEL))
    active = (execute(label, fetched) if template else label) == "active"
    return KeySecret(active, data.get("tls.crt", ""), data.get("tls.key", ""))


def _references(obj: KubeObject) -> Iterator[Mapping[str, Any]]:
    spec = Part((), obj.value).part("spec")
    for entry in spec.items("dataFrom"):
        if set(entry.value) != {"extract"}:
            raise NotRead("its dataFrom does more than extract")
        yield entry.part("extract").value
    for entry in spec.items("data"):
        if "sourceRef" in entry.value:
            raise NotRead("its values come from several stores")
        yield entry.part("remoteRef").value


def _fetched(obj: KubeObject, stored: Properties) -> Iterator[tuple[str, str]]:
    """The values by the names that they get; those of `data` come last, and win."""
    for reference in _references(obj):
        _check(reference)
    spec = Part((), obj.value).part("spec")
    for entry in spec.items("dataFrom"):
        if entry.part("extract").value.get("property"):
            raise NotRead("it extracts a part of the secret")
        yield from stored.items()
    for entry in spec.items("data"):
        name = text(entry.part("remoteRef").value.get("property"))
        if not name:
            raise NotRead("it takes the secret as a whole")
        if name not in stored:
            raise NoProperty(name)
        yield text(entry.value.get("secretKey")), stored[name]


def _check(reference: Mapping[str, Any]) -> None:
    version = text(reference.get("version"))
    if version not in ("", "AWSCURRENT"):
        raise Stale(f"it takes the version {version}")
    for name in ("decodingStrategy", "metadataPolicy"):
        if text(reference.get(name)) not in ("", "None"):
            raise NotRead(f"its {name} is {reference[name]}")
