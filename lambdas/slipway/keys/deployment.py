"""CloudFormation's custom resource: on each deployment there is a key pair.

Source: AWS CloudFormation user guide, "Custom resource request objects" and "response objects".
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

from slipway.errors import SlipwayError

PHYSICAL_ID = "sealing-key"
"""One and the same for ever: else CloudFormation would take an update for a replacement."""
SECONDS = 10


def is_deployment(event: Mapping[str, Any]) -> bool:
    """True for a request of CloudFormation, which nobody else can make look like one and gain anything by it."""
    return "RequestType" in event and "ResponseURL" in event


def deployed(event: Mapping[str, Any], ensure: Callable[[], object], send: Callable[[str, bytes], None]) -> None:
    """Make sure that there is a pair, and tell CloudFormation; a deletion leaves the pair as it is.

    Args:
        event: CloudFormation's.
        ensure: makes or adopts a pair.
        send: `put` or like it.
    """
    answer = {
        "PhysicalResourceId": PHYSICAL_ID,
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    try:
        if event["RequestType"] != "Delete":
            ensure()
        answer |= {"Status": "SUCCESS"}
    except SlipwayError as err:
        answer |= {"Status": "FAILED", "Reason": str(err)}
    send(event["ResponseURL"], json.dumps(answer).encode())


def put(url: str, body: bytes) -> None:
    """Send an answer to a URL that CloudFormation has signed, which takes no content type."""
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310
    with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310 - CloudFormation's own URL
        pass
