"""The Lambda behind the queue `identities`: whatever a message says, there may be deploy keys to register or remove."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.aws.clients import Clients
from slipway.aws.functions import LambdaTokenFunction
from slipway.aws.queue import SqsQueue
from slipway.errors import InputError, RetryLater, SlipwayError
from slipway.github.client import GitHubClient
from slipway.github.deploykeys.client import GitHubDeployKeys
from slipway.github.proposing.client import GitHubProposals
from slipway.github.tokens import RepositoryTokens
from slipway.github.treecache import TreeCache
from slipway.identities.config import Config
from slipway.identities.reconcile import UNUSED, Report, Surroundings, reconcile
from slipway.messages import Message

SERVICE = "identities"
INSTALLATION = 0
"""That of the repositories: the schedule knows none."""
SOON_SECONDS = 60.0
"""After a run that has left something to the next one."""

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Slipway", service=SERVICE)
tracer = Tracer(service=SERVICE)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:  # noqa: ARG001 (for the logger)
    """Make one run for all messages of a batch; answers with its counts.

    After a leak, somebody invokes it with `{"removeNow": true}`: keys that nothing wants go though they are in use.
    """
    try:
        report = reconcile(surroundings(), unused=timedelta(0) if event.get("removeNow") is True else UNUSED)
    except RetryLater as err:
        counts = _counted({"Postponed": 1})
        _postpone(event, err)
        return counts
    except InputError as err:
        # Nothing is wrong with the message, and the schedule comes again.
        report = Report(problems=[str(err)])
    if not report.complete:
        _postpone(event, RetryLater("more is to be changed than in one run", after=SOON_SECONDS))
    return _reported(report)


def _postpone(event: dict[str, Any], err: RetryLater) -> None:
    """One message back into the queue, to appear when the other side asked for; all count as done here."""
    messages = [Message.from_body(record["body"]) for record in event.get("Records", ())]
    if not messages:
        raise err  # invoked without the queue
    again = min(messages, key=lambda message: message.tries).postponed(err)
    if again is None:
        logger.error("given up", extra={"cause": str(err)})
        raise SlipwayError(f"gave up after {messages[0].tries} tries: {err}")
    logger.warning("postponed", extra={"cause": str(err), "seconds": again.delay})
    queue().send(again.body, delay=again.delay)


def _reported(report: Report) -> dict[str, int]:
    for problem in report.problems:
        logger.error("to be put right", extra={"cause": problem})
    for what, changes in (("registered", report.registered), ("removed", report.removed)):
        for change in changes:
            logger.info(what, extra={"repository": change.repository, "title": change.title})
    return _counted(
        {
            "Wanted": report.wanted,
            "Registered": len(report.registered),
            "Removed": len(report.removed),
            "Problems": len(report.problems),
        }
    )


def _counted(counts: dict[str, int]) -> dict[str, int]:
    logger.info("reconciled", extra=counts)
    for name, value in counts.items():
        metrics.add_metric(name, MetricUnit.Count, value)
    return counts


@cache
def config() -> Config:
    """The configuration, read once per execution environment."""
    return Config.from_env()


@cache
def clients() -> Clients:
    """The clients for AWS's services, made once per execution environment."""
    return Clients()


@cache
def queue() -> SqsQueue:
    """The identities' own queue."""
    return SqsQueue(clients().sqs, config().queue_url)


@cache
def surroundings() -> Surroundings:
    """What runs work with, made once per execution environment."""
    url, trees = config().github_api_url, TreeCache()
    tokens = RepositoryTokens(LambdaTokenFunction(clients().functions, config().tokens_function).token)
    return Surroundings(
        github=lambda name: GitHubClient(url, INSTALLATION, tokens.source(name), trees=trees),
        proposals=lambda name: GitHubProposals(url, tokens.source(name)),
        deploy_keys=lambda name: GitHubDeployKeys(url, tokens.source(name)),
        system_repository=config().system_repository,
        now=lambda: datetime.now(UTC),
        pause=time.sleep,
    )
