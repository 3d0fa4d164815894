"""Identities: repositories get the deploy keys by which clusters read them."""

from __future__ import annotations

from aws_cdk import Duration, Size
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as scheduler_targets
from constructs import Construct

from infra.alarms import alarm_above_zero
from infra.bus import Bus
from infra.function import METRICS_NAMESPACE, Common, Function
from infra.queue import WorkQueue
from infra.schedule import RETRIES, run_every
from infra.storage import Storage
from infra.tokens import Tokens
from slipway.events import PROPOSAL_BRANCHES, SOURCE, ProposalEvent, PullRequestEvent

NAME = "identities"
PERMISSIONS = {"administration": "write", "contents": "read", "pull_requests": "read"}
"""All that its tokens ever allow; GitHub adds `metadata: read`. There is no narrower permission for deploy keys."""
MEMORY = Size.mebibytes(1024)
TIMEOUT_SECONDS = 300
VISIBILITY_FACTOR = 6
"""How many function timeouts a message stays hidden: the Lambda developer guide's advice for SQS event sources."""
CONCURRENCY = 2
"""The least that an SQS event source takes. One run does it all."""
BATCH = 10
"""Messages that one run is for."""
EVERY = Duration.hours(1)
ALARM_PERIOD = Duration.hours(2)
"""Longer than `EVERY`: while something is wrong the alarm stays on."""


class Identities(Construct):
    """Rule and scheduler → queue → identities function, with tokens of its own.

    Attributes:
        queue: what there is to look at.
        dead_letters: what could not be delivered or processed.
    """

    def __init__(self, scope: Construct, construct_id: str, *, common: Common, storage: Storage, bus: Bus) -> None:
        super().__init__(scope, construct_id)
        settings = common.settings
        work = WorkQueue(
            self,
            "Work",
            capability=NAME,
            visibility=Duration.seconds(VISIBILITY_FACTOR * TIMEOUT_SECONDS),
            settings=settings,
        )
        self.queue, self.dead_letters = work.queue, work.dead_letters
        events.Rule(
            self,
            "Rule",
            event_bus=bus.bus,
            description="Pull requests that Slipway has made: opened, changed, merged, closed",
            event_pattern=events.EventPattern(
                source=[SOURCE],
                detail_type=[PullRequestEvent.DETAIL_TYPE, ProposalEvent.DETAIL_TYPE],
                # Not their reviews and check runs.
                detail={"delivery": {"event": ["pull_request"]}, "branch": events.Match.prefix(PROPOSAL_BRANCHES)},
            ),
            targets=[targets.SqsQueue(self.queue, dead_letter_queue=self.dead_letters)],
        )
        run_every(
            self,
            EVERY,
            # What nobody tells of: keys that nobody uses any more, and what people do by hand.
            what="Looks for deploy keys that are wanted or no longer used",
            action="sqs:SendMessage",
            arn=self.queue.queue_arn,
            dead_letters=self.dead_letters,
            target=lambda role: scheduler_targets.SqsSendMessage(
                self.queue,
                role=role,
                input=scheduler.ScheduleTargetInput.from_object({"detail-type": "schedule", "detail": {}}),
                dead_letter_queue=self.dead_letters,
                max_event_age=EVERY,
                retry_attempts=RETRIES,
            ),
        )
        tokens = Tokens(self, "Tokens", common=common, storage=storage, consumer=NAME, permissions=PERMISSIONS)
        function = Function(
            self,
            "Function",
            common=common,
            capability=NAME,
            name=NAME,
            memory=MEMORY,
            timeout=Duration.seconds(TIMEOUT_SECONDS),
            environment={
                "SLIPWAY_TOKENS_FUNCTION": tokens.function_name,
                "SLIPWAY_QUEUE_URL": self.queue.queue_url,
                "SLIPWAY_GITHUB_API_URL": settings.github_api_url,
                "SLIPWAY_SYSTEM_REPOSITORY": settings.system_repository,
            },
        )
        tokens.allow_invoke(function)
        function.may(["sqs:SendMessage"], [self.queue.queue_arn])
        function.function.add_event_source(
            sources.SqsEventSource(self.queue, batch_size=BATCH, max_concurrency=CONCURRENCY)
        )
        alarm_above_zero(
            self,
            "Problems",
            cloudwatch.Metric(
                namespace=METRICS_NAMESPACE,
                metric_name="Problems",
                dimensions_map={"service": NAME},
                period=ALARM_PERIOD,
                statistic="Maximum",
            ),
            description="A Git identity has no deploy key, or a wrong one: the log of the function says which and why",
            topic_arn=settings.alarm_topic_arn,
        )
