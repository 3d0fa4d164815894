"""Configuration of the identities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.config import Env


@dataclass(frozen=True)
class Config:
    """What the deployment tells the identities."""

    tokens_function: str
    """Name or ARN of the function that makes installation tokens."""
    queue_url: str
    """The identities' own queue, for what must be tried again later."""
    github_api_url: str
    system_repository: str
    """`owner/name` of gitops-system."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read the environment.

        Raises:
            ConfigError: names every variable that is missing or malformed.
        """
        env = Env(environ)
        config = cls(
            tokens_function=env.text("SLIPWAY_TOKENS_FUNCTION"),
            queue_url=env.text("SLIPWAY_QUEUE_URL"),
            github_api_url=env.github_api_url(),
            system_repository=env.text("SLIPWAY_SYSTEM_REPOSITORY"),
        )
        env.check()
        return config
