"""The bus that the capabilities speak over."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from constructs import Construct

from infra.function import Function
from infra.settings import Settings
from slipway.events import SOURCE

ARCHIVE_DAYS = 14
"""As long as the dead-letter queues: whatever failed can be replayed."""


class Bus(Construct):
    """The event bus, named as the stack.

    Attributes:
        bus: the bus.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.bus = events.EventBus(self, "Bus", event_bus_name=Stack.of(self).stack_name)
        # The emulator's CloudFormation knows no AWS::Events::Archive.
        if not settings.local:
            self.bus.archive(
                "Archive",
                description="What the capabilities said, for replay",
                event_pattern=events.EventPattern(source=[SOURCE]),
                retention=Duration.days(ARCHIVE_DAYS),
            )

    def allow_put(self, function: Function) -> None:
        """Let a function put events on the bus."""
        function.may(["events:PutEvents"], [self.bus.event_bus_arn])
