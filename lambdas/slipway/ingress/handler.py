"""The Lambda behind `POST /github`."""

from __future__ import annotations

import json
import math
import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.aws.bucket import S3Bucket
from slipway.aws.bus import EventBridgeBus
from slipway.aws.clients import Clients
from slipway.aws.deliveries import TableDeliveries
from slipway.aws.secrets import SecretsManager
from slipway.aws.table import Table
from slipway.errors import RetryLater
from slipway.ingress.answer import Answer, Rejected, Status
from slipway.ingress.config import Config
from slipway.ingress.receive import Receiver

SERVICE = "ingress"
METRICS: dict[Status, str] = {
    "accepted": "Accepted",
    "duplicate": "Duplicate",
    "ignored": "Ignored",
    "in flight": "InFlight",
}
"""Besides these: `Rejected`, also by `reason`, and `Unavailable`."""

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Slipway", service=SERVICE)


@logger.inject_lambda_context(correlation_id_path='headers."x-github-delivery"', clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request; what is neither the sender's fault nor passes by itself is raised, which makes it a 500."""
    try:
        answer = receiver().receive(event, context.aws_request_id)
    except Rejected as err:
        return _rejected(err)
    except RetryLater as err:
        return _unavailable(err)
    return _answered(answer)


@cache
def receiver() -> Receiver:
    """The ingress with its clients, made once per execution environment."""
    config = Config.from_env()
    clients = Clients()
    return Receiver(
        deliveries=TableDeliveries(Table(clients.dynamodb, config.table)),
        bucket=S3Bucket(clients.s3, config.bucket),
        bus=EventBridgeBus(clients.events, config.bus),
        secrets=SecretsManager(clients.secretsmanager),
        webhook_secret=config.webhook_secret,
        lease_seconds=config.lease_seconds,
    )


def _answered(answer: Answer) -> dict[str, Any]:
    logger.info(answer.status, extra={"event": answer.event, "action": answer.action, "events": answer.events})
    _count(METRICS[answer.status])
    return _response(answer.http_status, answer.to_body(), wait=answer.wait)


def _rejected(err: Rejected) -> dict[str, Any]:
    logger.warning("rejected", extra={"reason": err.reason, "cause": str(err)})
    metrics.add_dimensions(service=SERVICE, reason=err.reason)  # besides the sum over all reasons
    _count("Rejected")
    return _response(err.http_status, {"status": "rejected", "reason": str(err)})


def _unavailable(err: RetryLater) -> dict[str, Any]:
    logger.error("not acknowledged", extra={"cause": str(err)})
    _count("Unavailable")
    return _response(503, {"status": "unavailable"}, wait=err.after)


def _count(metric: str) -> None:
    metrics.add_metric(metric, MetricUnit.Count, 1)
    metrics.flush_metrics()


def _response(status: int, body: dict[str, Any], *, wait: float = 0) -> dict[str, Any]:
    headers = {"content-type": "application/json"}
    if wait:
        headers["retry-after"] = str(math.ceil(wait))
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    receiver()  # in Lambda's init phase, which has more processor than the first request
