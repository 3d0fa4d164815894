"""Rotation: the state machine that changes the sealing key, and the function that does its steps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import Aws, Duration, Size, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.lambda_layer_kubectl_v35 import KubectlV35Layer
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.alarms import PERIOD, alarm_above_zero
from infra.function import Common, Function
from infra.keys import Keys, SealingKey
from infra.log_group import log_group
from infra.schedule import RETRIES, dead_letters_of_schedule, run_every
from infra.storage import Storage
from infra.tokens import Tokens

NAME = "rotation"
PERMISSIONS = {
    "checks": "read",
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
    "statuses": "read",
}
"""All that its tokens ever allow; GitHub adds `metadata: read`."""
KEYS_DO = ("ensure", "state", "prepare", "retire", "reseal")
MEMORY = Size.mebibytes(2048)
SCRATCH = Size.mebibytes(1024)
"""Room in /tmp for the repositories, unpacked."""
TIMEOUT = Duration.minutes(10)
"""To seal anew takes 10 ms a value (docs/sealing.md); there may be tens of thousands in a repository."""
EVERY = Duration.days(1)
RUN_DAYS = 60
"""A rotation that nobody merges ends some day; the next day's run goes on with it."""
ATTEMPTS, BACKOFF, MAX_DELAY_SECONDS = 10, 2, 900
"""More than an hour and a half, from half a minute on: clusters take an hour, by External Secrets' default, to see the
last change of the secret, which the first step waits for. An outage of hours is survived by the loop around a step."""
BRANCHES_AT_ONCE = 2


