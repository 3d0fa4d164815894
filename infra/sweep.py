"""Sweep: asks GitHub every few minutes for deliveries that failed, and has them redelivered."""

from __future__ import annotations

from aws_cdk import Duration, Size
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from infra.function import Common, Function
from infra.schedule import RETRIES, dead_letters_of_schedule, run_every
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

        self.dead_letters = dead_letters_of_schedule(self, capability=NAME, settings=common.settings)
        run_every(
            self,
            EVERY,
            what="Looks for webhook deliveries that GitHub could not deliver",
            action="lambda:InvokeFunction",
            arn=function.function.function_arn,
            dead_letters=self.dead_letters,
            target=lambda role: targets.LambdaInvoke(
                function.function,
                role=role,
                dead_letter_queue=self.dead_letters,
                max_event_age=EVERY,
                retry_attempts=RETRIES,
            ),
        )
