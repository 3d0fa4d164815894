"""Configuration of the ingress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.config import Env


@dataclass(frozen=True)
class Config:
    """What the deployment tells the ingress."""

    table: str
    """Name of the DynamoDB table."""
    bucket: str
    bus: str
    """Name of the event bus."""
    webhook_secret: str
    """Name or ARN of the secret `{"current": …, "previous": …}`."""
    lease_seconds: int
    """How long a delivery is ours; at least the function's timeout."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read the environment.

        Raises:
            ConfigError: names every variable that is missing or malformed.
        """
        env = Env(environ)
        config = cls(
            table=env.text("SLIPWAY_TABLE"),
            bucket=env.text("SLIPWAY_BUCKET"),
            bus=env.text("SLIPWAY_BUS"),
            webhook_secret=env.text("SLIPWAY_WEBHOOK_SECRET"),
            lease_seconds=env.integer("SLIPWAY_LEASE_SECONDS"),
        )
        env.check()
        return config