class Rotation(Construct):
    """Scheduler → state machine → rotation function, with tokens and a keys function of its own.

    Attributes:
        state_machine: to be started with `{"reason": "asked"}` at any time.
        dead_letters: runs that the scheduler could not start.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, common: Common, storage: Storage, sealing_key: SealingKey
    ) -> None:
        super().__init__(scope, construct_id)
        settings = common.settings
        name = f"{Stack.of(self).stack_name}-{NAME}"
        tokens = Tokens(self, "Tokens", common=common, storage=storage, consumer=NAME, permissions=PERMISSIONS)
        keys = Keys(
            self,
            "Keys",
            common=common,
            storage=storage,
            sealing_key=sealing_key,
            consumer=NAME,
            do=KEYS_DO,
            write=True,
        )
        keys.ensure_on_deployment(sealing_key)
        arn = f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:stateMachine:{name}"
        function = Function(
            self,
            "Function",
            common=common,
            capability=NAME,
            name=NAME,
            memory=MEMORY,
            ephemeral_storage=SCRATCH,
            timeout=TIMEOUT,
            # The emulator unpacks a layer anew for every worker, and not to /opt: there, a setting names the path.
            layers=[] if settings.local else [KubectlV35Layer(self, "Kubectl")],
            environment={
                "SLIPWAY_KEYS_FUNCTION": keys.function_name,
                "SLIPWAY_SEALING_SECRET": sealing_key.arn,
                "SLIPWAY_TOKENS_FUNCTION": tokens.function_name,
                "SLIPWAY_STATE_MACHINE": arn,
                "SLIPWAY_GITHUB_API_URL": settings.github_api_url,
                "SLIPWAY_SYSTEM_REPOSITORY": settings.system_repository,
                "SLIPWAY_POLL_SECONDS": str(settings.rotation_poll_seconds),
                **({"SLIPWAY_GITHUB_HOST": settings.github_host} if settings.github_host else {}),
                **({"SLIPWAY_KUBECTL": settings.kubectl, "SLIPWAY_HELM": settings.helm} if settings.local else {}),
            },
        )
        tokens.allow_invoke(function)
        keys.allow_invoke(function)
        function.may(["states:ListExecutions"], [arn])

        role = iam.Role(
            self,
            "MachineRole",
            assumed_by=iam.ServicePrincipal(
                "states.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            ),
            description="Runs the steps of a rotation of the sealing key",
        )
        role.add_to_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.function.function_arn])
        )
        self.state_machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=name,
            comment="Rotates the sealing key of the fleet: docs/keys.md",
            definition_body=sfn.DefinitionBody.from_string(
                json.dumps(definition(function.function.function_arn, settings.rotation_poll_seconds))
            ),
            role=role,
            timeout=Duration.days(RUN_DAYS),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=log_group(self, "MachineLog", f"/aws/vendedlogs/states/{name}", settings),
                level=sfn.LogLevel.ALL,
                include_execution_data=False,
            ),
        )
        acknowledge(
            role,
            "AwsSolutions-IAM5[Resource::*]",
            "Delivery of logs and traces knows no resources; a test sees to it that no other action has *",
        )
        for alarm, metric in (
            ("Failed", self.state_machine.metric_failed(period=PERIOD)),
            ("TimedOut", self.state_machine.metric_timed_out(period=PERIOD)),
        ):
            alarm_above_zero(
                self,
                alarm,
                metric,
                description=f"{name} ended before its time; its execution says where. Start it again: it goes on there",
                topic_arn=settings.alarm_topic_arn,
            )
        self.dead_letters = dead_letters_of_schedule(self, capability=NAME, settings=settings)
        run_every(
            self,
            EVERY,
            what="Looks whether it is time to rotate the sealing key",
            action="states:StartExecution",
            arn=self.state_machine.state_machine_arn,
            dead_letters=self.dead_letters,
            target=lambda role: targets.StepFunctionsStartExecution(
                self.state_machine,
                role=role,
                input=scheduler.ScheduleTargetInput.from_object({"reason": "due"}),
                dead_letter_queue=self.dead_letters,
                max_event_age=Duration.hours(1),
                retry_attempts=RETRIES,
            ),
        )


def definition(function_arn: str, poll_seconds: int) -> dict[str, Any]:
    """The state machine, in Amazon States Language with JSONPath.

    Every step is a task that answers `ok`; until it does, or if it fails more often than it is retried, it is asked for
    again after a while. Only the first one fails the run: before it there is nothing to go on with.
    """
    retry = [
        {
            "ErrorEquals": ["States.ALL"],
            "IntervalSeconds": min(poll_seconds, 30),
            "MaxAttempts": ATTEMPTS,
            "BackoffRate": BACKOFF,
            "MaxDelaySeconds": MAX_DELAY_SECONDS,
        }
    ]

    def task(parameters: Mapping[str, Any], result: str, following: str, *, failing: str = "") -> dict[str, Any]:
        return {
            "Type": "Task",
            "Resource": function_arn,
            "Parameters": parameters,
            "ResultPath": result,
            "Retry": retry,
            **(
                {"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": failing}]}
                if failing
                else {}
            ),
            "Next": following,
        }

    def step(state: str, name: str, following: str, again: str, **more: str) -> dict[str, Any]:
        """A step, the choice behind it, and the pauses before another try."""
        result = f"$.{name}"
        return {
            state: task({"step": name, "run.$": "$.run", **more}, result, f"{state}?", failing=f"{state} failed"),
            f"{state}?": {
                "Type": "Choice",
                "Choices": [{"Variable": f"{result}.ok", "BooleanEquals": True, "Next": following}],
                "Default": f"{state} again",
            },
            f"{state} again": {"Type": "Wait", "SecondsPath": f"{result}.seconds", "Next": again},
            f"{state} failed": {"Type": "Wait", "Seconds": poll_seconds, "Next": again},
        }

    begin = {
        "step": "begin",
        "input.$": "$",
        "execution.$": "$$.Execution.Name",
        "started.$": "$$.Execution.StartTime",
    }
    reseal = {"step": "reseal", "run.$": "$.run", "target.$": "$.target"}
    unreachable = {
        "Type": "Pass",
        "Parameters": {
            "repository.$": "$.target.repository",
            "branch.$": "$.target.branch",
            "old": 0,
            "secrets": 0,
            "pull": 0,
            "problems": [],
            "more": 0,
            "error": "it could not be looked at",
        },
        "End": True,
    }
    return {
        "Comment": "Rotates the sealing key of the fleet",
        "StartAt": "Begin",
        "States": {
            "Begin": {**task(begin, "$.run", "Rotating?")},
            "Rotating?": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.run.busy", "BooleanEquals": True, "Next": "Nothing to do"},
                    {"Variable": "$.run.rotating", "BooleanEquals": True, "Next": "Trust"},
                ],
                "Default": "Publish once",
            },
            "Publish once": task({"step": "publish", "run.$": "$.run"}, "$.publish", "Nothing to do"),
            "Nothing to do": {"Type": "Succeed"},
            **step("Trust", "trust", "Wait for clusters", "Trust"),
            "Wait for clusters": {"Type": "Wait", "SecondsPath": "$.trust.wait", "Next": "Publish"},
            **step("Publish", "publish", "Targets", "Publish"),
            **step("Targets", "targets", "Reseal", "Targets"),
            "Reseal": {
                "Type": "Map",
                "ItemsPath": "$.targets.targets",
                "ItemSelector": {"run.$": "$.run", "target.$": "$$.Map.Item.Value"},
                "MaxConcurrency": BRANCHES_AT_ONCE,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "INLINE"},
                    "StartAt": "Reseal one",
                    "States": {
                        "Reseal one": {
                            "Type": "Task",
                            "Resource": function_arn,
                            "Parameters": reseal,
                            "Retry": retry,
                            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Not looked at"}],
                            "End": True,
                        },
                        "Not looked at": unreachable,
                    },
                },
                "ResultPath": "$.left",
                "Next": "Settled",
            },
            **step("Settled", "settled", "Grace time", "Targets", **{"left.$": "$.left"}),
            "Grace time": {"Type": "Wait", "SecondsPath": "$.settled.wait", "Next": "Retire"},
            **step("Retire", "retire", "Rotated", "Targets"),
            "Rotated": {"Type": "Succeed"},
        },
    }
