"""What happens to a webhook delivery, in the order that loses none.

1. verify the signature, over the raw bytes, before anything of them is parsed
2. store the body, so that a claim always names a body that is there
3. claim the delivery: of several attempts at once, one goes on
4. put its events on the bus
5. mark it published: from now on every attempt is a duplicate

Only after that is it acknowledged. A crash anywhere leaves GitHub without a 2xx: the sweep has the delivery sent again,
and the next attempt takes over when the claim has lapsed. So an event may come twice if a crash hits between 4 and 5;
consumers key their work by what it is about.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from slipway.aws.protocol import Bucket, Bus, BusEvent, Deliveries, Secrets
from slipway.errors import InputError
from slipway.events import Delivery
from slipway.ingress.answer import Answer, Reason, Rejected
from slipway.ingress.project import Event, Payload, project
from slipway.ingress.request import WebhookRequest, parse_request
from slipway.ingress.signature import is_signed_by

T = TypeVar("T")


@dataclass(frozen=True)
class Receiver:
    """The ingress with all that it needs."""

    deliveries: Deliveries
    bucket: Bucket
    bus: Bus
    secrets: Secrets
    webhook_secret: str
    """Name of the secret."""
    lease_seconds: int
    """How long a claim holds; longer than an invocation can last."""
    clock: Callable[[], float] = time.time

    def receive(self, event: Mapping[str, Any], owner: str) -> Answer:
        """Deal with one request.

        Args:
            event: as the HTTP API hands it over, payload format 2.0.
            owner: id of this invocation.

        Raises:
            Rejected: it is forged, malformed or too large.
            RetryLater: AWS is down; the delivery is not acknowledged.
        """
        request = parse_request(event)
        if not is_signed_by(self.secrets, self.webhook_secret, request.body, request.signature):
            raise Rejected(401, "signature", "signature is missing or does not match the body")
        now = datetime.fromtimestamp(self.clock(), UTC)
        file = f"{now:%Y/%m/%d}/{request.hook}-{request.delivery}.json"
        try:
            payload = _parsed(request.body)
            delivery = _delivery(request, payload, now, body_key=f"deliveries/{file}")
            events = project(delivery, payload)
        except InputError as err:
            self.bucket.put(f"rejected/{file}", request.body)
            reason: Reason = "json" if isinstance(err, _NotJson) else "payload"
            raise Rejected(400, reason, str(err)) from err
        if not events:
            return Answer("ignored", delivery.event, delivery.action)
        return self._publish(request, delivery, events, owner)

    def _publish(self, request: WebhookRequest, delivery: Delivery, events: tuple[Event, ...], owner: str) -> Answer:
        self.bucket.put(delivery.body_key, request.body)
        claim = self.deliveries.claim(
            request.key, owner, self.lease_seconds, body_key=delivery.body_key, event=delivery.event
        )
        if claim.state == "published":
            return Answer("duplicate", delivery.event, delivery.action)
        if claim.state == "in flight":
            return Answer("in flight", delivery.event, delivery.action, wait=claim.wait)
        self.bus.put([BusEvent(event.DETAIL_TYPE, event.to_detail()) for event in events])
        self.deliveries.mark_published(request.key)
        return Answer("accepted", delivery.event, delivery.action, events=len(events))


class _NotJson(InputError):
    """The body is not a JSON object."""


def _parsed(body: bytes) -> Payload:
    try:
        payload = json.loads(body.decode())
    except (ValueError, RecursionError) as err:
        raise _NotJson("body is not JSON in UTF-8") from err
    if not isinstance(payload, dict):
        raise _NotJson("body is not a JSON object")
    return payload


def _delivery(request: WebhookRequest, payload: Payload, now: datetime, *, body_key: str) -> Delivery:
    action = payload.get("action")
    return Delivery(
        id=request.delivery,
        hook=request.hook,
        event=request.event,
        action=action if isinstance(action, str) else "",
        installation=_member(payload, "installation", "id", 0),
        repository=_member(payload, "repository", "full_name", ""),
        sender=_member(payload, "sender", "login", ""),
        received_at=now.isoformat(timespec="milliseconds"),
        body_key=body_key,
    )


def _member(payload: Payload, name: str, member: str, default: T) -> T:
    """A member of a member that not every payload has; whether it must be there, the projection decides."""
    parent = payload.get(name)
    value = parent.get(member) if isinstance(parent, dict) else None
    return value if isinstance(value, type(default)) else default
