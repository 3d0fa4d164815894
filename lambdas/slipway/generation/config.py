"""Configuration of the generation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.config import Env


@dataclass(frozen=True)
class Config:
    """What the deployment tells the generation."""

    table: str
    """Name of the DynamoDB table."""
    bucket: str
    """Name of the bucket that keeps who has asked by an event."""
    tokens_function: str
    """Name or ARN of the function that makes installation tokens."""
    queue_url: str
    """The generation's own queue, for what must be tried again later."""
    github_api_url: str
    github_host: str
    """Host name that Flux sources have in their URLs; by default the API's without `api.`."""
    system_repository: str
    """`owner/name` of gitops-system."""
    git_identities: bool
    """Whether Slipway registers deploy keys; if not, pull requests ask people to."""
    lease_seconds: int
    """How long a request is ours; at least the function's timeout."""

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
            tokens_function=env.text("SLIPWAY_TOKENS_FUNCTION"),
            queue_url=env.text("SLIPWAY_QUEUE_URL"),
            github_api_url=env.github_api_url(),
            github_host=env.github_host(),
            system_repository=env.text("SLIPWAY_SYSTEM_REPOSITORY"),
            git_identities=env.flag("SLIPWAY_GIT_IDENTITIES"),
            lease_seconds=env.integer("SLIPWAY_LEASE_SECONDS"),
        )
        env.check()
        return config
