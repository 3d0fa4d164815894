"""The Lambda that other Lambdas invoke for a token."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from slipway.answers import failed_answer
from slipway.aws.clients import Clients
from slipway.aws.secrets import SecretsManager
from slipway.errors import InputError, RetryLater
from slipway.github.app import App, AppCredentials
from slipway.github.calls import Calls
from slipway.github.tokens import TokenCache
from slipway.tokens.config import Config
from slipway.tokens.request import TokenRequest

SERVICE = "tokens"

logger = Logger(service=SERVICE)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 (for the logger)
    """Answer one invocation as `slipway.tokens` says; what neither the caller nor time can help is raised."""
    try:
        return answer(event, app(), Config.from_env().permissions)
    except (RetryLater, InputError) as err:
        logger.warning("no token", extra={"cause": str(err)})
        return failed_answer(err)


def answer(event: Any, github_app: App, permissions: Mapping[str, str]) -> dict[str, Any]:
    """A token with these permissions, whatever the event says.

    Raises:
        InputError: the event is malformed, or GitHub grants no such token.
        RetryLater: GitHub is down or asks us to wait.
    """
    request = TokenRequest.from_event(event)
    token = github_app.mint(request.installation, request.repositories, permissions, renew=request.renew)
    logger.info(
        "token",
        extra={"installation": request.installation, "repositories": request.repositories, "expires": token.expires_at},
    )
    return token.to_answer()


@cache
def app() -> App:
    """The App, made once per execution environment: it keeps tokens."""
    config = Config.from_env()
    secrets = SecretsManager(Clients().secretsmanager)
    credentials = AppCredentials(partial(secrets.get, config.app_secret), partial(secrets.refetch, config.app_secret))
    return App(Calls(credentials, config.github_api_url), credentials.app_id, TokenCache())
