"""Sweep: asks GitHub every few minutes for deliveries that failed, and has them redelivered."""

from __future__ import annotations

from aws_cdk import Aws, Duration, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.function import Common, Function
from infra.queue import DeadLetters
from infra.storage import Storage

NAME = "sweep"
EVERY = Duration.minutes(5)
TIMEOUT = Duration.minutes(4)
"""Less than `EVERY`: one run is over before the next begins."""


class Sweep(Construct):
    """Scheduler → sweep function, one at a time.

    Attributes:
        dead_letters: runs that the scheduler could not start.
    """

    def __init__(self, scope: Construct, construct_id: str, *, common: Common, storage: Storage) -> None:
        super().__init__(scope, construct_id)
        function = Function(
            self,
            "Function",
            common=common,
            capability=NAME,
            name=NAME,
            memory=Size.mebibytes(512),
            timeout=TIMEOUT,
            reserved_concurrency=1,
            environment={
                "SLIPWAY_TABLE": storage.table.table_name,
                "SLIPWAY_APP_SECRET": storage.app_secret.secret_arn,
                "SLIPWAY_GITHUB_API_URL": common.settings.github_api_url,
            },
        )
        storage.allow_secret(function, storage.app_secret)
        storage.allow_items(function, "SWEEP")
        # A failed run is not repeated: the next one starts where the last good one ended.
        function.function.configure_async_invoke(retry_attempts=0, max_event_age=EVERY)

        self.dead_letters = DeadLetters(self, "DeadLetters", capability=NAME, settings=common.settings).queue
        acknowledge(
            self.dead_letters,
            "AwsSolutions-SQS3",
            "It is a dead-letter queue, of a schedule, which the rule does not look at",
        )
        role = iam.Role(
            self,
            "SchedulerRole",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            ),
            description="Starts the sweep",
        )
        role.add_to_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.function.function_arn])
        )
        role.add_to_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.dead_letters.queue_arn]))
        scheduler.Schedule(
            self,
            "Schedule",
            description="Looks for webhook deliveries that GitHub could not deliver",
            schedule=scheduler.ScheduleExpression.rate(EVERY),
            target=targets.LambdaInvoke(
                function.function,
                # Without this the CDK would also allow every version and alias of the function.
                role=role.without_policy_updates(),
                dead_letter_queue=self.dead_letters,
                max_event_age=EVERY,
                retry_attempts=2,
            ),
        )
