"""Validation: a pull request gets its check."""

from __future__ import annotations

from aws_cdk import Duration, Size
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk.lambda_layer_kubectl_v35 import KubectlV35Layer
from constructs import Construct

from infra.bus import Bus
from infra.function import Common, Function
from infra.keys import Keys, SealingKey
from infra.queue import WorkQueue
from infra.storage import Storage
from infra.tokens import Tokens
from slipway.events import SOURCE, PullRequestEvent

NAME = "validation"
KEYS_DO = ("check", "state")
PERMISSIONS = {"contents": "read", "checks": "write", "pull_requests": "read"}
"""All that its tokens ever allow; GitHub adds `metadata: read`."""
MEMORY = Size.mebibytes(2048)
"""More than one whole processor, which starts at 1,769 MB (Lambda developer guide)."""
SCRATCH = Size.mebibytes(2048)
"""Room in /tmp for the base and the merge result of several repositories, unpacked."""
VISIBILITY_FACTOR = 6
"""How many function timeouts a message stays hidden: the Lambda developer guide's advice for SQS event sources."""


class Validation(Construct):
    """Rule → queue → validation function, with tokens of its own, and a keys function if there is a sealing key.

    Attributes:
        queue: pull requests that wait.
        dead_letters: those that could not be delivered or processed.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        common: Common,
        storage: Storage,
        bus: Bus,
        sealing_key: SealingKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        settings = common.settings
        timeout = Duration.seconds(settings.validation_timeout_seconds)
        work = WorkQueue(
            self,
            "Work",
            capability=NAME,
            visibility=Duration.seconds(VISIBILITY_FACTOR * settings.validation_timeout_seconds),
            settings=settings,
        )
        self.queue, self.dead_letters = work.queue, work.dead_letters
        events.Rule(
            self,
            "Rule",
            event_bus=bus.bus,
            description="Pull requests to check",
            event_pattern=events.EventPattern(source=[SOURCE], detail_type=[PullRequestEvent.DETAIL_TYPE]),
            targets=[targets.SqsQueue(self.queue, dead_letter_queue=self.dead_letters)],
        )
        tokens = Tokens(self, "Tokens", common=common, storage=storage, consumer=NAME, permissions=PERMISSIONS)
        keys = (
            Keys(self, "Keys", common=common, storage=storage, sealing_key=sealing_key, consumer=NAME, do=KEYS_DO)
            if sealing_key
            else None
        )
        function = Function(
            self,
            "Function",
            common=common,
            capability=NAME,
            name=NAME,
            memory=MEMORY,
            ephemeral_storage=SCRATCH,
            timeout=timeout,
            # The emulator unpacks a layer anew for every worker, and not to /opt: there, a setting names the path.
            layers=[] if settings.local else [KubectlV35Layer(self, "Kubectl")],
            environment={
                "SLIPWAY_TABLE": storage.table.table_name,
                "SLIPWAY_BUCKET": storage.bucket.bucket_name,
                "SLIPWAY_TOKENS_FUNCTION": tokens.function_name,
                "SLIPWAY_QUEUE_URL": self.queue.queue_url,
                "SLIPWAY_GITHUB_API_URL": settings.github_api_url,
                "SLIPWAY_LEASE_SECONDS": str(settings.validation_timeout_seconds),
                **({"SLIPWAY_SYSTEM_REPOSITORY": settings.system_repository} if settings.system_repository else {}),
                **({"SLIPWAY_GITHUB_HOST": settings.github_host} if settings.github_host else {}),
                **(
                    {
                        "SLIPWAY_KEYS_FUNCTION": keys.function_name,
                        "SLIPWAY_SEALING_SECRET": settings.sealing_secret_arn or settings.sealing_secret,
                    }
                    if keys
                    else {}
                ),
                **({"SLIPWAY_KUBECTL": settings.kubectl, "SLIPWAY_HELM": settings.helm} if settings.local else {}),
            },
        )
        tokens.allow_invoke(function)
        if keys:
            keys.allow_invoke(function)
        storage.allow_items(function, "LEASE#*")
        storage.allow_reads_and_writes(function, "reports/")
        storage.allow_reads_and_writes(function, "cache/")
        function.may(["sqs:SendMessage"], [self.queue.queue_arn])
        function.function.add_event_source(
            sources.SqsEventSource(
                self.queue,
                batch_size=1,
                max_concurrency=settings.validation_concurrency,
                report_batch_item_failures=True,
            )
        )
