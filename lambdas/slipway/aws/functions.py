"""Invoking another Lambda."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from slipway.answers import checked_answer
from slipway.aws.errors import RETRY_LATER_SECONDS, aws_errors
from slipway.errors import RetryLater
from slipway.github.tokens import InstallationToken, token_from_answer
from slipway.sealing.exchange import (
    KeyState,
    PullRequestHead,
    ResealedText,
    SealedText,
    Told,
    parts,
    trimmed,
)

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
        return token_from_answer(
            _invoked(self._client, self._name, payload, f"no token for installation {installation}")
        )


class LambdaSealingKeys:
    """`slipway.aws.protocol.SealingKeys` by synchronous invocations."""

    def __init__(self, client: LambdaClient, name: str) -> None:
        """Remember name or ARN of the function; nothing is invoked yet."""
        self._client = client
        self._name = name

    def state(self) -> KeyState:
        """See `SealingKeys`."""
        return KeyState.from_payload(self._asked({"do": "state"}))

    def prepare(self, quiet_seconds: float) -> KeyState:
        """See `SealingKeys`."""
        return KeyState.from_payload(self._asked({"do": "prepare", "quietSeconds": quiet_seconds}))

    def retire(self, to: str) -> KeyState:
        """See `SealingKeys`."""
        return KeyState.from_payload(self._asked({"do": "retire", "to": to}))

    def check(self, about: PullRequestHead, sealed: Sequence[Mapping[str, Any]]) -> list[Told]:
        """See `SealingKeys`."""
        found: list[Told] = []
        for part in parts([trimmed(each) for each in sealed]):
            answer = self._asked({"do": "check", "about": asdict(about), "sealed": part})
            found += map(Told.from_payload, answer["answers"])
        return found

    def reseal(self, to: str, files: Sequence[SealedText]) -> list[ResealedText]:
        """See `SealingKeys`."""
        found: list[ResealedText] = []
        for part in parts([asdict(file) for file in files]):
            answer = self._asked({"do": "reseal", "to": to, "files": part})
            found += map(ResealedText.from_payload, answer["files"])
        return found

    def _asked(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        return checked_answer(_invoked(self._client, self._name, payload, f"no answer to {payload['do']}"))


def _invoked(client: LambdaClient, name: str, payload: Mapping[str, Any], complaint: str) -> Any:
    """What a function answers."""
    with aws_errors(f"function {name}"):
        response = client.invoke(FunctionName=name, Payload=json.dumps(payload))
        answer = json.loads(response["Payload"].read())
    if response.get("FunctionError"):
        raise RetryLater(f"{complaint}: {answer.get('errorMessage', 'the function failed')}", after=RETRY_LATER_SECONDS)
    return answer
