"""A capability's own queue."""

from __future__ import annotations

import math

from slipway.aws.client import SQS, AwsClient

MAX_DELAY_SECONDS = 900
"""SQS delays no message for longer; whoever must wait longer looks at the clock and sends the message again."""


class SqsQueue:
    """`slipway.aws.protocol.Queue` on SQS."""

    def __init__(self, client: AwsClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, body: str, *, delay: float) -> None:
        """See `Queue`."""
        seconds = min(math.ceil(delay), MAX_DELAY_SECONDS)
        self._client.json(SQS, "SendMessage", {"QueueUrl": self._url, "MessageBody": body, "DelaySeconds": seconds})
