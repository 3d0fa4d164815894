"""Rule about Services that the API server asks, and that nothing brings: SLW120.

Source: Kubernetes, the API reference of ValidatingWebhookConfiguration and MutatingWebhookConfiguration, whose
`failurePolicy` is Fail where it is not set, of CustomResourceDefinition (`spec.conversion`) and APIService
(`spec.service`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.checks.finding import Finding, Rule
from slipway.checks.presence import Presence
from slipway.checks.subject import Landed, Subject
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, ObjectKey, mapping, sequence, text

SERVICE_MISSING = Rule("SLW120", "A webhook without its Service", "warning")

RULES = (SERVICE_MISSING,)


@dataclass(frozen=True)
class _Asked:
    """A Service that the API server asks."""

    key: ObjectKey
    path: Path
    """The field that names it."""
    consequence: str


def service_findings(subject: Subject) -> Iterator[Finding]:
    """Webhooks, conversions and aggregated APIs whose Service is not there."""
    for landed in subject.distinct:
        for asked in _asked_by(landed.obj):
            if asked.key.name and "${" not in f"{asked.key.namespace}{asked.key.name}":
                yield from _findings(landed, asked, subject)


def _findings(landed: Landed, asked: _Asked, subject: Subject) -> Iterator[Finding]:
    for name in landed.clusters:
        presence = subject.presences[name]
        if presence.has(asked.key):
            continue
        meant = _meant(presence, asked.key)
        made = subject.made(subject.fleet.clusters[name])
        if meant is None and (presence.doubt(landed.obj.key, asked.key) or made.may_be(asked.key)):
            continue  # most charts bring the Services of their webhooks, some operators make them
        cause = subject.lines.cause(landed.obj, landed.owner, asked.path)
        message = f"the API server is to ask {asked.key}, which nothing in Git applies"
        hint = "; ".join(filter(None, (asked.consequence, f"there is {meant}" if meant else "", cause.hint)))
        yield Finding(SERVICE_MISSING, message, cause.where, str(landed.obj.key), (name,), hint)


def _meant(presence: Presence, key: ObjectKey) -> ObjectKey | None:
    return presence.namesake(key) or presence.typo(key, ())


def _asked_by(obj: KubeObject) -> Iterator[_Asked]:
    if obj.group == "admissionregistration.k8s.io" and obj.kind.endswith("WebhookConfiguration"):
        for index, webhook in enumerate(map(mapping, sequence(obj.value.get("webhooks")))):
            consequence = "it refuses whatever the webhook is for"
            if webhook.get("failurePolicy") == "Ignore":
                consequence = "the webhook never sees anything"
            yield _asked(webhook, ("webhooks", index), consequence)
    elif obj.group == "apiextensions.k8s.io" and obj.kind == "CustomResourceDefinition":
        conversion = mapping(obj.spec.get("conversion"))
        if conversion.get("strategy") == "Webhook":
            path = ("spec", "conversion", "webhook")
            yield _asked(
                mapping(conversion.get("webhook")), path, "no object is served in another version than its own"
            )
    elif obj.group == "apiregistration.k8s.io" and obj.kind == "APIService":
        key = _service(mapping(obj.spec.get("service")))
        yield _Asked(key, ("spec", "service", "name"), "the API does not answer, and no Namespace can be deleted")


def _asked(webhook: Mapping[str, Any], path: Path, consequence: str) -> _Asked:
    service = mapping(mapping(webhook.get("clientConfig")).get("service"))
    return _Asked(_service(service), (*path, "clientConfig", "service", "name"), consequence)


def _service(service: Mapping[str, Any]) -> ObjectKey:
    return ObjectKey("", "Service", text(service.get("namespace")), text(service.get("name")))
