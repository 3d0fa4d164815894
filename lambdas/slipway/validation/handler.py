"""The Lambda behind the queue `validation`."""

from __future__ import annotations

import tempfile
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
from slipway.aws.functions import LambdaSealingKeys, LambdaTokenFunction
from slipway.aws.leases import TableLeases
from slipway.aws.queue import SqsQueue
from slipway.aws.table import Table
from slipway.errors import RetryLater, SlipwayError
from slipway.events import PullRequestEvent
from slipway.fleet.kustomize import Builder
from slipway.github.client import GitHubClient
from slipway.github.tokens import RepositoryTokens
from slipway.github.treecache import TreeCache
from slipway.messages import MAX_RECEIVES, Message
from slipway.tools.cache import DiskCache
from slipway.tools.charts import Network
from slipway.tools.engine import find_engine, find_helm
from slipway.tools.schemas import load_schemas
from slipway.tools.store import DiskStore
from slipway.validation.catalogues import PREFIX
from slipway.validation.charts import KeptCharts
from slipway.validation.config import Config
from slipway.validation.kept import KeptBase
from slipway.validation.sealing import Sealing
from slipway.validation.validate import Attempt, Surroundings, give_up, validate

SERVICE = "validation"
SCRATCH = Path(tempfile.gettempdir()) / "slipway"
FAILED_TOO_OFTEN = f"{MAX_RECEIVES - 1} attempts failed, or ran out of time or memory."

logger = Logger(service=SERVICE)
metrics = Metrics(namespace="Slipway", service=SERVICE)
tracer = Tracer(service=SERVICE)
processor = BatchProcessor(event_type=EventType.SQS)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Validate the pull requests of a batch; those that fail go back to the queue, one by one."""
    record_handler = partial(_validate, context=context)
    return process_partial_response(event, record_handler, processor, context)  # type: ignore[return-value]


def _validate(record: SQSRecord, *, context: LambdaContext) -> None:
    message = Message.from_body(record.body)
    event = PullRequestEvent.from_detail(message.detail)
    logger.append_keys(delivery=event.delivery.id, pull_request=f"{event.delivery.repository}#{event.number}")
    attempt = Attempt(
        owner=f"{context.aws_request_id}/{record.message_id}",
        remaining=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    try:
        if message.is_last_receive(record):
            # An attempt that runs out of time or memory is cut off without a word. So the last one is for the word.
            outcome = give_up(event, surroundings(), FAILED_TOO_OFTEN)
        else:
            outcome = validate(event, surroundings(), attempt)
    except RetryLater as err:
        _postpone(message, event, err)
    else:
        logger.info(outcome, extra={"head": event.head_sha})
        metrics.add_metric("".join(word.title() for word in outcome.split()), MetricUnit.Count, 1)
        if outcome == "given up":
            raise SlipwayError("gave up: the message goes to the dead-letter queue, for somebody to find out why")
    finally:
        builds().trim()
        kept_charts().trim()
        kept_schemas().trim()


def _postpone(message: Message, event: PullRequestEvent, err: RetryLater) -> None:
    """Back into the queue, to appear when the other side asked for; it counts as done here."""
    again = message.postponed(err)
    if again is None:
        give_up(event, surroundings(), f"It was tried {message.tries} times. At last: {err}.")
        logger.error("given up", extra={"cause": str(err)})
        metrics.add_metric("GivenUp", MetricUnit.Count, 1)
        return
    logger.warning("postponed", extra={"cause": str(err), "seconds": again.delay})
    metrics.add_metric("Postponed", MetricUnit.Count, 1)
    queue().send(again.body, delay=again.delay)


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
    """The validation's own queue."""
    return SqsQueue(clients().sqs, config().queue_url)


@cache
def builds() -> DiskCache:
    """Outputs of builds, for as long as the execution environment lives."""
    return DiskCache(SCRATCH / "builds")


@cache
def kept_charts() -> DiskStore:
    """Charts, likewise; the bucket has them for longer."""
    return DiskStore(SCRATCH / "charts")


@cache
def kept_schemas() -> DiskStore:
    """Schemas of custom kinds, likewise."""
    return DiskStore(SCRATCH / "schemas")


@cache
def surroundings() -> Surroundings:
    """What validations work with, made once per execution environment."""
    bucket = S3Bucket(clients().s3, config().bucket)
    engine = find_engine()
    charts = KeptCharts(kept_charts(), bucket)
    trees = TreeCache()
    tokens = RepositoryTokens(LambdaTokenFunction(clients().functions, config().tokens_function).token)

    def github(installation: int, repository: str) -> GitHubClient:
        source = tokens.source(repository, installation)
        return GitHubClient(config().github_api_url, installation, source, trees=trees)

    return Surroundings(
        github=github,
        leases=TableLeases(Table(clients().dynamodb, config().table)),
        bucket=bucket,
        bucket_name=config().bucket,
        builder=Builder(engine, builds()),
        helm=lambda cache, allow: find_helm(engine, cache, charts, Network(allow)),
        kept=KeptBase(),
        schemas=load_schemas(),
        kept_schemas=KeptCharts(kept_schemas(), bucket, PREFIX),
        github_host=config().github_host,
        system_repository=config().system_repository,
        lease_seconds=config().lease_seconds,
        sealing=sealing(),
    )


def sealing() -> Sealing | None:
    """The keys function, if there is one."""
    if not config().keys_function:
        return None
    return Sealing(LambdaSealingKeys(clients().keys_functions, config().keys_function), config().sealing_secret)
