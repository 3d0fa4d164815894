"""The one way to start something again and again: by a role that may do that alone, and with a dead-letter queue."""

from __future__ import annotations

from collections.abc import Callable

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.queue import DeadLetters
from infra.settings import Settings

RETRIES = 2
"""How often the scheduler tries to start it, before it goes to the dead letters."""


def dead_letters_of_schedule(scope: Construct, *, capability: str, settings: Settings) -> sqs.Queue:
    """A queue for what the scheduler could not start, of a capability that has no other."""
    queue = DeadLetters(scope, "DeadLetters", capability=capability, settings=settings).queue
    acknowledge(queue, "AwsSolutions-SQS3", "It is a dead-letter queue, of a schedule, which the rule does not look at")
    return queue


def run_every(
    scope: Construct,
    every: Duration,
    *,
    what: str,
    action: str,
    arn: str,
    dead_letters: sqs.Queue,
    target: Callable[[iam.IRole], scheduler.IScheduleTarget],
) -> None:
    """Start something every so often.

    Args:
        scope: of the capability, which has one schedule.
        every: period.
        what: what it does, for whoever looks at the schedule.
        action: the one IAM action that it takes, e.g. `lambda:InvokeFunction`.
        arn: of what is started.
        dead_letters: for what could not be started.
        target: makes the target, with the role.
    """
    role = iam.Role(
        scope,
        "SchedulerRole",
        assumed_by=iam.ServicePrincipal(
            "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
        ),
        description=what,
    )
    for allowed, resource in ((action, arn), ("sqs:SendMessage", dead_letters.queue_arn)):
        role.add_to_policy(iam.PolicyStatement(actions=[allowed], resources=[resource]))
    scheduler.Schedule(
        scope,
        "Schedule",
        description=what,
        schedule=scheduler.ScheduleExpression.rate(every),
        # The CDK's own grants are more than we need: every version and alias of a function, for one.
        target=target(role.without_policy_updates()),
    )
