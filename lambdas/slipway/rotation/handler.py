"""The Lambda that does the steps of a rotation, one at a time, as the state machine asks."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.aws.clients import Clients
from slipway.aws.executions import StateMachineExecutions
from slipway.aws.functions import LambdaSealingKeys, LambdaTokenFunction
from slipway.fleet.kustomize import Builder
from slipway.github.client import GitHubClient
from slipway.github.proposing.client import GitHubProposals
from slipway.github.tokens import RepositoryTokens
from slipway.github.treecache import TreeCache
from slipway.rotation.config import Config
from slipway.rotation.steps import Surroundings, step
from slipway.tools.cache import DiskCache
from slipway.tools.charts import Network
from slipway.tools.engine import find_engine, find_helm
from slipway.tools.store import DiskStore

SERVICE = "rotation"
NO_CHARTS = "charts are not fetched for a rotation"
SCRATCH = Path(tempfile.gettempdir()) / "slipway"

logger = Logger(service=SERVICE)
tracer = Tracer(service=SERVICE)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ARG001 (for the logger)
    """Do a step; what GitHub or AWS cannot do now is raised, and the state machine asks again."""
    logger.append_keys(step=event.get("step"))
    try:
        answer = step(event, surroundings())
    finally:
        builds().trim()
    logger.info("done", extra={"answer": answer})
    return answer


@cache
def builds() -> DiskCache:
    """Outputs of builds, for as long as the execution environment lives."""
    return DiskCache(SCRATCH / "builds")


@cache
def surroundings() -> Surroundings:
    """What rotations work with, made once per execution environment."""
    config, clients, engine = Config.from_env(), Clients(), find_engine()
    tokens = RepositoryTokens(LambdaTokenFunction(clients.functions, config.tokens_function).token)
    trees = TreeCache()
    return Surroundings(
        github=lambda repository: GitHubClient(config.github_api_url, 0, tokens.source(repository), trees=trees),
        proposals=lambda repository: GitHubProposals(config.github_api_url, tokens.source(repository)),
        keys=LambdaSealingKeys(clients.keys_functions, config.keys_function),
        executions=StateMachineExecutions(clients.stepfunctions, config.state_machine),
        builder=Builder(engine, builds()),
        helm=find_helm(engine, builds(), DiskStore(SCRATCH / "charts"), Network(lambda _: NO_CHARTS)),
        sealing_secret=config.sealing_secret,
        github_host=config.github_host,
        system_repository=config.system_repository,
        poll_seconds=config.poll_seconds,
        now=lambda: datetime.now(UTC),
    )
