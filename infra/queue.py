"""The one way to make a queue: encrypted, over TLS only, and with a dead-letter queue that raises an alarm."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.alarms import alarm_above_zero
from infra.settings import Settings
from slipway.messages import MAX_RECEIVES

KEEP = Duration.days(14)
"""The longest that SQS keeps a message: time to find out, repair, and redrive."""


class DeadLetters(Construct):
    """The queue `<stack>-<capability>-dlq`, for everything that could not be delivered to a capability.

    Attributes:
        queue: the dead-letter queue.
    """

    def __init__(self, scope: Construct, construct_id: str, *, capability: str, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        name = f"{Stack.of(self).stack_name}-{capability}-dlq"
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=KEEP,
        )
        alarm_above_zero(
            self,
            "Depth",
            self.queue.metric_approximate_number_of_messages_visible(statistic="Maximum"),
            description=f"{name} holds messages that {capability} could not process: find out why, then redrive them",
            topic_arn=settings.alarm_topic_arn,
        )


class WorkQueue(Construct):
    """The queue `<stack>-<capability>` with its dead letters.

    Attributes:
        queue: the queue.
        dead_letters: where a message goes after `MAX_RECEIVES` tries.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, capability: str, visibility: Duration, settings: Settings
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = DeadLetters(self, "DeadLetters", capability=capability, settings=settings).queue
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=f"{Stack.of(self).stack_name}-{capability}",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=visibility,
            retention_period=KEEP,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=MAX_RECEIVES),
        )
