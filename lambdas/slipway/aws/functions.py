"""Invoking another Lambda."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

from slipway.aws.client import RETRY_LATER_SECONDS, AwsClient
from slipway.aws.protocol import InstallationToken
from slipway.errors import InputError, RetryLater

TIMEOUT_SECONDS = 30.0
"""For the tokens function, which may have to start and then asks GitHub."""


class LambdaTokenFunction:
    """`slipway.aws.protocol.TokenFunction` by a synchronous invocation.

    The payload is `{"installation": 1, "repositories": ["owner/name"]}`, the answer
    `{"token": "…", "expiresAt": "ISO 8601"}`.
    """

    def __init__(self, client: AwsClient, name: str) -> None:
        """Remember name or ARN of the function; nothing is invoked yet."""
        self._client = client
        self._name = name

    def token(self, installation: int, repositories: Sequence[str]) -> InstallationToken:
        """See `TokenFunction`."""
        response = self._client.rest(
            "lambda",
            "POST",
            f"/2015-03-31/functions/{quote(self._name, safe='')}/invocations",
            headers={"content-type": "application/json"},
            body=json.dumps({"installation": installation, "repositories": list(repositories)}).encode(),
            timeout=TIMEOUT_SECONDS,
        )
        answer = json.loads(response.body)
        if "x-amz-function-error" in response.headers:
            what = f"no token for installation {installation}: {answer.get('errorMessage', 'the function failed')}"
            if answer.get("errorType") == InputError.__name__:
                raise InputError(what)
            raise RetryLater(what, after=RETRY_LATER_SECONDS)
        return InstallationToken(answer["token"], answer["expiresAt"])
