"""A webhook request, out of the event of an API Gateway HTTP API (payload format 2.0).

Source of the headers: https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway.ingress.answer import Rejected

MAX_BODY_BYTES = 6 * 1024 * 1024
"""Lambda's limit for a synchronous invocation. GitHub sends up to 25 MB and an HTTP API takes 10 MB, but more than this
cannot reach us on AWS; emulators do not enforce it, so we do. The events that we use are far below."""

CONTENT_TYPE = "application/json"


@dataclass(frozen=True)
class WebhookRequest:
    """A request with all that a delivery has; nothing of it is verified yet."""

    body: bytes = field(repr=False)
    """The bytes that were signed."""
    delivery: str
    """`X-GitHub-Delivery`."""
    hook: str
    """`X-GitHub-Hook-ID`, `"0"` if absent."""
    event: str
    """`X-GitHub-Event`."""
    signature: str = field(repr=False)
    """`X-Hub-Signature-256`, `""` if absent."""

    @property
    def key(self) -> str:
        """What the delivery is claimed by: one guid is shared by all hooks that an event goes to."""
        return f"{self.hook}#{self.delivery}"


def parse_request(event: Mapping[str, Any]) -> WebhookRequest:
    """Take a request apart.

    Raises:
        Rejected: the body is too large or not what the event says, a header is missing or malformed, or the content
            type is not `application/json`.
    """
    body = _body(event)
    headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
    request = WebhookRequest(
        body=body,
        delivery=_header(headers, "x-github-delivery", r"[0-9A-Za-z-]{1,64}"),
        hook=_header(headers, "x-github-hook-id", r"[0-9]{1,20}", default="0"),
        event=_header(headers, "x-github-event", r"[a-z0-9_]{1,64}"),
        signature=headers.get("x-hub-signature-256", ""),
    )
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != CONTENT_TYPE:
        raise Rejected(415, "content-type", f"content type must be {CONTENT_TYPE}; choose it in the webhook's settings")
    return request


def _body(event: Mapping[str, Any]) -> bytes:
    text: str = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        # A lone surrogate is no text that GitHub sends: it must not crash us, and its signature cannot match.
        return _checked(text.encode("utf-8", "surrogatepass"))
    if len(text) > MAX_BODY_BYTES * 4 // 3 + 4:
        raise _too_large()
    try:
        return _checked(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as err:
        raise Rejected(400, "body", "body is not the base64 that the request says it is") from err


def _checked(body: bytes) -> bytes:
    if len(body) > MAX_BODY_BYTES:
        raise _too_large()
    return body


def _too_large() -> Rejected:
    return Rejected(413, "size", f"body is larger than {MAX_BODY_BYTES} bytes")


def _header(headers: Mapping[str, str], name: str, pattern: str, default: str | None = None) -> str:
    value = headers.get(name, default)
    if value is None:
        raise Rejected(400, "headers", f"header {name} is missing")
    if not re.fullmatch(pattern, value):
        raise Rejected(400, "headers", f"header {name} is malformed")
    return value
