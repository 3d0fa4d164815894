"""The Lambda that runs on a schedule."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.aws.clients import Clients
from slipway.aws.cursors import TableSweepCursors
from slipway.aws.secrets import SecretsManager
from slipway.aws.table import Table
from slipway.errors import RetryLater
from slipway.github.app import AppCredentials, AppHookDeliveries
from slipway.github.calls import Calls
from slipway.sweep.config import Config
from slipway.sweep.run import Report, Sweep

SERVICE = "sweep"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Slipway", service=SERVICE)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 (a schedule says nothing)
    """Make one run; answers with its counts."""
    try:
        report = sweep().run(lambda: context.get_remaining_time_in_millis() / 1000)
    except RetryLater as err:
        logger.warning("nothing learned", extra={"cause": str(err)})
        return _counted({"Unavailable": 1})
    return _reported(report)


@cache
def sweep() -> Sweep:
    """The sweep with its clients, made once per execution environment."""
    config = Config.from_env()
    clients = Clients()
    secrets = SecretsManager(clients.secretsmanager)
    credentials = AppCredentials(partial(secrets.get, config.app_secret), partial(secrets.refetch, config.app_secret))
    return Sweep(
        hooks=AppHookDeliveries(Calls(credentials, config.github_api_url)),
        cursors=TableSweepCursors(Table(clients.dynamodb, config.table)),
        grace_seconds=config.grace_seconds,
        now=lambda: datetime.now(UTC),
    )


def _reported(report: Report) -> dict[str, Any]:
    for lost in report.given_up:
        logger.error(
            "given up",
            extra={
                "delivery": lost.first.guid,
                "event": lost.first.event,
                "action": lost.first.action,
                "attempts": lost.attempts,
                "status": lost.latest.status_code,
                "first_attempt": lost.first.delivered_at.isoformat(),
            },
        )
    counts = {
        "Deliveries": report.deliveries,
        "Gaps": report.gaps,
        "Redelivered": report.redelivered,
        "GivenUp": len(report.given_up),
        "Incomplete": int(not report.complete),
    }
    logger.info("swept", extra=counts)
    return _counted(counts)


def _counted(counts: dict[str, int]) -> dict[str, int]:
    for name, value in counts.items():
        metrics.add_metric(name, MetricUnit.Count, value)
    metrics.flush_metrics()
    return counts
