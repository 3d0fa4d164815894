"""Executions of a state machine."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from slipway.aws.errors import aws_errors
from slipway.aws.protocol import Execution

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class StateMachineExecutions:
    """`slipway.aws.protocol.Executions` in Step Functions."""

    def __init__(self, client: SFNClient, arn: str) -> None:
        """Remember the ARN of the state machine; nothing is asked yet."""
        self._client = client
        self._arn = arn

    def running(self) -> list[Execution]:
        """See `Executions`."""
        with aws_errors(f"state machine {self._arn}"):
            pages = self._client.get_paginator("list_executions").paginate(
                stateMachineArn=self._arn, statusFilter="RUNNING"
            )
            found = [execution for page in pages for execution in page["executions"]]
        return [Execution(each["name"], each["startDate"].astimezone(UTC)) for each in found]
