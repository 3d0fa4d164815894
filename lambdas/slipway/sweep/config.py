"""Configuration of the sweep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.config import Env

GRACE_SECONDS = 300
"""Longer than the ingress holds a claim: what is in flight has come to its end."""


@dataclass(frozen=True)
class Config:
    """What the deployment tells the sweep."""

    table: str
    """Name of the DynamoDB table."""
    app_secret: str
    """Name or ARN of the secret `{"appId": …, "privateKey": …}`."""
    github_api_url: str
    grace_seconds: int
    """How long after a failed first attempt a delivery is asked for again."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read the environment.

        Raises:
            ConfigError: names every variable that is missing or malformed.
        """
        env = Env(environ)
        config = cls(
            table=env.text("SLIPWAY_TABLE"),
            app_secret=env.text("SLIPWAY_APP_SECRET"),
            github_api_url=env.github_api_url(),
            grace_seconds=env.integer("SLIPWAY_SWEEP_GRACE_SECONDS", GRACE_SECONDS),
        )
        env.check()
        return config
