"""The event bus."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from slipway.aws.errors import RETRY_LATER_SECONDS, aws_errors
from slipway.aws.protocol import BusEvent
from slipway.errors import RetryLater
from slipway.events import SOURCE

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

MAX_ENTRIES = 10
"""EventBridge takes no more events in one request."""


class EventBridgeBus:
    """`slipway.aws.protocol.Bus` on EventBridge."""

    def __init__(self, client: EventBridgeClient, name: str) -> None:
        self._client = client
        self._name = name

    def put(self, events: Sequence[BusEvent]) -> None:
        """See `Bus`."""
        for start in range(0, len(events), MAX_ENTRIES):
            entries = [self._entry(event) for event in events[start : start + MAX_ENTRIES]]
            with aws_errors(f"bus {self._name}"):
                answer = self._client.put_events(Entries=entries)
            if answer["FailedEntryCount"]:  # the status is 200 all the same
                codes = sorted({entry["ErrorCode"] for entry in answer["Entries"] if "ErrorCode" in entry})
                raise RetryLater(
                    f"bus {self._name} did not accept {answer['FailedEntryCount']} of {len(entries)} events: "
                    + ", ".join(codes),
                    after=RETRY_LATER_SECONDS,
                )

    def _entry(self, event: BusEvent) -> PutEventsRequestEntryTypeDef:
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": event.detail_type,
            "Detail": json.dumps(event.detail),
        }
