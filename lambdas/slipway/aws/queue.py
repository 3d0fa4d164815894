"""A capability's own queue."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from slipway.aws.errors import aws_errors

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_DELAY_SECONDS = 900
"""SQS delays no message for longer; whoever must wait longer looks at the clock and sends the message again."""


class SqsQueue:
    """`slipway.aws.protocol.Queue` on SQS."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, body: str, *, delay: float) -> None:
        """See `Queue`."""
        seconds = min(math.ceil(delay), MAX_DELAY_SECONDS)
        with aws_errors(f"queue {self._url}"):
            self._client.send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=seconds)
