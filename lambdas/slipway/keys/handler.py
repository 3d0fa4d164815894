"""The Lambda that other Lambdas invoke for what only the sealing key can do."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.answers import failed_answer
from slipway.aws.clients import Clients
from slipway.aws.leases import TableLeases
from slipway.aws.rates import TableRates
from slipway.aws.secrets import SecretText
from slipway.aws.table import Table
from slipway.errors import InputError, RetryLater
from slipway.keys.config import ENSURE, Config
from slipway.keys.deployment import deployed, is_deployment, put
from slipway.keys.request import answered
from slipway.keys.vault import Vault
from slipway.sealing.certificates import make_key_pair

SERVICE = "keys"

logger = Logger(service=SERVICE)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one invocation as `slipway.sealing.exchange` says, or CloudFormation."""
    config, vault = Config.from_env(), _vault(context.aws_request_id)
    if ENSURE in config.do and is_deployment(event):
        deployed(event, vault.ensure, put)
        logger.info("deployed", extra={"request": event["RequestType"]})
        return {}
    logger.append_keys(do=event.get("do"), about=event.get("about"))
    try:
        answer = answered(event, vault, config.do - {ENSURE})
    except (RetryLater, InputError) as err:
        logger.warning("not answered", extra={"cause": str(err)})
        return failed_answer(err)
    logger.info("answered", extra={"sealed": len(event.get("sealed", ())), "files": len(event.get("files", ()))})
    return answer


def _vault(owner: str) -> Vault:
    config = Config.from_env()
    table = Table(clients().dynamodb, config.table)
    return Vault(
        secret=SecretText(clients().secretsmanager, config.secret),
        leases=TableLeases(table),
        rates=TableRates(table),
        now=lambda: datetime.now(UTC),
        make=make_key_pair,
        owner=owner,
    )


@cache
def clients() -> Clients:
    """The clients for AWS's services, made once per execution environment."""
    return Clients()
