"""What the tests of the ingress share: GitHub, which signs and sends, and an ingress on the in-memory twins."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from slipway.aws.memory import MemoryBucket, MemoryBus, MemoryDeliveries, MemorySecrets
from slipway.ingress.receive import Receiver

SECRET = "the webhook's secret"
SHA = "0123456789abcdef0123456789abcdef01234567"
GUID = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
LEASE_SECONDS = 10
REPOSITORY = {"id": 1, "full_name": "acme/gitops-system"}
HEAD = {"ref": "more-memory", "sha": SHA, "repo": REPOSITORY}


def signature(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def request(
    body: bytes | dict[str, Any],
    *,
    event: str = "pull_request",
    delivery: str = GUID,
    secret: str = SECRET,
    encoded: bool = False,
    headers: Mapping[str, str | None] = {},
) -> dict[str, Any]:
    """An event of the HTTP API for a delivery as GitHub sends it; `None` in `headers` takes a header away."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": delivery,
        "x-github-hook-id": "42",
        "x-hub-signature-256": signature(raw, secret),
        **headers,
    }
    return {
        "version": "2.0",
        "routeKey": "POST /github",
        "headers": {name: value for name, value in sent.items() if value is not None},
        "body": base64.b64encode(raw).decode() if encoded else raw.decode(),
        "isBase64Encoded": encoded,
    }


def pull_request(action: str = "opened", **more: object) -> dict[str, Any]:
    return {
        "action": action,
        "number": 7,
        "pull_request": {"head": HEAD},
        "repository": REPOSITORY,
        "sender": {"login": "ada"},
        "installation": {"id": 99},
        **more,
    }


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class World:
    """An ingress on the twins; each of them can be replaced before the first request."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.deliveries = MemoryDeliveries(self.clock)
        self.bucket = MemoryBucket()
        self.bus = MemoryBus()
        self.secrets = MemorySecrets({"webhook": {"current": SECRET}})

    @property
    def receiver(self) -> Receiver:
        return Receiver(
            deliveries=self.deliveries,
            bucket=self.bucket,
            bus=self.bus,
            secrets=self.secrets,
            webhook_secret="webhook",
            lease_seconds=LEASE_SECONDS,
            clock=self.clock,
        )

    def is_untouched(self) -> bool:
        """True if nothing was stored, claimed or published."""
        return not (self.deliveries.claims or self.bucket.objects or self.bus.events)
