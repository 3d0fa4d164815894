"""Webhook deliveries in our own hands: held back, changed, signed, and sent when a test wants them to be."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from local.cloud import Cloud
from tests.cloud.follow import Pull
from tests.contract.standin import Received, Receiver, receiving

TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Letter:
    """A delivery, ready to be sent."""

    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    @classmethod
    def of(cls, received: Received) -> Letter:
        """What GitHub sent."""
        kept = ("content-type", "x-github-", "x-hub-")
        return cls({name: text for name, text in received.headers.items() if name.startswith(kept)}, received.raw)

    @property
    def id(self) -> str:
        """`X-GitHub-Delivery`."""
        return self.headers["x-github-delivery"]

    @property
    def claim(self) -> str:
        """What the ingress claims it by."""
        return f"DELIVERY#{self.headers['x-github-hook-id']}#{self.id}"

    def renewed(self) -> Letter:
        """The same under another delivery id."""
        return self.with_headers({"x-github-delivery": str(uuid.uuid4())})

    def with_headers(self, changes: Mapping[str, str | None]) -> Letter:
        """With other headers; None takes one away."""
        changed = {**self.headers, **changes}
        return Letter({name: text for name, text in changed.items() if text is not None}, self.body)

    def with_body(self, body: bytes) -> Letter:
        """With another body; the signature stays as it is."""
        return Letter(self.headers, body)

    def signed(self, secret: str) -> Letter:
        """Signed as GitHub signs it."""
        digest = hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest()
        return self.with_headers({"x-hub-signature-256": f"sha256={digest}"})


def letters(receiver: Receiver, action: str, *pulls: Pull) -> list[Letter]:
    """What was said of pull requests, one delivery for each; others (the sweep's, say) may have come, too."""
    found = {
        (it.payload["repository"]["full_name"], it.payload["number"]): Letter.of(it)
        for it in receiver.of("pull_request", action)
    }
    return [found[pull.repository, pull.number] for pull in pulls]


@dataclass(frozen=True)
class Answer:
    """What the ingress answered."""

    status: int
    body: Mapping[str, Any]
    seconds: float


def post(cloud: Cloud, letter: Letter) -> Answer:
    """Send a delivery to the ingress."""
    url = urlsplit(cloud.webhook_url)
    connection = http.client.HTTPConnection(url.netloc, timeout=TIMEOUT_SECONDS)
    start = time.monotonic()
    try:
        connection.request("POST", url.path, letter.body, dict(letter.headers))
        answer = connection.getresponse()
        return Answer(answer.status, json.loads(answer.read()), time.monotonic() - start)
    finally:
        connection.close()


@contextmanager
def held_back(cloud: Cloud) -> Iterator[Receiver]:
    """Have GitHub deliver to the test instead of to Slipway."""
    with receiving() as receiver:
        cloud.github.set_webhook(receiver.url, webhook_secret(cloud)["current"])
        try:
            yield receiver
            assert cloud.github.settle()
        finally:
            cloud.github.set_webhook(cloud.webhook_url, webhook_secret(cloud)["current"])


def webhook_secret(cloud: Cloud) -> dict[str, str]:
    """The webhook's secrets, `current` and perhaps `previous`."""
    value = cloud.client("secretsmanager").get_secret_value(SecretId=cloud.outputs["WebhookSecret"])
    secret: dict[str, str] = json.loads(value["SecretString"])
    return secret
