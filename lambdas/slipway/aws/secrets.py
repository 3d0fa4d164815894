"""Secrets in Secrets Manager."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from slipway.aws.errors import aws_errors
from slipway.errors import ConfigError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import GetSecretValueResponseTypeDef

CACHE_SECONDS = 300.0
"""A rotated secret is seen after this long at the latest."""

REFETCH_SECONDS = 30.0
"""Forged signatures cause one fetch in this time at most."""


class SecretsManager:
    """`slipway.aws.protocol.Secrets` in Secrets Manager, cached as long as the object lives."""

    def __init__(self, client: SecretsManagerClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._cached: dict[str, tuple[float, Mapping[str, str]]] = {}

    def __repr__(self) -> str:
        return f"SecretsManager({', '.join(self._cached)})"

    def get(self, name: str) -> Mapping[str, str]:
        """See `Secrets`."""
        return self._younger_than(CACHE_SECONDS, name)

    def refetch(self, name: str) -> Mapping[str, str]:
        """See `Secrets`."""
        return self._younger_than(REFETCH_SECONDS, name)

    def _younger_than(self, seconds: float, name: str) -> Mapping[str, str]:
        fetched_at, secret = self._cached.get(name, (0.0, {}))
        if not secret or self._clock() - fetched_at >= seconds:
            with aws_errors(f"secret {name}"):
                answer = self._client.get_secret_value(SecretId=name)
            secret = _parsed(name, answer)
            self._cached[name] = self._clock(), secret
        return secret


class SecretText:
    """`slipway.aws.protocol.StoredSecret` in Secrets Manager, never cached."""

    def __init__(self, client: SecretsManagerClient, name: str) -> None:
        self._client = client
        self._name = name

    def __repr__(self) -> str:
        return f"SecretText({self._name})"

    def read(self) -> str | None:
        """See `StoredSecret`."""
        with aws_errors(f"secret {self._name}"):
            try:
                answer = self._client.get_secret_value(SecretId=self._name)
            except self._client.exceptions.ResourceNotFoundException:
                # A secret that CloudFormation has made without a value; one that is not there is refused on writing.
                return None
        if "SecretString" not in answer:
            raise ConfigError(f"secret {self._name} is binary, and not a text")
        return answer["SecretString"] or None

    def write(self, text: str) -> None:
        """See `StoredSecret`."""
        with aws_errors(f"secret {self._name}"):
            self._client.put_secret_value(SecretId=self._name, SecretString=text)


def _parsed(name: str, answer: GetSecretValueResponseTypeDef) -> Mapping[str, str]:
    try:
        secret = json.loads(answer["SecretString"])
    except (KeyError, ValueError):
        secret = None  # and forget the error, whose text holds a piece of the secret
    if not isinstance(secret, dict) or not all(isinstance(value, str) for value in secret.values()):
        raise ConfigError(f"secret {name} is not a JSON object of texts")
    return secret
