"""Generation: a request gets its pull requests."""

from __future__ import annotations

from aws_cdk import Duration, Size
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk.lambda_layer_kubectl_v35 import KubectlV35Layer
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.bus import Bus
from infra.function import Common, Function
from infra.queue import WorkQueue
from infra.storage import Storage
from infra.tokens import Tokens
from slipway.events import SOURCE, BaseEvent, ProposalEvent, RequestEvent
from slipway.requests.event import DETAIL_TYPES

NAME = "generation"
PERMISSIONS = {
    "checks": "read",
    "contents": "write",
    "issues": "write",
    "members": "read",
    "pull_requests": "write",
    "statuses": "read",
}
"""All that its tokens ever allow; GitHub adds `metadata: read`."""
MEMORY = Size.mebibytes(2048)
"""More than one whole processor, which starts at 1,769 MB (Lambda developer guide)."""
SCRATCH = Size.mebibytes(1024)
"""Room in /tmp for the repositories, unpacked."""
TIMEOUT_SECONDS = 300
VISIBILITY_FACTOR = 6
"""How many function timeouts a message stays hidden: the Lambda developer guide's advice for SQS event sources."""


class Generation(Construct):
    """Rules → queue → generation function, with tokens of its own.

    Attributes:
        queue: requests that wait.
        dead_letters: those that could not be delivered or processed.
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
        patterns = {
            "Rule": (
                "Requests by issue and comment, their pull requests, and what these are to be merged into",
                events.EventPattern(
                    source=[SOURCE],
                    detail_type=[RequestEvent.DETAIL_TYPE, ProposalEvent.DETAIL_TYPE, BaseEvent.DETAIL_TYPE],
                ),
            ),
            "Requested": (
                "Requests by event, from whoever may put events on the bus",
                events.EventPattern(detail_type=list(DETAIL_TYPES)),
            ),
        }
        for name, (description, pattern) in patterns.items():
            events.Rule(
                self,
                name,
                event_bus=bus.bus,
                description=description,
                event_pattern=pattern,
                targets=[targets.SqsQueue(self.queue, dead_letter_queue=self.dead_letters)],
            )
        tokens = Tokens(self, "Tokens", common=common, storage=storage, consumer=NAME, permissions=PERMISSIONS)
        function = Function(
            self,
            "Function",
            common=common,
            capability=NAME,
            name=NAME,
            memory=MEMORY,
            ephemeral_storage=SCRATCH,
            timeout=Duration.seconds(TIMEOUT_SECONDS),
            # The emulator unpacks a layer anew for every worker, and not to /opt: there, a setting names the path.
            layers=[] if settings.local else [KubectlV35Layer(self, "Kubectl")],
            environment={
                "SLIPWAY_TABLE": storage.table.table_name,
                "SLIPWAY_BUCKET": storage.bucket.bucket_name,
                "SLIPWAY_TOKENS_FUNCTION": tokens.function_name,
                "SLIPWAY_QUEUE_URL": self.queue.queue_url,
                "SLIPWAY_GITHUB_API_URL": settings.github_api_url,
                "SLIPWAY_LEASE_SECONDS": str(TIMEOUT_SECONDS),
                "SLIPWAY_SYSTEM_REPOSITORY": settings.system_repository,
                "SLIPWAY_GIT_IDENTITIES": str(settings.git_identities).lower(),
                **({"SLIPWAY_GITHUB_HOST": settings.github_host} if settings.github_host else {}),
                **({"SLIPWAY_KUBECTL": settings.kubectl, "SLIPWAY_HELM": settings.helm} if settings.local else {}),
            },
        )
        tokens.allow_invoke(function)
        storage.allow_items(function, "LEASE#*")
        storage.allow_reads_and_writes(function, "requests/")
        function.may(["sqs:SendMessage"], [self.queue.queue_arn])
        function.may(["eks:DescribeClusterVersions"], ["*"])
        # Besides what every function has of this kind (infra/function.py).
        acknowledge(
            function.role,
            "AwsSolutions-IAM5[Resource::*]",
            "Which versions of Kubernetes EKS offers is about no resource (service authorization reference)",
        )
        function.function.add_event_source(
            sources.SqsEventSource(
                self.queue,
                batch_size=1,
                max_concurrency=settings.generation_concurrency,
                report_batch_item_failures=True,
            )
        )
