"""The App's log of webhook deliveries, and redelivery."""

from __future__ import annotations

from local.github.api.call import MAX_PER_PAGE, PER_PAGE, Answer, Call, Route, link_header
from local.github.errors import ApiError, not_found
from local.github.model import Delivery
from local.github.shapes import deliveries

_CURSOR = "v1_"
_OUTCOMES = {"success": range(200, 400), "failure": range(400, 600)}


def _list(call: Call) -> Answer:
    """Newest first; the cursor is that of the first delivery on the page."""
    status, cursor = call.query.get("status"), call.query.get("cursor", "")
    if status and status not in _OUTCOMES:
        raise ApiError(422, "Invalid status")
    if cursor and not cursor.removeprefix(_CURSOR).isdecimal():
        raise ApiError(400, "Invalid cursor")
    newest = int(cursor.removeprefix(_CURSOR)) if cursor else None
    found = [
        delivery
        for delivery in reversed(call.site.store.deliveries.all())
        if delivery.delivered_at is not None
        and (newest is None or delivery.id <= newest)
        and (not status or delivery.status_code in _OUTCOMES[status])
    ]
    per_page = min(max(call.query_number("per_page", PER_PAGE), 1), MAX_PER_PAGE)
    links = {"next": {"cursor": f"{_CURSOR}{found[per_page].id}"}} if len(found) > per_page else {}
    return Answer([deliveries.item(each) for each in found[:per_page]], headers=link_header(call, links))


def _get(call: Call) -> Answer:
    return Answer(deliveries.full(_found(call)))


def _redeliver(call: Call) -> Answer:
    call.site.hooks.redeliver(_found(call))
    return Answer({}, 202)


def _found(call: Call) -> Delivery:
    delivery = call.site.store.deliveries.get(str(call.number("delivery_id")))
    if delivery is None or delivery.delivered_at is None:
        raise not_found()
    return delivery


ROUTES = (
    Route("GET", "/app/hook/deliveries", _list, as_app=True),
    Route("GET", "/app/hook/deliveries/{delivery_id}", _get, as_app=True),
    Route("POST", "/app/hook/deliveries/{delivery_id}/attempts", _redeliver, as_app=True),
)
