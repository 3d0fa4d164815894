"""The log of webhook deliveries."""

from __future__ import annotations

import json

from local.github.model import Delivery, Json


def item(delivery: Delivery) -> Json:
    """A `hook-delivery-item`."""
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": delivery.delivered_at,
        "redelivery": delivery.redelivery,
        "duration": delivery.duration,
        "status": delivery.status,
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": delivery.installation_id,
        "repository_id": delivery.repository_id,
        "throttled_at": None,
    }


def full(delivery: Delivery) -> Json:
    """A `hook-delivery`."""
    return {
        **item(delivery),
        "url": delivery.url,
        "request": {"headers": dict(delivery.headers), "payload": json.loads(delivery.payload)},
        "response": {"headers": dict(delivery.response_headers), "payload": delivery.response},
    }
