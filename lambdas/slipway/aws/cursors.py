"""The sweep's cursor in the table: pk `SWEEP`, sk `CURSOR`."""

from __future__ import annotations

from datetime import datetime

from slipway.aws.protocol import SweepCursor, Walk
from slipway.aws.table import Item, Table

KEY = ("SWEEP", "CURSOR")
ATTRIBUTES = ("settled_until", "page", "newest", "unsettled_since", "arrived")


class TableSweepCursors:
    """`slipway.aws.protocol.SweepCursors` in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self) -> SweepCursor:
        """See `SweepCursors`."""
        item = self._table.get(*KEY) or {}
        return SweepCursor(settled_until=_moment(item, "settled_until"), walk=_walk(item))

    def write(self, cursor: SweepCursor) -> bool:
        """See `SweepCursors`."""
        item = _item(cursor)
        condition, compare = "attribute_not_exists(#settled_until)", {}
        if cursor.settled_until:
            condition += " OR #settled_until <= :settled_until"
            compare = {"settled_until": item["settled_until"]}
        absent = [name for name in ATTRIBUTES if name not in item]
        return self._table.update(*KEY, item, remove=absent, condition=condition, compare=compare) is None


def _item(cursor: SweepCursor) -> Item:
    item: dict[str, str] = {}
    if cursor.settled_until:
        item["settled_until"] = _text(cursor.settled_until)
    if cursor.walk:
        item |= {"page": cursor.walk.page, "newest": _text(cursor.walk.newest)}
        if cursor.walk.unsettled_since:
            item["unsettled_since"] = _text(cursor.walk.unsettled_since)
        if cursor.walk.arrived:
            item["arrived"] = " ".join(cursor.walk.arrived)
    return dict(item)


def _walk(item: Item) -> Walk | None:
    newest = _moment(item, "newest")
    if newest is None:
        return None
    return Walk(
        page=str(item["page"]),
        newest=newest,
        unsettled_since=_moment(item, "unsettled_since"),
        arrived=tuple(str(item.get("arrived", "")).split()),
    )


def _text(moment: datetime) -> str:
    """ISO 8601 of one length, so that later moments are later in the alphabet too."""
    return moment.isoformat(timespec="microseconds")


def _moment(item: Item, name: str) -> datetime | None:
    return datetime.fromisoformat(str(item[name])) if name in item else None
