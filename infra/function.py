"""The one way to make a Lambda function: with a role, a log group and alarms of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import Duration, Size, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.alarms import PERIOD, alarm_above_zero
from infra.log_group import log_group
from infra.settings import Settings

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.X86_64
"""The kubectl layer holds amd64 programs only, and one bundle serves all functions (docs/decisions)."""
METRICS_NAMESPACE = "Slipway"


@dataclass(frozen=True)
class Common:
    """What the functions of a stack share."""

    settings: Settings
    code: lambda_.Code
    """The bundle: the package `slipway` and everything that it needs."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that every function gets."""


class Function(Construct):
    """A function `<stack>-<name>` that runs `slipway.<capability>.handler.handler`.

    Attributes:
        function: the function.
        role: its role, which may write the function's log, send traces, and nothing else.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        common: Common,
        capability: str,
        name: str,
        memory: Size,
        timeout: Duration,
        environment: Mapping[str, str],
        ephemeral_storage: Size | None = None,
        layers: Sequence[lambda_.ILayerVersion] = (),
        reserved_concurrency: int | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        full_name = f"{Stack.of(self).stack_name}-{name}"
        log = log_group(self, "Log", f"/aws/lambda/{full_name}", common.settings)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What {full_name} may do",
        )
        log.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=full_name,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            code=common.code,
            handler=f"slipway.{capability}.handler.handler",
            role=self.role,
            log_group=log,
            tracing=lambda_.Tracing.ACTIVE,
            memory_size=int(memory.to_mebibytes()),
            ephemeral_storage_size=ephemeral_storage,
            timeout=timeout,
            layers=list(layers),
            reserved_concurrent_executions=reserved_concurrency,
            environment={
                "POWERTOOLS_SERVICE_NAME": capability,
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                "LOG_LEVEL": "INFO",
                **common.environment,
                **environment,
            },
        )
        acknowledge(
            self.role,
            "AwsSolutions-IAM5[Resource::*]",
            "Sending traces to X-Ray knows no resources; a test sees to it that no other action has *",
        )
        acknowledge(
            self.function,
            "AwsSolutions-L1",
            "The project supports Python 3.11 to 3.13 (pyproject.toml, requirements.txt): this is the newest of them",
        )
        alarm_above_zero(
            self,
            "Errors",
            self.function.metric_errors(period=PERIOD),
            description=f"{full_name} failed; see its log {log.log_group_name}",
            topic_arn=common.settings.alarm_topic_arn,
        )
        alarm_above_zero(
            self,
            "Throttles",
            self.function.metric_throttles(period=PERIOD),
            description=f"{full_name} was throttled: too many at once for its own or the account's concurrency",
            topic_arn=common.settings.alarm_topic_arn,
        )

    def may(
        self,
        actions: Sequence[str],
        resources: Sequence[str],
        conditions: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    ) -> None:
        """Allow exactly these actions on exactly these ARNs; the CDK's own grants allow more than we need."""
        self.role.add_to_policy(
            iam.PolicyStatement(actions=list(actions), resources=list(resources), conditions=conditions)
        )
