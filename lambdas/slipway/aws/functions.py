"""Invoking another Lambda."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

from slipway.aws.client import RETRY_LATER_SECONDS, AwsClient
from slipway.errors import RetryLater
from slipway.github.tokens import InstallationToken, token_from_answer

TIMEOUT_SECONDS = 30.0
"""For the tokens function, which may have to start and then asks GitHub."""


class LambdaTokenFunction:
    """`slipway.aws.protocol.TokenFunction` by a synchronous invocation.

    `slipway.tokens` says what it is asked and answers.
    """

    def __init__(self, client: AwsClient, name: str) -> None:
        """Remember name or ARN of the function; nothing is invoked yet."""
        self._client = client
        self._name = name

    def token(self, installation: int, repositories: Sequence[str], *, renew: bool = False) -> InstallationToken:
        """See `TokenFunction`."""
        payload = {"installation": installation, "repositories": list(repositories), "renew": renew}
        response = self._client.rest(
            "lambda",
            "POST",
            f"/2015-03-31/functions/{quote(self._name, safe='')}/invocations",
            headers={"content-type": "application/json"},
            body=json.dumps(payload).encode(),
            timeout=TIMEOUT_SECONDS,
        )
        answer = json.loads(response.body)
        if "x-amz-function-error" in response.headers:
            what = f"no token for installation {installation}: {answer.get('errorMessage', 'the function failed')}"
            raise RetryLater(what, after=RETRY_LATER_SECONDS)
        return token_from_answer(answer)
