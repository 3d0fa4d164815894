"""Ingress: the HTTP API that GitHub calls, and the function behind it."""

from __future__ import annotations

import json
from typing import cast

from aws_cdk import Duration, Size, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.bus import Bus
from infra.function import Common, Function
from infra.log_group import log_group
from infra.storage import Storage

NAME = "ingress"
TIMEOUT = Duration.seconds(10)
"""GitHub hangs up after ten seconds (Webhooks documentation)."""
RATE = 100
"""Requests a second, sustained; what is refused beyond it GitHub lists as failed, and the sweep has it redelivered."""
BURST = 500
"""Requests at once: a large organisation's push to many repositories."""

ACCESS_LOG_FORMAT = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "sourceIp": "$context.identity.sourceIp",
    "route": "$context.routeKey",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
    "error": "$context.integrationErrorMessage",
}


class Ingress(Construct):
    """`POST /github` → verified, stored, claimed, put on the bus.

    Attributes:
        webhook_url: what to enter into the GitHub App.
    """

    def __init__(self, scope: Construct, construct_id: str, *, common: Common, storage: Storage, bus: Bus) -> None:
        super().__init__(scope, construct_id)
        function = Function(
            self,
            "Function",
            common=common,
            capability=NAME,
            name=NAME,
            memory=Size.mebibytes(512),
            timeout=TIMEOUT,
            environment={
                "SLIPWAY_TABLE": storage.table.table_name,
                "SLIPWAY_BUCKET": storage.bucket.bucket_name,
                "SLIPWAY_BUS": bus.bus.event_bus_name,
                "SLIPWAY_WEBHOOK_SECRET": storage.webhook_secret.secret_arn,
                "SLIPWAY_LEASE_SECONDS": str(TIMEOUT.to_seconds()),
            },
        )
        storage.allow_secret(function, storage.webhook_secret)
        storage.allow_items(function, "DELIVERY#*")
        storage.allow_writes(function, "deliveries/")
        storage.allow_writes(function, "rejected/")
        bus.allow_put(function)

        api = apigateway.HttpApi(
            self,
            "Api",
            api_name=Stack.of(self).stack_name,
            description="Webhooks come in here",
            create_default_stage=False,
        )
        routes = api.add_routes(
            path="/github",
            methods=[apigateway.HttpMethod.POST],
            integration=HttpLambdaIntegration("Lambda", function.function),
        )
        for route in routes:
            acknowledge(
                route,
                "AwsSolutions-APIG4",
                "GitHub authenticates by signing the body, and the function checks that signature before anything else",
            )
        stage = apigateway.HttpStage(
            self,
            "Stage",
            http_api=api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=RATE, burst_limit=BURST),
        )
        access_log = log_group(self, "AccessLog", f"/aws/apigateway/{Stack.of(self).stack_name}", common.settings)
        cfn_stage = cast("apigateway.CfnStage", stage.node.default_child)
        cfn_stage.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=access_log.log_group_arn, format=json.dumps(ACCESS_LOG_FORMAT)
        )
        self.webhook_url = f"{api.api_endpoint}/github"
