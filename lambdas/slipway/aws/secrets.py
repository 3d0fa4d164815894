"""Secrets in Secrets Manager."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping

from slipway.aws.client import SECRETS_MANAGER, AwsClient
from slipway.errors import ConfigError

CACHE_SECONDS = 300.0
"""A rotated secret is seen after this long at the latest."""

REFETCH_SECONDS = 30.0
"""Forged signatures cause one fetch in this time at most."""


class SecretsManager:
    """`slipway.aws.protocol.Secrets` in Secrets Manager, cached as long as the object lives."""

    def __init__(self, client: AwsClient, clock: Callable[[], float] = time.monotonic) -> None:
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
            secret = _parsed(name, self._client.json(SECRETS_MANAGER, "GetSecretValue", {"SecretId": name}))
            self._cached[name] = self._clock(), secret
        return secret


def _parsed(name: str, answer: Mapping[str, str]) -> Mapping[str, str]:
    try:
        secret = json.loads(answer["SecretString"])
    except (KeyError, ValueError):
        secret = None  # and forget the error, whose text holds a piece of the secret
    if not isinstance(secret, dict) or not all(isinstance(value, str) for value in secret.values()):
        raise ConfigError(f"secret {name} is not a JSON object of texts")
    return secret
