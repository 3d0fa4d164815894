"""Invoking another Lambda."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from slipway.aws.errors import RETRY_LATER_SECONDS, aws_errors
from slipway.errors import RetryLater
from slipway.github.tokens import InstallationToken, token_from_answer

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class LambdaTokenFunction:
    """`slipway.aws.protocol.TokenFunction` by a synchronous invocation.

    `slipway.tokens` says what it is asked and answers.
    """

    def __init__(self, client: LambdaClient, name: str) -> None:
        """Remember name or ARN of the function; nothing is invoked yet."""
        self._client = client
        self._name = name

    def token(self, installation: int, repositories: Sequence[str], *, renew: bool = False) -> InstallationToken:
        """See `TokenFunction`."""
        payload = {"installation": installation, "repositories": list(repositories), "renew": renew}
        with aws_errors(f"function {self._name}"):
            response = self._client.invoke(FunctionName=self._name, Payload=json.dumps(payload))
            answer = json.loads(response["Payload"].read())
        if response.get("FunctionError"):
            what = f"no token for installation {installation}: {answer.get('errorMessage', 'the function failed')}"
            raise RetryLater(what, after=RETRY_LATER_SECONDS)
        return token_from_answer(answer)
