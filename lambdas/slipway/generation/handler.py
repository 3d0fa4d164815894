"""The Lambda behind the queue `generation`."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.aws.bucket import S3Bucket
from slipway.aws.clients import Clients
from slipway.aws.eks import ClusterVersions
from slipway.aws.functions import LambdaTokenFunction
from slipway.aws.leases import TableLeases
from slipway.aws.queue import SqsQueue
from slipway.aws.table import Table
from slipway.errors import RetryLater, SlipwayError
from slipway.fleet.kustomize import Builder
from slipway.generation.config import Config
from slipway.generation.dispatch import dispatch
from slipway.generation.kept import KeptWorld
from slipway.generation.surroundings import Surroundings
from slipway.generation.versions import Versions
from slipway.github.client import GitHubClient
from slipway.github.proposing.client import GitHubProposals
from slipway.github.tokens import RepositoryTokens
from slipway.github.treecache import TreeCache
from slipway.messages import Message
from slipway.tools.cache import DiskCache
from slipway.tools.charts import Network
from slipway.tools.engine import find_engine, find_helm
from slipway.tools.schemas import load_schemas
from slipway.tools.store import DiskStore

SERVICE = "generation"
NO_CHARTS = "charts are not fetched for requests"
SCRATCH = Path(tempfile.gettempdir()) / "slipway"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Slipway", service=SERVICE)
tracer = Tracer(service=SERVICE)
processor = BatchProcessor(event_type=EventType.SQS)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take the requests of a batch as far as they go; those that fail go back to the queue, one by one."""
    record_handler = partial(_serve, context=context)
    return process_partial_response(event, record_handler, processor, context)  # type: ignore[return-value]


def _serve(record: SQSRecord, *, context: LambdaContext) -> None:
    message = Message.from_body(record.body)
    logger.append_keys(detail_type=message.detail_type)
    try:
        outcome = dispatch(message, surroundings(), f"{context.aws_request_id}/{record.message_id}")
    except RetryLater as err:
        _postpone(message, err)
    else:
        logger.info(outcome.what, extra={"request": outcome.reference, "cause": outcome.reason})
        metrics.add_metric(outcome.what.title(), MetricUnit.Count, 1)
    finally:
        builds().trim()


def _postpone(message: Message, err: RetryLater) -> None:
    """Back into the queue, to appear when the other side asked for; it counts as done here."""
    again = message.postponed(err)
    if again is None:
        logger.error("given up", extra={"cause": str(err)})
        raise SlipwayError(f"gave up after {message.tries} tries: {err}")
    logger.warning("postponed", extra={"cause": str(err), "seconds": again.delay})
    metrics.add_metric("Postponed", MetricUnit.Count, 1)
    queue().send(again.body, delay=again.delay)


def _warn(why: str) -> None:
    logger.warning("EKS could not be asked", extra={"cause": why})


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
    """The generation's own queue."""
    return SqsQueue(clients().sqs, config().queue_url)


@cache
def builds() -> DiskCache:
    """Outputs of builds, for as long as the execution environment lives."""
    return DiskCache(SCRATCH / "builds")


@cache
def surroundings() -> Surroundings:
    """What requests work with, made once per execution environment."""
    engine = find_engine()
    url, trees = config().github_api_url, TreeCache()
    tokens = RepositoryTokens(LambdaTokenFunction(clients().functions, config().tokens_function).token)

    def github(installation: int, repository: str) -> GitHubClient:
        return GitHubClient(url, installation, tokens.source(repository, installation), trees=trees)

    def proposals(installation: int, repository: str) -> GitHubProposals:
        return GitHubProposals(url, tokens.source(repository, installation))

    return Surroundings(
        github=github,
        proposals=proposals,
        leases=TableLeases(Table(clients().dynamodb, config().table)),
        bucket=S3Bucket(clients().s3, config().bucket),
        queue=queue(),
        builder=Builder(engine, builds()),
        helm=find_helm(engine, builds(), DiskStore(SCRATCH / "charts"), Network(lambda _: NO_CHARTS)),
        schemas=load_schemas(),
        versions=Versions(ClusterVersions(clients().eks), tell=_warn),
        kept=KeptWorld(),
        github_host=config().github_host,
        system_repository=config().system_repository,
        git_identities=config().git_identities,
        lease_seconds=config().lease_seconds,
        today=lambda: datetime.now(UTC).date(),
    )
